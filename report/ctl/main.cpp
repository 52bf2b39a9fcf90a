// keepalivedctl: one program for people and scripts (operator.md). Exit codes: 0 good, 1 something is wrong, 2 usage,
// 3 the daemon cannot be reached.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "report/ctl/offline.hpp"

namespace {

constexpr int kUsage = 2;

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Looks at and steers keepalived."};
    app.require_subcommand(1);
    app.set_version_flag("--version", std::string("keepalivedctl ") + KEEPALIVED_VERSION);
    int status = 0;

    report::ctl::CheckOptions check;
    check.colour = ::isatty(STDOUT_FILENO) == 1;
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

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kUsage;
    }
    return status;
}
