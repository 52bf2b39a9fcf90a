// A command ready to be executed: nothing in it is looked up any more (decisions.md §3, facts; §11).
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace process {

struct Command {
    std::string path;               ///< what is executed
    std::vector<std::string> argv;  ///< argv[0] as configured
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;  ///< supplementary; empty = none
};

}  // namespace process
