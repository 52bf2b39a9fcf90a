#include "conf/file_match.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <glob.h>
#include <sys/stat.h>

#include <filesystem>

namespace conf {

namespace {

thread_local std::size_t steps_left = 0;

bool spend_step() { return steps_left > 0 && --steps_left > 0; }

void* open_directory(const char* name) { return spend_step() ? ::opendir(name) : nullptr; }
dirent* read_directory(void* directory) {
    return spend_step() ? ::readdir(static_cast<DIR*>(directory)) : nullptr;
}
void close_directory(void* directory) { ::closedir(static_cast<DIR*>(directory)); }
int state_of_link(const char* name, struct stat* state) { return spend_step() ? ::lstat(name, state) : -1; }
int state_of_file(const char* name, struct stat* state) { return spend_step() ? ::stat(name, state) : -1; }

/// glob(3) with a budget.
bool bounded_glob(const std::string& pattern, std::vector<std::string>& names) {
    glob_t found{};
    found.gl_opendir = open_directory;
    found.gl_readdir = read_directory;
    found.gl_closedir = close_directory;
    found.gl_lstat = state_of_link;
    found.gl_stat = state_of_file;
    const int status = ::glob(pattern.c_str(), GLOB_ALTDIRFUNC, nullptr, &found);
    for (std::size_t index = 0; status == 0 && index < found.gl_pathc; ++index)
        names.emplace_back(found.gl_pathv[index]);
    ::globfree(&found);
    return steps_left > 0 && names.size() <= kMaxMatches;
}

bool has_wildcards(std::string_view pattern) {
    return pattern.find_first_of("*?[") != std::string_view::npos;
}

std::string escaped(std::string_view directory) {
    std::string text;
    for (const char byte : directory) {
        if (std::string_view("*?[]\\").find(byte) != std::string_view::npos) text += '\\';
        text += byte;
    }
    return text;
}

/// The closing brace which belongs to the one at `open`, and the commas of its level.
std::size_t find_close(std::string_view pattern, std::size_t open, std::vector<std::size_t>& commas) {
    int depth = 0;
    for (std::size_t at = open; at < pattern.size(); ++at) {
        if (pattern[at] == '{') ++depth;
        if (pattern[at] == ',' && depth == 1) commas.push_back(at);
        if (pattern[at] == '}' && --depth == 0) return at;
    }
    return std::string_view::npos;
}

void expand_braces(const std::string& prefix, std::string_view pattern, std::vector<std::string>& into) {
    if (into.size() > kMaxBraceAlternatives) return;
    const std::size_t open = pattern.find('{');
    std::vector<std::size_t> cuts;
    const std::size_t close = open == std::string_view::npos ? open : find_close(pattern, open, cuts);
    if (close == std::string_view::npos || pattern.substr(open, 2) == "{}") {
        into.push_back(prefix + std::string(pattern));
        return;
    }
    cuts.push_back(close);
    std::size_t begin = open + 1;
    for (const std::size_t end : cuts) {
        std::string rest(pattern.substr(begin, end - begin));
        rest += pattern.substr(close + 1);
        expand_braces(prefix + std::string(pattern.substr(0, open)), rest, into);
        begin = end + 1;
    }
}

}  // namespace

std::vector<std::string> brace_alternatives(std::string_view pattern) {
    std::vector<std::string> alternatives;
    expand_braces({}, pattern, alternatives);
    return alternatives;
}

FileMatches match_files(std::string_view pattern, std::string_view directory) {
    FileMatches matches;
    const auto alternatives = brace_alternatives(pattern);
    matches.alternatives = alternatives.size();
    matches.too_many = alternatives.size() > kMaxBraceAlternatives;
    if (matches.too_many) return matches;

    steps_left = kMaxGlobSteps;
    for (const auto& alternative : alternatives) {
        const bool is_relative = alternative.empty() || alternative[0] != '/';
        const std::string base = is_relative ? std::string(directory) + "/" : std::string();
        if (!has_wildcards(alternative)) {
            struct stat state {};
            const bool exists = !alternative.empty() && ::stat((base + alternative).c_str(), &state) == 0;
            (exists ? matches.names : matches.missing).push_back(alternative);
            continue;
        }
        matches.has_wildcard = true;
        std::vector<std::string> found;
        matches.too_many |= !bounded_glob(escaped(base) + alternative, found);
        for (auto& name : found) matches.names.push_back(name.substr(base.size()));
        if (matches.too_many) break;
    }
    if (matches.too_many) matches.names.clear();
    return matches;
}

bool has_directory(std::string_view pattern, std::string_view directory) {
    const auto slash = pattern.rfind('/');
    if (slash == std::string_view::npos || slash == 0) return true;
    const std::string_view its_own = pattern.substr(0, slash);
    if (its_own.find_first_of("*?[{") != std::string_view::npos) return true;
    std::error_code ignored;
    return std::filesystem::is_directory(std::filesystem::path(directory) / its_own, ignored);
}

std::string some_missing(const FileMatches& matches) {
    return fmt::format("Some config files missing: \"{}\".", fmt::join(matches.missing, ", "));
}

}  // namespace conf
