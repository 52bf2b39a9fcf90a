#include "lib/process/privileges.hpp"

#include <cap-ng.h>
#include <sys/prctl.h>

#include <span>
#include <vector>

namespace privileges {
namespace {

constexpr capng_type_t kInForce = static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED);
constexpr capng_type_t kInForceAndBound =
    static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET);

constexpr unsigned kWithScripts[] = {
    CAP_SETUID,   CAP_SETGID,       CAP_KILL,     CAP_CHOWN,     CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH,
    CAP_SYS_NICE, CAP_SYS_RESOURCE, CAP_IPC_LOCK, CAP_NET_ADMIN, CAP_NET_RAW,      CAP_NET_BIND_SERVICE};
constexpr unsigned kNetworkOnly[] = {CAP_NET_ADMIN, CAP_NET_RAW, CAP_NET_BIND_SERVICE};

/// Of `wanted`, what we were given: in a container that may be less than all.
Result<> keep(std::span<const unsigned> wanted, bool bound_too) {
    if (capng_get_caps_process() != 0) return errno_error("read capabilities");
    std::vector<unsigned> kept;
    for (const unsigned capability : wanted)
        if (capng_have_capability(CAPNG_PERMITTED, capability) != 0) kept.push_back(capability);
    // Shrinking the bounding set takes a capability of its own; without it the set stays as it was given to us.
    bound_too = bound_too && capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) != 0;
    capng_clear(bound_too ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS);
    for (const unsigned capability : kept)
        capng_update(CAPNG_ADD, bound_too ? kInForceAndBound : kInForce, capability);
    if (capng_apply(bound_too ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS) != 0)
        return errno_error("set capabilities");
    return {};
}

bool has(unsigned capability) {
    return capng_get_caps_process() == 0 && capng_have_capability(CAPNG_EFFECTIVE, capability) != 0;
}

Result<> need_network() {
    for (const unsigned capability : {CAP_NET_ADMIN, CAP_NET_RAW})
        if (!has(capability))
            return Error{EPERM, "use the network",
                         std::string{"CAP_"} + capng_capability_to_name(capability)};
    return {};
}

Result<> no_new_privileges() {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno_error("set no_new_privs");
    return {};
}

}  // namespace

Result<> settle(control::Role role) {
    using control::Role;
    switch (role) {
        case Role::vrrp: {
            if (auto enough = need_network(); !enough) return enough;
            std::vector<unsigned> wanted{std::begin(kWithScripts), std::end(kWithScripts)};
            wanted.push_back(CAP_SYS_PTRACE);  // track_process reads other processes' command lines
            return keep(wanted, false);
        }
        case Role::checker:
            if (auto enough = need_network(); !enough) return enough;
            return keep(kWithScripts, false);
        case Role::bfd:
        case Role::lagg:
            if (auto enough = need_network(); !enough) return enough;
            if (auto kept = keep(kNetworkOnly, true); !kept) return kept;
            return no_new_privileges();
        case Role::snmp:
        case Role::dbus:
            return keep({}, true);
        case Role::report:  // enters a sandbox of its own once it has read what it needs
        case Role::supervisor:
            break;
    }
    return {};
}

}  // namespace privileges
