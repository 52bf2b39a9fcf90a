// keepalived_report: renders the dumps of all processes, outside of all of them. It can hang or die without harm.
#include <cstdio>

#include "lib/log/log.hpp"
#include "lib/process/child.hpp"
#include "lib/process/exit_code.hpp"
#include "report/child/sandbox.hpp"
#include "report/child/session.hpp"

int main() {
    child::Process process{{control::Role::report, "Keepalived_report"}};
    if (const int status = process.start(); status >= 0) return status;
    if (const auto confined = report::enter_sandbox(); !confined) {
        logging::alert("{}", confined.error().message());
        return exit_code::kFatal;
    }
    if (!process.set_parent_death_signal()) return exit_code::kFatal;
    report::Session session{process};
    process.handle_with(session.handlers());
    return process.run();
}
