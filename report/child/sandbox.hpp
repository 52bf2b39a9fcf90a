// What an observer that reads requests of others may still do: nothing but compute, read what it was given, answer, log
// (decisions.md §2).
#pragma once

#include "lib/result.hpp"

// A sanitizer's own threads and files need more than the child does: there the system calls are not filtered. g++ has a macro
// for it, clang a feature.
#if defined(__SANITIZE_ADDRESS__)
#define KEEPALIVED_FILTERS_CALLS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KEEPALIVED_FILTERS_CALLS 0
#endif
#endif
#ifndef KEEPALIVED_FILTERS_CALLS
#define KEEPALIVED_FILTERS_CALLS 1
#endif

namespace report {

/// User keepalived, else nobody; no groups, no capabilities, no_new_privs, and only the system calls the child needs.
/// Call after everything that needs root or a file of the system (time zone, user data base) has been read.
Result<> enter_sandbox();

}  // namespace report
