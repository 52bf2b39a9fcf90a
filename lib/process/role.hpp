// Who is who among the processes, and how a child comes to its state: plain values, for pure code too.
#pragma once

#include <cstdint>

namespace control {

enum class Role : std::uint8_t {
    supervisor = 0,
    vrrp = 1,
    checker = 2,
    bfd = 3,
    lagg = 4,
    report = 5,
    snmp = 6,
    dbus = 7
};

/// What `prepare` asks of the child besides the generation.
enum class Adopt : std::uint8_t {
    none = 0,       ///< fresh start
    reload = 1,     ///< same process, new generation: old_board is its own
    successor = 2,  ///< the predecessor died: adopt what the old board says
};

}  // namespace control
