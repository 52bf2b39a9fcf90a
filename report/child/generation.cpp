#include "report/child/generation.hpp"

#include "conf/reader.hpp"
#include "lib/time/clock.hpp"

namespace report {

Result<ReportGeneration> ReportGeneration::open(child::Prepare& prepare) {
    auto parsed = conf::open_sealed(prepare.generation_fd.get());
    if (!parsed) return parsed.error();
    ReportGeneration made;
    made.model_ = std::make_shared<const conf::Model>(std::move(parsed->model));
    made.hash_ = parsed->model_hash;
    if (auto done = made.map_boards(prepare); !done) return done.error();
    return made;
}

Result<ReportGeneration> ReportGeneration::with_boards_of(child::Prepare& prepare) const {
    ReportGeneration made;
    made.model_ = model_;
    made.hash_ = hash_;
    if (auto done = made.map_boards(prepare); !done) return done.error();
    return made;
}

Result<> ReportGeneration::map_boards(child::Prepare& prepare) {
    const auto map = [&](const UniqueFd& fd) -> Result<> {
        if (!fd) return {};
        auto mapped = board::Board::map(fd.get(), board::Access::read);
        if (!mapped) return mapped.error();
        boards_.push_back(std::move(*mapped));
        return {};
    };
    if (auto done = map(prepare.board); !done) return done.error();
    if (auto done = map(prepare.old_board); !done) return done.error();
    for (const auto& fd : prepare.more)
        if (auto done = map(fd); !done) return done.error();
    return {};
}

Snapshot ReportGeneration::snapshot() const {
    Snapshot snapshot = empty_snapshot(*model_);
    snapshot.now = monotonic_now();
    snapshot.now_wallclock_us = wallclock_us();
    for (const auto& board : boards_)
        if (board.table<vrrp::rows::Process>()) read_vrrp(board, *model_, snapshot.vrrp);
    for (const auto& board : boards_)
        if (board.table<check::rows::Process>()) read_check(board, snapshot.check);
    for (const auto& board : boards_)
        if (board.table<bfd::rows::Process>()) read_bfd(board, snapshot.bfd);
    return snapshot;
}

}  // namespace report
