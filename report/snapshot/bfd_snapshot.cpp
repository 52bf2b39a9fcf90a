#include "report/snapshot/bfd_snapshot.hpp"

#include "report/snapshot/read_rows.hpp"

namespace report {

BfdSnapshot empty_bfd_snapshot(const conf::Model& model) {
    BfdSnapshot made;
    made.sessions.resize(model.bfd.size());
    return made;
}

void read_bfd(const board::Board& board, BfdSnapshot& into) {
    board.table<bfd::rows::Process>().read(0, into.process);
    read_rows(board, into.sessions);
}

}  // namespace report
