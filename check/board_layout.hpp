// The tables of the checker child's board for one generation: the supervisor makes the board by it (decisions.md §4).
#pragma once

#include <vector>

#include "conf/model.hpp"
#include "lib/board/board.hpp"

namespace check {

/// Every table of check/rows.hpp, as many rows as the model has objects.
std::vector<board::TableSpec> board_tables(const conf::Model& model);

}  // namespace check
