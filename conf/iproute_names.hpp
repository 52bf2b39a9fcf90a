// Names of iproute2's files: conf-global.md §6.
#pragma once

#include <optional>
#include <string>

#include "conf/facts.hpp"

namespace conf {

/// The number behind a name, from the files or built in.
std::optional<std::uint32_t> iproute_number(NameTable table, const std::string& name,
                                            const std::string& usr_dir, const std::string& etc_dir);

}  // namespace conf
