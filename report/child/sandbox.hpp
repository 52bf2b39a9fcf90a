// What an observer that reads requests of others may still do: nothing but compute, read what it was given, answer, log
// (decisions.md §2).
#pragma once

#include "lib/result.hpp"

namespace report {

/// User keepalived, else nobody; no groups, no capabilities, no_new_privs, and only the system calls the child needs.
/// Call after everything that needs root or a file of the system (time zone, user data base) has been read.
Result<> enter_sandbox();

}  // namespace report
