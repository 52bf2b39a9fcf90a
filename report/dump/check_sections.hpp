// The sections of keepalived_check.data, one function each, in the order of the file.
#pragma once

#include "report/dump/dump.hpp"
#include "report/text/values.hpp"

namespace report {

struct CheckDump {
    const conf::Model& model;
    const CheckSnapshot& check;
    Lines& lines;
};

void dump_ssl(const CheckDump& dump);
/// Virtual server groups, virtual servers, real servers.
void dump_lvs_topology(const CheckDump& dump);
void dump_health_checkers(const CheckDump& dump);
void dump_checker_track_files(const CheckDump& dump);
void dump_checker_track_bfds(const CheckDump& dump);

/// "NAT", "TUN, type = GUE, port = 6080, no checksum"
std::string forwarding_text(const conf::Forwarding& forwarding);

}  // namespace report
