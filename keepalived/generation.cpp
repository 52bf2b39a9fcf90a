#include "keepalived/generation.hpp"

#include <fcntl.h>

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
    live.text = live.configuration.number;
    auto sealed = conf::seal(live.configuration, false);
    if (!sealed) return sealed.error();
    live.sealed = std::move(*sealed);
    for (const Role role : kProtocolRoles)
        if (auto made = renew_board(live, role); !made) return made.error();
    return live;
}

Result<LiveGeneration> make_again(const LiveGeneration& running, conf::Generation read) {
    LiveGeneration live;
    live.configuration = std::move(read);
    live.text = running.text;
    live.borrows_model = true;
    const auto again = [](const UniqueFd& fd) { return UniqueFd{::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0)}; };
    live.sealed = again(running.sealed);
    if (running.redacted) live.redacted = again(running.redacted);
    for (const Role role : kProtocolRoles) {
        UniqueFd& board = live.boards[index_of(role)];
        if (role == Role::checker) {
            board = again(running.boards[index_of(role)]);
        } else {
            auto made = board::create(names_of(role).executable, tables_of(running.model(), role));
            if (!made) return made.error();
            board = std::move(*made);
        }
    }
    if (!live.sealed || !live.boards[index_of(Role::checker)]) return errno_error("dup", "generation");
    return live;
}

Result<> seal_for_observers(LiveGeneration& generation) {
    if (generation.redacted) return {};
    auto redacted = conf::seal(generation.configuration, true);
    if (!redacted) return redacted.error();
    generation.redacted = std::move(*redacted);
    return {};
}

Nanoseconds shortest_hold(const conf::Model& model) {
    Nanoseconds shortest{Seconds{3}};
    for (const auto& instance : model.instances)
        shortest = std::min<Nanoseconds>(shortest, 3 * instance.advert_interval);
    return shortest;
}

}  // namespace keepalived
