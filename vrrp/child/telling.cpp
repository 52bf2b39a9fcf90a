// What the core is told of the world: faults and addresses of interfaces, tracked objects.
#include <algorithm>
#include <utility>

#include "vrrp/child/facts.hpp"
#include "vrrp/child/shell.hpp"

namespace vrrp {

using protocol::Fault;
using protocol::InstanceIndex;
using protocol::kNone;

namespace {

constexpr std::uint32_t bit(Fault fault) { return static_cast<std::uint32_t>(fault); }

}  // namespace

void Shell::tell_all_facts() {
    for (InstanceIndex i = 0; i < kernel_.model->instances.size(); ++i) tell_facts(i);
}

void Shell::tell_facts(std::uint32_t instance) {
    const Facts facts = facts_of(kernel_, instance);
    Placement& placement = kernel_.placements[instance];
    if (facts.source != placement.told_source) {
        placement.told_source = facts.source;
        step(protocol::SourceAddressChanged{instance, facts.source});
    }
    if (facts.segment != placement.told_segment) {
        placement.told_segment = facts.segment;
        step(protocol::SegmentChanged{instance, facts.segment});
    }
    const std::uint32_t changed = (facts.faults ^ placement.told_faults) & kInterfaceFaults;
    if (changed == 0) return;
    placement.told_faults ^= changed;
    const std::pair<Fault, std::string_view> all[] = {{Fault::interface_down, facts.interface_text},
                                                      {Fault::base_interface_down, facts.interface_text},
                                                      {Fault::no_source_address, facts.source_text}};
    for (const auto& [fault, text] : all) {
        if ((changed & bit(fault)) == 0) continue;
        step(protocol::FaultChanged{instance, fault, (facts.faults & bit(fault)) != 0, text});
    }
}

void Shell::tell_interface_trackers() {
    const auto& names = current_->core.tracked_interfaces;
    for (protocol::TrackerIndex i = 0; i < names.size(); ++i) {
        const std::uint32_t ifindex = kernel_.interfaces.index_of(names[i]);
        const bool up = ifindex != 0 && kernel_.interfaces.is_up(ifindex);
        step(protocol::TrackerChanged{i, up ? protocol::Verdict::up : protocol::Verdict::down});
    }
}

/// Instances of a track_group share the fate of the interfaces of its static objects (conf-vrrp.md §3.5).
void Shell::tell_track_groups() {
    const conf::Model& model = *kernel_.model;
    for (const auto& group : model.track_groups) {
        bool down = false;
        const auto check = [&](const std::string& named, const std::string& dev) {
            if (named != group.name || dev.empty()) return;
            const std::uint32_t ifindex = kernel_.interfaces.index_of(dev);
            down = down || ifindex == 0 || !kernel_.interfaces.is_up(ifindex);
        };
        for (const auto& address : model.static_addresses) check(address.track_group, address.dev);
        for (const auto& route : model.static_routes) check(route.track_group, route.dev);
        for (const auto& rule : model.static_rules) check(rule.track_group, rule.iif);
        for (InstanceIndex i = 0; i < model.instances.size(); ++i) {
            const auto& members = group.instances;
            if (std::find(members.begin(), members.end(), model.instances[i].name) == members.end()) continue;
            Placement& placement = kernel_.placements[i];
            const bool told = (placement.told_faults & bit(Fault::static_track_group)) != 0;
            if (told == down) continue;
            placement.told_faults ^= bit(Fault::static_track_group);
            step(protocol::FaultChanged{i, Fault::static_track_group, down,
                                        "static track group " + group.name});
        }
    }
}

tracking::Tables Shell::tables() const {
    const board::Board& board = rows_.board();
    return {board.table<rows::Script>(), board.table<rows::File>(), board.table<rows::TrackedProcess>()};
}

void Shell::configure_trackers(bool is_reload, const board::Board* predecessor) {
    const CoreConfig& core = current_->core;
    const conf::Model& model = current_->generation.model;
    const auto& trackers = router_->config().trackers;
    const auto numbers_of = [&](protocol::TrackerIndex first, std::size_t count) {
        std::vector<protocol::TrackerIndex> numbers;
        for (std::uint32_t i = 0; i < count; ++i) {
            numbers.push_back(trackers[first + i].uses.empty() ? kNone : first + i);
        }
        return numbers;
    };
    const tracking::Numbers numbers{numbers_of(core.first_script, model.scripts.size()),
                                    numbers_of(core.first_file, model.track_files.size()),
                                    numbers_of(core.first_process, model.track_processes.size())};
    // Nothing speaks BFD yet for us: a session is down until the BFD child says otherwise.
    for (std::uint32_t i = 0; i < core.bfd_sessions.size(); ++i) {
        rows_.publish_bfd(i, false);
        step(protocol::TrackerChanged{core.first_bfd + i, protocol::Verdict::down});
    }
    if (predecessor == nullptr) return trackers_->configure(model, numbers, tables(), is_reload);

    tracking::Predecessor known;
    const auto read = [](const auto& table, auto& rows) {
        for (std::uint32_t i = 0; i < table.rows(); ++i) {
            typename std::remove_reference_t<decltype(rows)>::value_type::value_type row;
            rows.push_back(table.read(i, row) ? std::optional(row) : std::nullopt);
        }
    };
    read(predecessor->table<rows::Script>(), known.scripts);
    read(predecessor->table<rows::File>(), known.files);
    read(predecessor->table<rows::TrackedProcess>(), known.processes);
    trackers_->adopt(model, numbers, tables(), known);
}

}  // namespace vrrp
