// Finding a script and judging who could change it: conf-global.md §7.2.
#pragma once

#include "conf/facts.hpp"

namespace conf {

ScriptFact look_up_script(const ScriptQuestion& question);

/// Without //, /./ and /../; nothing is looked up.
std::string cleaned_path(std::string_view path);

}  // namespace conf
