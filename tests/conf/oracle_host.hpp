// The host on which the corpus was read by the reference (corpus/README.md).
#pragma once

#include <net/if.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "conf/fact_text.hpp"
#include "conf/reader.hpp"
#include "source_tree.hpp"

namespace conf_test {

constexpr int kSkipped = 77;  ///< ctest's SKIP_RETURN_CODE: the corpus is absent

/// Named on the command line, by KEEPALIVED_CORPUS, or beside the tree.
inline std::filesystem::path corpus_folder(int argc, char** argv) {
    if (argc > 1) return argv[1];
    const char* variable = std::getenv("KEEPALIVED_CORPUS");
    return variable != nullptr ? variable : SOURCE_DIR "/../shared/corpus";
}

/// The host of the oracle: root, an empty namespace in which the interfaces named are bridges that are up.
class OracleHost : public conf::LiveFacts {
  public:
    explicit OracleHost(const std::vector<std::string>& names) {
        conf::Interface loopback;
        loopback.name = "lo";
        loopback.index = 1;
        loopback.mtu = 65536;
        loopback.type = 772;
        loopback.flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK;
        interfaces_.push_back(loopback);
        for (const auto& name : names) {
            if (name == "lo") continue;
            conf::Interface bridge;
            bridge.name = name;
            bridge.index = static_cast<std::uint32_t>(interfaces_.size() + 1);
            bridge.mtu = 1500;
            bridge.type = 1;
            bridge.flags = IFF_UP | IFF_RUNNING | IFF_BROADCAST | IFF_MULTICAST;
            bridge.kind = "bridge";
            interfaces_.push_back(bridge);
        }
    }

  protected:
    std::string look_up(const std::string& question) const override {
        if (question == conf::interfaces_question("")) return conf::encode_interfaces(interfaces_);
        const conf::FactFields asked(question);
        if (asked.text(0) == "file" && is_of_a_running_daemon(asked.text(1))) return absent();
        return LiveFacts::look_up(question);
    }

  private:
    /// No keepalived ran there; on this host one may.
    static bool is_of_a_running_daemon(std::string_view path) {
        return path.starts_with("/run/keepalived") || path.starts_with("/var/run/keepalived");
    }
    static std::string absent() {
        return conf::fact_text(
            {std::to_string(static_cast<int>(conf::FileType::none)), std::to_string(ENOENT), "0", "0", "0"});
    }

    std::vector<conf::Interface> interfaces_;
};

}  // namespace conf_test
