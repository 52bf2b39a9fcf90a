// The smaller sections of keepalived.data: delays, static objects, sync groups, tracked objects.
#include <algorithm>

#include "conf/lines/kernel_lines.hpp"
#include "report/dump/sections.hpp"
#include "report/snapshot/uses.hpp"
#include "report/text/instance_lines.hpp"

namespace report {
namespace {

void delay_group(Microseconds garp, Microseconds gna, const std::vector<std::string>& interfaces,
                 Lines& lines) {
    lines.heading("GARP delay group");
    const auto interval = [&](std::string_view kind, Microseconds value) {
        if (value.count() == 0) return;
        lines.add(" {} interval = {}", kind, fixed_seconds(value));
        lines.add(" {} next time {}", kind, timestamp_without_year(0));
    };
    interval("GARP", garp);
    interval("GNA", gna);
    lines.add(" Interfaces");
    for (const auto& name : interfaces) lines.add("  {}", name);
}

/// Interfaces of instances which are in no configured group: each gets the global intervals for itself.
std::vector<std::string> ungrouped_interfaces(const conf::Model& model) {
    std::vector<std::string> names;
    const auto is_in = [](const std::vector<std::string>& list, const std::string& name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    for (const auto& instance : model.instances) {
        const auto grouped = [&](const conf::GarpGroup& group) {
            return is_in(group.interfaces, instance.interface);
        };
        if (std::none_of(model.garp_groups.begin(), model.garp_groups.end(), grouped) &&
            !is_in(names, instance.interface))
            names.push_back(instance.interface);
    }
    return names;
}

bool static_address_is_set(const VrrpDump& dump, std::size_t index) {
    const auto& set = dump.vrrp().static_addresses_set;
    return index < set.size() && set[index];
}

/// The heading of a section, written with its first block.
class Heading {
  public:
    Heading(Lines& lines, std::string_view title) : lines_(lines), title_(title) {}
    void once() {
        if (!title_.empty()) lines_.heading(title_);
        title_ = {};
    }

  private:
    Lines& lines_;
    std::string_view title_;
};

void tracking_instances(const TrackerUses& uses, std::string_view name, Lines& lines) {
    lines.add("   Tracking instances :");
    const auto found = uses.find(name);
    if (found == uses.end()) return;
    for (const TrackerUse& use : found->second)
        lines.add("     {}, weight {}", use.instance, weight_text(use.weight, use.reverse));
}

std::string_view init_words(vrrp::rows::ScriptInit init) {
    using vrrp::rows::ScriptInit;
    switch (init) {
        case ScriptInit::init:
            return "INIT";
        case ScriptInit::init_failed:
            return "INIT/FAILED";
        case ScriptInit::reload:
            return "INIT/RELOAD";
        case ScriptInit::has_run:
            break;
    }
    return "unknown";
}

std::string_view run_words(vrrp::rows::ScriptRun run) {
    using vrrp::rows::ScriptRun;
    switch (run) {
        case ScriptRun::idle:
            break;
        case ScriptRun::running:
            return "running";
        case ScriptRun::requested_termination:
            return "requested termination";
        case ScriptRun::forcing_termination:
            return "forcing termination";
    }
    return "idle";
}

void script_block(const VrrpDump& dump, const conf::VrrpScript& script, const vrrp::rows::Script& row,
                  const TrackerUses& uses) {
    Lines& lines = dump.lines;
    lines.add(" VRRP Script = {}", script.name);
    lines.add("   Command = {}", conf::quoted(script.script));
    if (!script.script.argv.empty() && !script.script.path.empty() &&
        script.script.path != script.script.argv[0])
        lines.add("   Path = {}", script.script.path);
    lines.add("   Interval = {}", script_seconds(script.interval));
    lines.add("   Timeout = {}", script_seconds(script.timeout));
    lines.add("   Weight = {}", weight_text(script.weight, script.reverse));
    lines.add("   Rise = {}", script.rise);
    lines.add("   Fall = {}", script.fall);
    lines.add("   Result = {}", row.result);
    lines.add("   Insecure = {}", yes_no(script.script.insecure));
    lines.add("   Init state = {}", init_words(row.init));
    lines.add("   Status = {}", std::int64_t{row.result} >= std::int64_t{script.rise} ? "GOOD" : "BAD");
    lines.add("   Script uid:gid = {}:{}", script.script.uid, script.script.gid);
    lines.add("   VRRP instances :");
    tracking_instances(uses, script.name, lines);
    lines.add("   State = {}", run_words(row.run));
}

void process_block(const VrrpDump& dump, const conf::TrackProcess& process,
                   const vrrp::rows::TrackedProcess& row, const TrackerUses& uses) {
    static constexpr const char* kMatches[] = {"", " exact", " initial", " partial"};  // conf::ParamMatch
    Lines& lines = dump.lines;
    lines.add(" VRRP Track process = {}", process.name);
    lines.add("   Process = {}", process.process);
    if (!process.parameters.empty()) lines.add("   Parameters = {}", fmt::join(process.parameters, " "));
    if (process.param_match != conf::ParamMatch::none)
        lines.add("   Param match ={}", kMatches[static_cast<std::size_t>(process.param_match)]);
    lines.add("   Min processes = {}", process.quorum);
    if (process.quorum_max) lines.add("   Max processes = {}", *process.quorum_max);
    lines.add("   Current processes = {}", row.current);
    lines.add("   Have quorum = {}", true_false(row.have_quorum != 0));
    lines.add("   Weight = {}", weight_text(process.weight, process.reverse));
    lines.add("   Terminate delay = {}s", fixed_seconds(process.terminate_delay));
    lines.add("   Fork delay = {}s", fixed_seconds(process.fork_delay));
    lines.add("   Fork delay timer {}running", row.fork_due == kNever ? "not " : "");
    lines.add("   Terminate delay timer {}running", row.terminate_due == kNever ? "not " : "");
    lines.add("   Full command = {}", true_false(process.full_command));
    tracking_instances(uses, process.name, lines);
}

}  // namespace

void dump_garp_delays(const VrrpDump& dump) {
    const conf::Global& global = dump.model.global;
    const bool has_global = global.garp_interval.count() != 0 || global.gna_interval.count() != 0;
    if (dump.model.garp_groups.empty() && !has_global) return;
    dump.lines.heading("Gratuitous ARP delays");
    for (const auto& group : dump.model.garp_groups)
        delay_group(group.garp_interval, group.gna_interval, group.interfaces, dump.lines);
    if (!has_global) return;
    for (const auto& name : ungrouped_interfaces(dump.model))
        delay_group(global.garp_interval, global.gna_interval, {name}, dump.lines);
}

void dump_static_objects(const VrrpDump& dump) {
    const conf::Model& model = dump.model;
    if (!model.static_addresses.empty()) dump.lines.heading("Static Addresses");
    for (std::size_t i = 0; i < model.static_addresses.size(); ++i) {
        const auto& address = model.static_addresses[i];
        dump.lines.add("     {}",
                       address_line(address, {address.dev, "", static_address_is_set(dump, i), false}));
    }
    if (!model.static_routes.empty()) dump.lines.heading("Static Routes");
    for (const auto& route : model.static_routes) dump.lines.add("     {}", shown_route(route, dump.vrrp()));
    if (!model.static_rules.empty()) dump.lines.heading("Static Rules");
    for (const auto& rule : model.static_rules) dump.lines.add("     {}", rule_line(rule));
}

void dump_static_track_groups(const VrrpDump& dump) {
    if (dump.model.track_groups.empty()) return;
    dump.lines.heading("Static Track groups");
    for (const auto& group : dump.model.track_groups) {
        dump.lines.add(" Static Track Group = {}", group.name);
        dump.lines.add("   VRRP member instances :");
        for (const auto& name : group.instances) dump.lines.add("     {}", name);
    }
}

void dump_sync_groups(const VrrpDump& dump) {
    if (dump.model.sync_groups.empty()) return;
    Lines& lines = dump.lines;
    lines.heading("VRRP Sync groups");
    for (std::size_t i = 0; i < dump.model.sync_groups.size(); ++i) {
        const auto& group = dump.model.sync_groups[i];
        const auto& core = dump.vrrp().groups[i].core;
        lines.add(" VRRP Sync Group = {}, {}", group.name,
                  state_word(dump.running() ? core.state : vrrp::protocol::State::init));
        lines.add("   Num member fault {}, num member init {}", core.members_in_fault, core.members_in_init);
        lines.add("   VRRP member instances :");
        for (const auto& member : group.members) lines.add("     {}", member);
        if (group.tracking_weight) lines.add("   sync group tracking weight set");
        lines.add("   Using smtp notification = {}", yes_no(group.smtp_alert.value_or(false)));
        if (group.notify_priority_changes)
            lines.add("   Notify priority changes = {}", true_false(*group.notify_priority_changes));
        dump_tracks(group.tracks, "Tracked process", lines);
        dump_notify_scripts(group.notify, lines);
    }
}

// The reference drops tracked objects which nobody tracks, with a warning (run): they have no block.

void dump_scripts(const VrrpDump& dump) {
    const TrackerUses uses = uses_of(dump.model, &conf::Tracks::scripts);
    Heading heading(dump.lines, "VRRP Scripts");
    for (std::size_t i = 0; i < dump.model.scripts.size(); ++i) {
        if (!uses.contains(dump.model.scripts[i].name)) continue;
        heading.once();
        script_block(dump, dump.model.scripts[i], dump.vrrp().scripts[i], uses);
    }
}

void dump_track_files(const VrrpDump& dump) {
    const TrackerUses uses = uses_of(dump.model, &conf::Tracks::files);
    Heading heading(dump.lines, "VRRP Track files");
    for (std::size_t i = 0; i < dump.model.track_files.size(); ++i) {
        const auto& file = dump.model.track_files[i];
        if (!uses.contains(file.name)) continue;
        heading.once();
        dump.lines.add(" Track file = {}", file.name);
        dump.lines.add("   File = {}", file.path);
        dump.lines.add("   Status = {}", dump.vrrp().files[i].value);
        dump.lines.add("   Weight = {}", weight_text(file.weight, file.reverse));
        tracking_instances(uses, file.name, dump.lines);
    }
}

void dump_track_processes(const VrrpDump& dump) {
    const TrackerUses uses = uses_of(dump.model, &conf::Tracks::processes);
    Heading heading(dump.lines, "VRRP Track processes");
    for (std::size_t i = 0; i < dump.model.track_processes.size(); ++i) {
        if (!uses.contains(dump.model.track_processes[i].name)) continue;
        heading.once();
        process_block(dump, dump.model.track_processes[i], dump.vrrp().processes[i], uses);
    }
}

void dump_track_bfds(const VrrpDump& dump) {
    const auto names = tracked_bfds(dump.model);
    if (names.empty()) return;
    dump.lines.heading("VRRP Track BFDs");
    const TrackerUses uses = uses_of(dump.model, &conf::Tracks::bfds);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto session = std::find_if(dump.model.bfd.begin(), dump.model.bfd.end(),
                                          [&](const conf::BfdInstance& one) { return one.name == names[i]; });
        dump.lines.add(" VRRP Track BFD = {}", names[i]);
        dump.lines.add("   Weight = {}", session == dump.model.bfd.end()
                                             ? weight_text(0, false)
                                             : weight_text(session->weight, session->reverse));
        dump.lines.add("   Bfd is {}",
                       i < dump.vrrp().bfds.size() && dump.vrrp().bfds[i].up != 0 ? "up" : "down");
        dump.lines.add("   Tracking VRRP instances :");
        tracking_instances(uses, names[i], dump.lines);
    }
}

std::string vrrp_data(const conf::Model& model, const Snapshot& snapshot, Scope scope) {
    Lines lines;
    const VrrpDump dump{model, snapshot, scope, lines};
    dump_global_definitions(model, Writer::vrrp, lines);
    dump_garp_delays(dump);
    dump_static_objects(dump);
    dump_static_track_groups(dump);
    dump_topology(dump);
    if (dump.running()) dump_sockpool(dump);
    dump_sync_groups(dump);
    dump_scripts(dump);
    dump_track_files(dump);
    dump_track_processes(dump);
    dump_track_bfds(dump);
    dump_interfaces(dump);
    return lines.take();
}

}  // namespace report
