// The lines as written, for the diagnostics that show them.
#pragma once

#include <vector>

#include "conf/diagnostic.hpp"
#include "conf/position.hpp"

namespace conf {

/// Longest source line a diagnostic carries, in bytes.
constexpr std::size_t kMaxShownLine = 1'022;

/// Fills Diagnostic::source_line from the files; a file that has gone in the meantime leaves it empty.
void add_source_lines(Diagnostics& diagnostics, const std::vector<SourceFile>& files);

}  // namespace conf
