// The children by role: what the log, the pid files and `ps` call them (cli-signals.md §4, §6, §7).
#pragma once

#include <array>
#include <cstddef>

#include "lib/process/role.hpp"

namespace keepalived {

using control::Role;

inline constexpr std::size_t kRoles = 8;

struct RoleNames {
    const char* executable;   ///< in libexec/keepalived
    const char* title;        ///< "VRRP": "Starting VRRP child process"
    const char* short_title;  ///< "vrrp": "vrrp process failed to die"
    const char* ident;        ///< syslog
    const char* comm;         ///< with process_names
    bool is_observer;         ///< its death never counts (decisions.md §1)
};

inline constexpr std::array<RoleNames, kRoles> kRoleNames = {{
    {"", "parent", "parent", "Keepalived", "keepalived", false},
    {"keepalived_vrrp", "VRRP", "vrrp", "Keepalived_vrrp", "keepalived_vrrp", false},
    {"keepalived_healthcheckers", "Healthcheck", "checker", "Keepalived_healthcheckers", "keepalived_lvs",
     false},
    {"keepalived_bfd", "BFD", "bfd", "Keepalived_bfd", "keepalived_bfd", false},
    {"keepalived_lagg", "Lagg", "lagg", "Keepalived_lagg", "keepalived_lagg", false},
    {"keepalived_report", "Report", "report", "Keepalived_report", "keepalived_rep", true},
    {"keepalived_snmp", "SNMP", "snmp", "Keepalived_snmp", "keepalived_snmp", true},
    {"keepalived_dbus", "D-Bus", "dbus", "Keepalived_dbus", "keepalived_dbus", true},
}};

constexpr std::size_t index_of(Role role) { return static_cast<std::size_t>(role); }
constexpr const RoleNames& names_of(Role role) { return kRoleNames[index_of(role)]; }

/// The order of the reference. Of these, observers are started once the others are at work.
inline constexpr Role kStartOrder[] = {Role::report, Role::snmp, Role::dbus, Role::checker,
                                       Role::vrrp,   Role::bfd,  Role::lagg};

}  // namespace keepalived
