// What each kind of child may do (decisions.md §2).
#pragma once

#include "lib/process/control.hpp"
#include "lib/result.hpp"

namespace privileges {

/// vrrp and healthcheckers keep the capabilities they need, and the bounding set, because their scripts may need all;
/// bfd and lagg run no scripts: no_new_privs, network capabilities only; snmp and dbus stay root, without any
/// capability; report enters a sandbox of its own.
/// Error code EPERM for a protocol child which lacks what its protocol takes.
Result<> settle(control::Role role);

}  // namespace privileges
