// A generation in use: the configuration as read, its two sealed texts, and the boards its children write (decisions.md
// §3, §4).
#pragma once

#include <array>

#include "conf/reader.hpp"
#include "keepalived/policy.hpp"
#include "keepalived/role.hpp"
#include "lib/process/unique_fd.hpp"
#include "lib/result.hpp"

namespace keepalived {

struct LiveGeneration {
    conf::Generation configuration;
    UniqueFd sealed, redacted;
    std::array<UniqueFd, kRoles> boards;  ///< of the protocol roles, read-write

    const conf::Model& model() const { return configuration.model; }
};

/// Seals the texts and makes the boards.
Result<LiveGeneration> make_live(conf::Generation configuration);
/// A zeroed board in place of the one there.
Result<> renew_board(LiveGeneration& generation, Role role);

/// Roles whose tables a board has, and the order in which observers get them.
inline constexpr Role kProtocolRoles[] = {Role::vrrp, Role::checker, Role::bfd, Role::lagg};

/// The shortest 3 × advert_int of the instances: the time a dead VRRP child may be away unnoticed (decisions.md §5).
Nanoseconds shortest_hold(const conf::Model& model);

}  // namespace keepalived
