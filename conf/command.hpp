// From what the configuration says of a script to what the runner executes.
#pragma once

#include <initializer_list>
#include <string>

#include "conf/script.hpp"
#include "lib/process/command.hpp"

namespace conf {

/// @param added  further arguments, after the configured ones
inline process::Command command_of(const Script& script, std::initializer_list<std::string> added = {}) {
    process::Command command{script.path, script.argv, script.uid, script.gid, {}};
    command.argv.insert(command.argv.end(), added);
    command.groups.assign(script.supplementary_groups.begin(), script.supplementary_groups.end());
    return command;
}

}  // namespace conf
