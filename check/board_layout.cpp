#include "check/board_layout.hpp"

#include "check/rows.hpp"

namespace check {

std::vector<board::TableSpec> board_tables(const conf::Model& model) {
    std::size_t servers = 0, checkers = 0;
    for (const auto& service : model.lvs.virtual_servers) {
        servers += service.real_servers.size();
        for (const auto& server : service.real_servers) checkers += server.checkers.size();
    }
    return {
        board::table_spec<rows::Process>(1),
        board::table_spec<rows::Service>(model.lvs.virtual_servers.size()),
        board::table_spec<rows::Server>(servers),
        board::table_spec<rows::Checker>(checkers),
        board::table_spec<rows::Reason>(checkers),
        board::table_spec<rows::TrackFile>(model.track_files.size()),
    };
}

}  // namespace check
