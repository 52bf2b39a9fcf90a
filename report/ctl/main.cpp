// keepalivedctl: one program for people and scripts (operator.md). Exit codes: 0 good, 1 something is wrong, 2 usage,
// 3 the daemon cannot be reached.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "conf/suggestion.hpp"
#include "report/ctl/offline.hpp"

namespace {

constexpr int kUsage = 2;

/// ", did you mean `check`?"; nothing when none is near.
std::string similar_command(const CLI::App& app, const std::string& word) {
    conf::Suggestion suggestion(word);
    for (const auto* command : app.get_subcommands({})) suggestion.consider(command->get_name());
    const std::string hint = suggestion.hint();
    return hint.empty() ? hint : ", " + hint;
}

int run(int argc, char** argv) {
    CLI::App app{"Looks at and steers keepalived."};
    app.require_subcommand(1);
    app.set_version_flag("--version", std::string("keepalivedctl ") + KEEPALIVED_VERSION);
    int status = 0;

    report::ctl::CheckOptions check;
    check.colour = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
    auto* check_command =
        app.add_subcommand("check", "Reads a configuration and says everything there is to say");
    check_command->add_option("FILE", check.pattern, "the file, or a pattern")->capture_default_str();
    check_command->add_option("-i,--config-id", check.config_id, "the id that @ID lines are compared with");
    check_command->add_flag("--json", check.json, "for editors and CI");
    check_command->add_flag("--expanded", check.expanded,
                            "prints the configuration with everything expanded");
    check_command->callback([&] { status = report::ctl::check(check, std::cout); });

    std::vector<std::string> keywords;
    auto* explain_command =
        app.add_subcommand("explain", "What a keyword does, where it may stand, its default");
    explain_command->add_option("KEYWORD", keywords, "one or more keywords")->required();
    explain_command->callback([&] { status = report::ctl::explain(keywords, std::cout); });

    report::ctl::FormatOptions format;
    auto* format_command = app.add_subcommand("fmt", "Prints a configuration laid out anew, comments kept");
    format_command->add_option("FILE", format.files, "one or more files")->required();
    format_command->add_flag("-w,--write", format.write, "replaces the files");
    format_command->add_flag("--check", format.check, "only says which files are not formatted");
    format_command->callback([&] { status = report::ctl::format(format, std::cout, std::cerr); });

    std::vector<std::string> pair;
    std::string diff_id;
    auto* diff_command = app.add_subcommand("diff", "Says what a reload would change");
    diff_command->add_option("FILES", pair, "[OLD] NEW; OLD is /etc/keepalived/keepalived.conf by default")
        ->required()
        ->expected(1, 2);
    diff_command->add_option("-i,--config-id", diff_id, "the id that @ID lines are compared with");
    diff_command->callback([&] {
        if (pair.size() == 1) pair.insert(pair.begin(), "/etc/keepalived/keepalived.conf");
        status = report::ctl::diff(pair[0], pair[1], diff_id, std::cout, std::cerr);
    });

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        // Of an unknown word the library says that a command is missing.
        if (const auto words = app.remaining(); app.get_subcommands().empty() && !words.empty()) {
            std::cerr << "keepalivedctl: there is no command " << words.front()
                      << similar_command(app, words.front()) << "; --help lists them\n";
            return kUsage;
        }
        return app.exit(error) == 0 ? 0 : kUsage;
    }
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "keepalivedctl: %s\n", error.what());
        return 1;
    }
}
