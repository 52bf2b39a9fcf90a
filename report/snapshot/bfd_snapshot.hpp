// The BFD child's rows, in the order of the model's sessions.
#pragma once

#include <vector>

#include "bfd/rows.hpp"
#include "conf/model.hpp"

namespace board {
class Board;
}

namespace report {

struct BfdSnapshot {
    bfd::rows::Process process;
    std::vector<bfd::rows::Session> sessions;
};

BfdSnapshot empty_bfd_snapshot(const conf::Model& model);
void read_bfd(const board::Board& board, BfdSnapshot& into);

}  // namespace report
