// The checker child's rows. Servers and checkers are numbered through, service by service, server by server.
#pragma once

#include <vector>

#include "check/rows.hpp"
#include "conf/model.hpp"

namespace board {
class Board;
}

namespace report {

struct CheckSnapshot {
    check::rows::Process process;
    std::vector<check::rows::Service> services;
    std::vector<check::rows::Server> servers;
    std::vector<check::rows::Checker> checkers;
    std::vector<check::rows::TrackFile> track_files;  ///< in the order of the model's track files
};

/// Zeroed rows for every object of the model.
CheckSnapshot empty_check_snapshot(const conf::Model& model);
void read_check(const board::Board& board, CheckSnapshot& into);

}  // namespace report
