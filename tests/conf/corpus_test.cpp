// Real-world files against the reference's exit codes (corpus/README.md). Skipped where the folder is absent.
// usage: conf_corpus [FOLDER [FILE…]]  — with files named, their messages are printed beside the reference's.
#include <fmt/format.h>
#include <net/if.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "conf/fact_text.hpp"
#include "conf/reader.hpp"
#include "source_tree.hpp"

namespace {

using nlohmann::json;

/// Files that differ on purpose, each with the row of spec/README.md or the fault of the reference behind it.
struct KnownDifference {
    const char* file;
    const char* reason;
};
#include "known_differences.inc"

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
        return LiveFacts::look_up(question);
    }

  private:
    std::vector<conf::Interface> interfaces_;
};

struct Outcome {
    int exit = 0;
    std::vector<std::string> messages;
};

Outcome check(const std::string& file, const std::vector<std::string>& interfaces) {
    const OracleHost host(interfaces);
    conf::ReadOptions options;
    options.pattern = file;
    options.config_test = true;
    const auto generation = conf::read(options, host);
    Outcome outcome{generation.diagnostics.exit_status(), {}};
    for (const auto& diagnostic : generation.diagnostics.list) {
        if (diagnostic.log_only || diagnostic.severity == conf::Class::note) continue;
        outcome.messages.push_back(render(diagnostic, generation.diagnostics.files, conf::Style::log_line) +
                                   fmt::format("   [{}{}]", static_cast<int>(diagnostic.severity),
                                               diagnostic.ends_reader ? ", ends" : ""));
    }
    return outcome;
}

void print(const char* title, const std::vector<std::string>& messages) {
    fmt::print("  {}\n", title);
    std::set<std::string> seen;
    for (const auto& message : messages) {
        if (seen.insert(message).second) fmt::print("    {}\n", message);
    }
}

class Comparison {
  public:
    explicit Comparison(bool verbose) : verbose_(verbose) {}

    void compare(const json& oracle, const char* exit_key, const char* messages_key,
                 const std::vector<std::string>& interfaces) {
        const auto file = oracle["file"].get<std::string>();
        const int expected = oracle[exit_key].get<int>();
        const auto ours = check(file, interfaces);
        ++compared_;
        const bool same = ours.exit == expected;
        const auto messages = oracle[messages_key].get<std::vector<std::string>>();
        if (!same) {
            differing_.insert(file);
            fmt::print("{}: {} expected {}, ours {}\n", file, exit_key, expected, ours.exit);
        }
        if (!same || verbose_) {
            print("reference", messages);
            print("ours", ours.messages);
        }
    }

    /// @return number of files which differ without a reason
    std::size_t summarise() const {
        std::size_t unexplained = 0;
        for (const auto& file : differing_) {
            const char* reason = nullptr;
            for (const auto& known : kKnownDifferences) {
                if (known.file != nullptr && file == known.file) reason = known.reason;
            }
            fmt::print("differs: {} {}\n", file, reason != nullptr ? reason : "(unexplained)");
            unexplained += reason == nullptr ? 1 : 0;
        }
        fmt::print("{} comparisons, {} files differ, {} of them unexplained\n", compared_, differing_.size(),
                   unexplained);
        return unexplained;
    }

  private:
    bool verbose_;
    std::size_t compared_ = 0;
    std::set<std::string> differing_;
};

constexpr int kSkipped = 77;
/// Files which may differ without a reason (the oracle itself has its accidents).
constexpr std::size_t kTolerated = 8;

}  // namespace

int main(int argc, char** argv) {
    const char* variable = std::getenv("KEEPALIVED_CORPUS");
    const std::filesystem::path folder = argc > 1              ? argv[1]
                                         : variable != nullptr ? variable
                                                               : SOURCE_DIR "/../shared/corpus";
    const std::set<std::string> only(argv + std::min(argc, 2), argv + argc);
    std::ifstream oracles(folder / "oracle.jsonl");
    if (!oracles) {
        fmt::print("skipped: no corpus in {}\n", folder.string());
        return kSkipped;
    }
    std::filesystem::current_path(folder / "files");
    Comparison comparison(!only.empty());
    for (std::string line; std::getline(oracles, line);) {
        const auto oracle = json::parse(line);
        if (!only.empty() && only.count(oracle["file"].get<std::string>()) == 0) continue;
        comparison.compare(oracle, "exit", "messages", oracle["interfaces"].get<std::vector<std::string>>());
        comparison.compare(oracle, "exit_without_interfaces", "messages_without_interfaces", {});
    }
    return comparison.summarise() > kTolerated ? 1 : 0;
}
