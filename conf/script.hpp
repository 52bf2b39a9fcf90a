// A command of the configuration with all that was looked up for it once, by the supervisor (decisions.md §3, facts).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "conf/rare.hpp"

namespace conf {

enum class ScriptVerdict : std::uint8_t {
    usable,
    not_found,
    not_executable,
    unsafe,
    disabled_unsafe,
    bad_user
};

struct Script {
    std::string command;            ///< as written
    std::vector<std::string> argv;  ///< argv[0] is the configured path, cleaned
    std::string path;               ///< what is executed (resolved)
    std::uint32_t uid = 0, gid = 0;
    std::vector<std::uint32_t> supplementary_groups;
    ScriptVerdict verdict = ScriptVerdict::usable;
    bool insecure = false;
    bool by_shell = false;  ///< "</path" form
    friend bool operator==(const Script&, const Script&) = default;
};

/// Most instances have none of their seven scripts.
using OptionalScript = Rare<Script>;

/// 'a' 'b c': each word in single quotes (state-files.md §2).
std::string quoted(const Script& script);

}  // namespace conf
