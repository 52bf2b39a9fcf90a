// Configurations in the style of what people publish, with their mistakes, against what is expected of them: exit status
// and the lines complained of. usage: conf_cases FILE…  — with CONF_CASES_RECORD set, FILE is written anew.
//
// A case: "==== NAME", the text, "---- STATUS LINE…" (0 = a complaint without a line). The host has eth0 to eth3, the
// bridges of kBridges and the user root; nothing else is asked.
#include <fmt/format.h>
#include <net/if.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "complaints.hpp"
#include "conf/fact_text.hpp"
#include "conf/reader.hpp"

namespace {

constexpr const char* kBridges[] = {"eth0", "eth1", "eth2",   "eth3",  "bond0",
                                    "br0",  "ens3", "ens192", "enp1s0"};

class CaseHost : public conf::LiveFacts {
  protected:
    std::string look_up(const std::string& question) const override {
        if (question != conf::interfaces_question("")) return LiveFacts::look_up(question);
        std::vector<conf::Interface> list;
        const auto add = [&list](std::string name, std::uint16_t type, std::uint32_t flags) {
            conf::Interface interface;
            interface.name = std::move(name);
            interface.index = static_cast<std::uint32_t>(list.size() + 1);
            interface.mtu = 1500;
            interface.type = type;
            interface.flags = IFF_UP | IFF_RUNNING | flags;
            list.push_back(std::move(interface));
        };
        constexpr std::uint16_t kEthernet = 1, kLoopback = 772;
        add("lo", kLoopback, IFF_LOOPBACK);
        for (const char* name : kBridges) add(name, kEthernet, IFF_BROADCAST | IFF_MULTICAST);
        return conf::encode_interfaces(list);
    }
};

struct Case {
    std::string name, text, expected;
};

std::vector<Case> cases_of(const std::string& path) {
    std::vector<Case> cases;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("==== ")) {
            cases.push_back({line.substr(5), "", ""});
        } else if (line.starts_with("---- ")) {
            cases.back().expected = line.substr(5);
        } else if (!cases.empty()) {
            cases.back().text += line + "\n";
        }
    }
    return cases;
}

/// "5 7 9 0": the status and the lines, each once, in order.
std::string outcome_of(const Case& tried, const std::string& scratch) {
    std::ofstream(scratch) << tried.text;
    const CaseHost host;
    conf::ReadOptions options;
    options.pattern = scratch;
    options.config_id = "host";
    options.config_test = options.reference_complaints = true;
    const auto generation = conf::read(options, host);
    std::set<unsigned> lines;
    for (const auto& complaint : conf_test::complaints_of(generation.diagnostics)) {
        if (complaint.counts) lines.insert(complaint.line);
    }
    std::string outcome = fmt::format("{}", generation.diagnostics.exit_status());
    for (const auto line : lines) outcome += fmt::format(" {}", line);
    return outcome;
}

void record(const std::string& path, const std::vector<Case>& cases, const std::string& scratch) {
    std::ofstream file(path);
    for (const auto& known : cases)
        file << "==== " << known.name << "\n" << known.text << "---- " << outcome_of(known, scratch) << "\n";
}

}  // namespace

int main(int argc, char** argv) {
    std::string scratch = (std::filesystem::temp_directory_path() / "conf_cases_XXXXXX").string();
    const int descriptor = ::mkstemp(scratch.data());
    if (descriptor < 0) return 1;
    ::close(descriptor);
    int wrong = 0, tried = 0;
    for (int at = 1; at < argc; ++at) {
        const auto cases = cases_of(argv[at]);
        if (std::getenv("CONF_CASES_RECORD") != nullptr) {
            record(argv[at], cases, scratch);
            continue;
        }
        for (const auto& known : cases) {
            ++tried;
            const auto outcome = outcome_of(known, scratch);
            if (outcome == known.expected) continue;
            ++wrong;
            fmt::print("{}: {}: expected {}\n    ours {}\n", argv[at], known.name, known.expected, outcome);
        }
    }
    std::filesystem::remove(scratch);
    fmt::print("{} cases, {} wrong\n", tried, wrong);
    return wrong == 0 ? 0 : 1;
}
