#include "keepalived/generation.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "check/board_layout.hpp"
#include "lib/board/board.hpp"
#include "vrrp/board_layout.hpp"

namespace keepalived {
namespace {

std::vector<board::TableSpec> tables_of(const conf::Model& model, Role role) {
    if (role == Role::vrrp) return vrrp::board_tables(model);
    if (role == Role::checker) return check::board_tables(model);
    return {};
}

}  // namespace

Result<> renew_board(LiveGeneration& generation, Role role) {
    const auto tables = tables_of(generation.model(), role);
    auto fd = board::create(names_of(role).executable, tables);
    if (!fd) return fd.error();
    generation.boards[index_of(role)] = std::move(*fd);
    return {};
}

Result<LiveGeneration> make_live(conf::Generation configuration) {
    LiveGeneration live;
    live.configuration = std::move(configuration);
    auto sealed = conf::seal(live.configuration, false);
    if (!sealed) return sealed.error();
    auto redacted = conf::seal(live.configuration, true);
    if (!redacted) return redacted.error();
    live.sealed = std::move(*sealed);
    live.redacted = std::move(*redacted);
    for (const Role role : kProtocolRoles)
        if (auto made = renew_board(live, role); !made) return made.error();
    return live;
}

Nanoseconds shortest_hold(const conf::Model& model) {
    Nanoseconds shortest{Seconds{3}};
    for (const auto& instance : model.instances)
        shortest = std::min<Nanoseconds>(shortest, 3 * instance.advert_interval);
    return shortest;
}

}  // namespace keepalived
