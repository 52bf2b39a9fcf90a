// State of one virtual server as the quorum algebra sees it: trivially copyable, because it is the core's
// part of the checker child's board rows (decisions.md §4).
#pragma once

#include <cstdint>
#include <type_traits>

namespace check::quorum {

struct CheckerState {
    bool up = true;
    bool has_run = false;
    std::int64_t contribution = 0;  ///< to the weight of its server (MISC_CHECK dynamic, FILE_CHECK)
};

/// What an operator said of a server at run time (keepalivedctl drain, disable, enable; agent checks).
enum class Override : std::uint8_t { none, drain, disabled };

struct ServerState {
    bool alive = false;        ///< in the logical pool
    bool set = false;          ///< in the kernel's table
    std::uint32_t failed = 0;  ///< checkers that are down
    std::int64_t weight = 0;   ///< effective: configured + contributions; may be negative, clamped where used
    std::int64_t previous_weight = 0;
    Override override = Override::none;
    bool weight_overridden = false;
    std::int64_t overriding_weight = 0;
};

struct ServiceState {
    bool started = false;
    bool quorum_up = false;
    bool sorry_alive = false;  ///< the sorry server stands in for the pool
    bool sorry_set = false;    ///< in the kernel's table, perhaps with weight 0
};

static_assert(std::is_trivially_copyable_v<CheckerState> && std::is_trivially_copyable_v<ServerState> &&
              std::is_trivially_copyable_v<ServiceState>);

}  // namespace check::quorum
