// What the reader had to say, to the log and as the report of -t.
#pragma once

#include <string>

#include "conf/reader.hpp"
#include "keepalived/command_line.hpp"

namespace keepalived {

conf::ReadOptions read_options(const CommandLine& line);

/// One line each, in the words people grep; notes only with -D.
void log_diagnostics(const conf::Diagnostics& diagnostics);

/// The lines of -t: with source line, caret and hint.
std::string config_report(const conf::Diagnostics& diagnostics, bool colour);

/// -t: reads, reports to stderr or the log file, ends with the exit status of cli-signals.md §2.
[[noreturn]] void test_configuration(const CommandLine& line);

}  // namespace keepalived
