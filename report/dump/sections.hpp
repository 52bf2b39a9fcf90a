// The sections of keepalived.data, one function each, in the order of the file.
#pragma once

#include "report/dump/dump.hpp"
#include "report/text/values.hpp"

namespace report {

/// What every VRRP section works on.
struct VrrpDump {
    const conf::Model& model;
    const Snapshot& snapshot;
    Scope scope;
    Lines& lines;

    const VrrpSnapshot& vrrp() const { return snapshot.vrrp; }
    bool running() const { return scope == Scope::running; }
};

void dump_garp_delays(const VrrpDump& dump);
void dump_static_objects(const VrrpDump& dump);
void dump_static_track_groups(const VrrpDump& dump);
void dump_topology(const VrrpDump& dump);
void dump_sockpool(const VrrpDump& dump);
void dump_sync_groups(const VrrpDump& dump);
void dump_scripts(const VrrpDump& dump);
void dump_track_files(const VrrpDump& dump);
void dump_track_processes(const VrrpDump& dump);
void dump_track_bfds(const VrrpDump& dump);
void dump_interfaces(const VrrpDump& dump);

/// The blocks "Tracked interfaces :" … of an instance or a group. @param process_heading  "Tracked processes"
/// or, in a group, "Tracked process"
void dump_tracks(const conf::Tracks& tracks, std::string_view process_heading, Lines& lines);
/// "   Master state transition script = …"
void dump_notify_scripts(const conf::NotifyScripts& notify, Lines& lines);

}  // namespace report
