// Real-world files against the reference's exit codes (corpus/README.md). Skipped where the folder is absent.
// usage: conf_corpus [FOLDER [FILE…]]  — with files named, their messages are printed beside the reference's.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "complaints.hpp"
#include "conf/reader.hpp"
#include "oracle_host.hpp"

namespace {

using nlohmann::json;

/// Files that differ on purpose, each with the row of spec/README.md or the fault of the reference behind it.
struct KnownDifference {
    const char* file;
    const char* reason;
};
#include "known_differences.inc"

struct Outcome {
    int exit = 0;
    std::vector<std::string> messages;
    std::vector<conf_test::Complaint> complaints;
};

/// The oracle keeps the last 6,000 characters or so: the first of a long list is often cut, others are missing.
constexpr std::size_t kLongList = 3'000;

bool is_cut(const std::vector<std::string>& messages) {
    std::size_t characters = 0;
    for (const auto& message : messages) characters += message.size();
    return characters > kLongList;
}

/// The oracle was made in a folder of its own, which it leaves away.
std::string without_folder(std::string text) {
    static const std::string folder = std::filesystem::current_path().string() + "/";
    for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder))
        text.erase(at, folder.size());
    return text;
}

Outcome check(const std::string& file, const std::vector<std::string>& interfaces) {
    const conf_test::OracleHost host(interfaces);
    conf::ReadOptions options;
    options.pattern = file;
    options.config_test = options.reference_complaints = true;
    const auto generation = conf::read(options, host);
    Outcome outcome{
        generation.diagnostics.exit_status(), {}, conf_test::complaints_of(generation.diagnostics)};
    for (auto& complaint : outcome.complaints) complaint.text = without_folder(complaint.text);
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

const char* reason_for(const std::string& file) {
    for (const auto& known : kKnownDifferences) {
        if (file == known.file) return known.reason;
    }
    return nullptr;
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
        compare_lines(file, messages, ours.complaints);
    }

    /// @return number of files which differ without a reason
    std::size_t summarise() const {
        std::size_t unexplained = 0;
        for (const auto& file : differing_) {
            const char* reason = reason_for(file);
            fmt::print("differs: {} {}\n", file, reason != nullptr ? reason : "(unexplained)");
            unexplained += reason == nullptr ? 1 : 0;
        }
        fmt::print("{} comparisons, {} files differ, {} of them unexplained\n", compared_, differing_.size(),
                   unexplained);
        return unexplained;
    }

    /// @return true when more lines differ than did when this was written
    bool lines_differ() const {
        fmt::print(
            "{} lines of the reference: {} of them not complained of ({} files), {} in other words; {} lines "
            "complained of by us alone, {} of them in files which the reference accepts in silence\n",
            lines_, silent_, silent_files_.size(), worded_, alone_, wrongly_accused_);
        return silent_files_.size() > kSilentFiles || silent_ > kSilent || alone_ > kAlone ||
               worded_ > kWorded || wrongly_accused_ > 0;
    }

  private:
    // Most are other places of the same message, or what follows in the reference from `\#` read twice.
    static constexpr std::size_t kSilentFiles = 6, kSilent = 20, kAlone = 40, kWorded = 40;

    void compare_lines(const std::string& file, const std::vector<std::string>& messages,
                       const std::vector<conf_test::Complaint>& ours) {
        std::vector<conf_test::Complaint> theirs;
        const bool cut = is_cut(messages);
        if (reason_for(file) != nullptr) return;
        for (std::size_t at = cut ? 1 : 0; at < messages.size(); ++at)
            theirs.push_back(conf_test::complaint_of(messages[at]));
        const auto agreement = conf_test::compare(theirs, ours, cut);
        lines_ += theirs.size();
        silent_ += agreement.silent.size();
        worded_ += agreement.worded.size();
        alone_ += agreement.alone.size();
        if (messages.empty()) wrongly_accused_ += agreement.alone.size();
        if (!agreement.silent.empty()) silent_files_.insert(file);
        for (const auto& said : agreement.silent)
            fmt::print("{}: silent {}: {}\n", file, said.line, said.text);
        for (const auto& said : agreement.alone) fmt::print("{}: alone {}: {}\n", file, said.line, said.text);
        if (!verbose_) return;
        for (const auto& said : agreement.worded) fmt::print("{}: worded {}\n", file, said);
    }

    bool verbose_;
    std::size_t compared_ = 0, lines_ = 0, silent_ = 0, worded_ = 0, alone_ = 0, wrongly_accused_ = 0;
    std::set<std::string> differing_, silent_files_;
};

using conf_test::kSkipped;
/// Files which may differ without a reason (the oracle itself has its accidents).
constexpr std::size_t kTolerated = 8;

}  // namespace

int main(int argc, char** argv) {
    const auto folder = conf_test::corpus_folder(argc, argv);
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
    const bool lines_differ = comparison.lines_differ();
    return comparison.summarise() > kTolerated || lines_differ ? 1 : 0;
}
