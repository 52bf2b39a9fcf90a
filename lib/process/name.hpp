// The name `ps -o comm` shows; argv is never changed (cli-signals.md §4).
#pragma once

#include <sys/prctl.h>

#include <string>

namespace process {

/// Cut to 15 characters by the kernel.
inline void set_name(const std::string& name) { ::prctl(PR_SET_NAME, name.c_str()); }

}  // namespace process
