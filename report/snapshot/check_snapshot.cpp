#include "report/snapshot/check_snapshot.hpp"

#include "report/snapshot/read_rows.hpp"

namespace report {

CheckSnapshot empty_check_snapshot(const conf::Model& model) {
    CheckSnapshot made;
    std::size_t servers = 0, checkers = 0;
    for (const auto& service : model.lvs.virtual_servers) {
        servers += service.real_servers.size();
        for (const auto& server : service.real_servers) checkers += server.checkers.size();
    }
    made.services.resize(model.lvs.virtual_servers.size());
    made.servers.resize(servers);
    made.checkers.resize(checkers);
    made.track_files.resize(model.track_files.size());
    return made;
}

void read_check(const board::Board& board, CheckSnapshot& into) {
    board.table<check::rows::Process>().read(0, into.process);
    read_rows(board, into.services);
    read_rows(board, into.servers);
    read_rows(board, into.checkers);
    read_rows(board, into.track_files);
}

}  // namespace report
