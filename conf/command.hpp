// From what the configuration says of a script to what the runner executes.
#pragma once

#include <initializer_list>
#include <string>

#include "conf/script.hpp"
#include "lib/process/command.hpp"

namespace conf {

/// 'word' for the shell, whatever the word contains.
inline std::string shell_quoted(const std::string& word) {
    std::string result = "'";
    for (const char c : word) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

/// @param added  further arguments, after the configured ones
inline process::Command command_of(const Script& script, std::initializer_list<std::string> added = {}) {
    process::Command command{script.path, script.argv, script.uid, script.gid, {}};
    command.argv.insert(command.argv.end(), added);
    command.groups.assign(script.supplementary_groups.begin(), script.supplementary_groups.end());
    if (script.by_shell) {
        // "</path": only this word is left as it is (conf-global.md §7.2).
        std::string line = command.argv.front();
        for (std::size_t i = 1; i < command.argv.size(); ++i) line += " " + shell_quoted(command.argv[i]);
        command.argv = {script.path, "-c", line};
    }
    return command;
}

}  // namespace conf
