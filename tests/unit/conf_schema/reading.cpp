#include "reading.hpp"

#include <fmt/format.h>
#include <net/if.h>
#include <stdlib.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "conf/fact_text.hpp"

namespace reading {

namespace {

class TestHost : public conf::LiveFacts {
  protected:
    std::string look_up(const std::string& question) const override {
        if (question == conf::interfaces_question("")) return conf::encode_interfaces(interfaces());
        return LiveFacts::look_up(question);
    }

  private:
    static std::vector<conf::Interface> interfaces() {
        std::vector<conf::Interface> list;
        const auto add = [&list](std::string name, std::uint16_t type, std::uint32_t flags,
                                 std::string kind) {
            conf::Interface interface;
            interface.name = std::move(name);
            interface.index = static_cast<std::uint32_t>(list.size() + 1);
            interface.mtu = 1500;
            interface.type = type;
            interface.flags = IFF_UP | IFF_RUNNING | flags;
            interface.kind = std::move(kind);
            list.push_back(std::move(interface));
        };
        constexpr std::uint16_t kEthernet = 1, kLoopback = 772;
        add("lo", kLoopback, IFF_LOOPBACK, "");
        for (const char* name : {"eth0", "eth1", "eth2", "eth3"})
            add(name, kEthernet, IFF_BROADCAST | IFF_MULTICAST, "");
        list.back().addresses.push_back({*net::IpAddress::parse("192.0.2.1"), 24});
        return list;
    }
};

/// A file of its own which goes with the test.
class TemporaryFile {
  public:
    explicit TemporaryFile(std::string_view text) {
        const int fd = ::mkstemp(path_.data());
        REQUIRE(fd >= 0);
        ::close(fd);
        std::ofstream(path_) << text;
    }
    ~TemporaryFile() { std::filesystem::remove(path_); }
    const std::string& path() const { return path_; }

  private:
    std::string path_ = (std::filesystem::temp_directory_path() / "conf_schema_XXXXXX").string();
};

}  // namespace

bool Outcome::says(std::string_view text) const {
    for (const auto& list : {problems, logged}) {
        for (const auto& line : list) {
            if (line.find(text) != std::string::npos) return true;
        }
    }
    return false;
}

const conf::Diagnostic& Outcome::problem(std::string_view text) const {
    for (const auto& diagnostic : generation.diagnostics.list) {
        if (diagnostic.text.find(text) != std::string::npos) return diagnostic;
    }
    FAIL("no problem says: " << text);
    throw 0;
}

Outcome read(std::string_view text, Mode mode) {
    const TemporaryFile file(text);
    const TestHost host;
    conf::ReadOptions options;
    options.pattern = file.path();
    options.config_test = mode == Mode::test;
    Outcome outcome{conf::read(options, host), {}, {}};
    for (const auto& diagnostic : outcome.generation.diagnostics.list) {
        const bool counts = !diagnostic.log_only && diagnostic.severity != conf::Class::note;
        auto& list = counts ? outcome.problems : outcome.logged;
        list.push_back(fmt::format("Line {}: {}", diagnostic.where.line, diagnostic.text));
    }
    return outcome;
}

Outcome read_instance(std::string_view lines, Mode mode) {
    return read(
        fmt::format(
            "vrrp_instance VI_1 {{\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {{\n10.0.0.1/24"
            "\n}}\n{}\n}}\n",
            lines),
        mode);
}

Outcome read_global(std::string_view lines, Mode mode) {
    return read(fmt::format("global_defs {{\n{}\n}}\n", lines), mode);
}

}  // namespace reading
