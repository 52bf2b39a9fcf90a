// Which files a pattern names: brace alternatives, wildcards, what is missing (conf-language.md §9.1, §9.2).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace conf {

struct FileMatches {
    std::vector<std::string>
        names;  ///< in glob's order, alternative by alternative, as the pattern writes them
    std::size_t alternatives = 1;      ///< of {a,b}; 1 = no braces
    std::vector<std::string> missing;  ///< alternatives without a wildcard which do not exist
    bool has_wildcard = false;
    bool too_many = false;  ///< a limit was hit: nothing is to be read
};

constexpr std::size_t kMaxBraceAlternatives = 1'024;
constexpr std::size_t kMaxMatches = 65'536;
/// Directory entries and file states a pattern may cost; `/*/*/*/*` ends here.
constexpr std::size_t kMaxGlobSteps = 300'000;

/// @param directory  what a relative pattern is relative to; absolute, without a final '/'
FileMatches match_files(std::string_view pattern, std::string_view directory);

/// Whether there is a directory in which a file matching the wildcard could be. One which is a wildcard itself passes.
bool has_directory(std::string_view pattern, std::string_view directory);
/// "Some config files missing: …": alternatives without a file.
std::string some_missing(const FileMatches& matches);

/// {a,b} alternatives, nested ones too; the pattern itself when it has none.
std::vector<std::string> brace_alternatives(std::string_view pattern);

}  // namespace conf
