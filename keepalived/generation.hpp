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
    UniqueFd sealed;
    UniqueFd redacted;                    ///< made when the first observer asks: seal_for_observers
    std::array<UniqueFd, kRoles> boards;  ///< of the protocol roles, read-write
    std::uint32_t text = 0;               ///< number of the first generation with this very text
    bool borrows_model = false;           ///< that of the generation in force, until this one takes its place

    const conf::Model& model() const { return configuration.model; }
};

/// Seals the text and makes the boards.
Result<LiveGeneration> make_live(conf::Generation configuration);
/// The generation in force once more, as `read` found it unchanged: the model stays where it is, the checker's rows
/// where they are.
Result<LiveGeneration> make_again(const LiveGeneration& running, conf::Generation read);
/// The text without its secrets. Nobody who serves waits for it.
Result<> seal_for_observers(LiveGeneration& generation);
/// A zeroed board in place of the one there.
Result<> renew_board(LiveGeneration& generation, Role role);

/// Roles whose tables a board has, and the order in which observers get them.
inline constexpr Role kProtocolRoles[] = {Role::vrrp, Role::checker, Role::bfd, Role::lagg};

/// The shortest 3 × advert_int of the instances: the time a dead VRRP child may be away unnoticed (decisions.md §5).
Nanoseconds shortest_hold(const conf::Model& model);

}  // namespace keepalived
