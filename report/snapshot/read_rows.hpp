// A table of a board, copied into a vector that already has the model's length: no row beyond it is looked at.
#pragma once

#include <vector>

#include "lib/board/board.hpp"

namespace report {

template <typename Row>
void read_rows(const board::Board& board, std::vector<Row>& rows) {
    const auto table = board.table<Row>();
    for (std::uint32_t i = 0; i < rows.size() && i < table.rows(); ++i) table.read(i, rows[i]);
}

}  // namespace report
