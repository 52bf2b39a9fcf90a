// How a generation follows another in a running child: what is the same goes on, by comparison (conf-vrrp.md §7).
#include <algorithm>
#include <utility>

#include "lib/log/log.hpp"
#include "lib/time/clock.hpp"
#include "vrrp/child/shell.hpp"
#include "vrrp/objects/routes.hpp"
#include "vrrp/objects/rules.hpp"

namespace vrrp {

using protocol::InstanceIndex;
using protocol::kNone;

Result<> Shell::reload(Prepared next) {
    auto upcoming = std::make_unique<Prepared>(std::move(next));
    const conf::Model& before = current_->generation.model;
    const conf::Model& model = upcoming->generation.model;
    const Instant now = monotonic_now();
    const protocol::Continuation continuation = vrrp::continuation(
        {before, current_->core, router_->config()}, {model, upcoming->core, upcoming->core.router});
    run_kernel_work();
    router_->let_go(continuation, now, actions_);
    perform();
    run_kernel_work();
    (void)notify_in_order();

    const KernelObjects::Obsolete obsolete = obsolete_objects(model, continuation);
    kernel_.model = &model;
    warn_of_settings();
    continue_placements(continuation);
    continue_rows(continuation, std::move(upcoming->board), upcoming->generation.number);
    kernel_.place();  // no event may meet the numbers of the old generation
    objects_.configure();
    garp_.configure();
    sync_daemon_.configure(model, std::move(upcoming->ipvs_socket));
    monitor_.configure(model);
    notifier_->configure(model, upcoming->fifos, continuation);
    objects_.remove(obsolete);
    links_.remove_unwanted();
    monitor_.read();
    make_links();
    place_and_attach();
    links_.apply_settings();
    firewall_.configure();

    router_->reconfigure(std::move(upcoming->core.router), continuation, now, actions_);
    std::swap(current_, upcoming);
    configure_trackers(true, nullptr);
    tell_all_facts();
    tell_interface_trackers();
    tell_track_groups();
    configure_adverts(model);
    objects_.hold(kernel_.static_owner(), true);
    hold_all_masters();
    perform();
    publish_all();
    adverts_.log_sockets();
    write_states();
    (void)turn();
    return {};
}

/// Where the instances are among the kernel's interfaces, by their new numbers.
void Shell::continue_placements(const protocol::Continuation& continuation) {
    std::vector<Placement> placements(kernel_.owners());
    placements.back() = kernel_.placements.back();
    for (InstanceIndex i = 0; i < kernel_.static_owner(); ++i) {
        if (const InstanceIndex old = continuation.instance_of[i]; old != kNone)
            placements[i] = kernel_.placements[old];
    }
    kernel_.placements = std::move(placements);
    pending_garps_.assign(kernel_.static_owner(), 0);
}

/// From the board of the old generation to that of the new one.
void Shell::continue_rows(const protocol::Continuation& continuation, board::Board board,
                          std::uint32_t generation) {
    RowWriter fresh;
    fresh.open(std::move(board), &rows_.board(), *kernel_.model, generation);
    std::swap(rows_, fresh);
    const RowWriter& old_rows = fresh;
    for (InstanceIndex i = 0; i < continuation.instance_of.size(); ++i) {
        const InstanceIndex old = continuation.instance_of[i];
        if (rows::Instance row; old != kNone && old_rows.read(old, row)) rows_.continue_instance(i, row);
    }
    for (protocol::GroupIndex g = 0; g < continuation.group_of.size(); ++g) {
        const protocol::GroupIndex old = continuation.group_of[g];
        if (rows::Group row; old != kNone && old_rows.read(old, row)) rows_.continue_group(g, row);
    }
}

/// With fifo_write_vrrp_states_on_reload.
void Shell::write_states() {
    const conf::Model& model = *kernel_.model;
    std::vector<notify::StateOf> states;
    std::vector<protocol::State> groups;
    for (InstanceIndex i = 0; i < model.instances.size(); ++i) {
        states.push_back({router_->state(i).state, router_->state(i).effective_priority});
    }
    for (protocol::GroupIndex g = 0; g < model.sync_groups.size(); ++g)
        groups.push_back(router_->group_state(g).state);
    // Who is about to be notified anyhow is not told twice.
    for (const Notice& notice : notices_) {
        if (const auto* one = std::get_if<protocol::NotifyInstance>(&notice))
            states[one->instance].state = protocol::State::init;
        else
            groups[std::get<protocol::NotifyGroup>(notice).group] = protocol::State::init;
    }
    notifier_->write_states(states, groups);
}

/// What holders of the old generation have and their continuations do not want: removed objects, and those whose options
/// changed (they come again with the new set). An address that moves to another instance is taken and given again, too.
KernelObjects::Obsolete Shell::obsolete_objects(const conf::Model& after,
                                                const protocol::Continuation& continuation) {
    KernelObjects::Obsolete obsolete;
    const auto find = [](const auto& list, const auto& object) {
        return std::find(list.begin(), list.end(), object) != list.end();
    };
    const auto compare = [&](std::uint32_t owner, const Objects& then, const Objects& now) {
        const std::string& name = kernel_.name(owner);
        // In the reference's words: a list that is gone as a whole is told of as a whole.
        for (const auto& rule : *then.rules) {
            if (find(*now.rules, rule)) continue;
            obsolete.rules.push_back(rule);
            if (!now.rules->empty()) logging::detail("ip rule {} removed", objects::rule_prefixes(rule));
        }
        if (now.rules->empty() && !then.rules->empty()) logging::detail("Removing a VirtualRule block");
        for (const auto& route : *then.routes) {
            if (find(*now.routes, route)) continue;
            obsolete.routes.push_back(route);
            if (!now.routes->empty()) logging::detail("Removing route {}", objects::route_destination(route));
        }
        if (now.routes->empty() && !then.routes->empty()) logging::detail("Removing a VirtualRoute block");
        for (std::size_t number = 0; number < then.addresses(); ++number) {
            const conf::Address& address = then.address(number);
            if (find(*now.vips, address) || find(*now.evips, address)) continue;
            const objects::AddressKey key = kernel_.key(owner, number);
            obsolete.addresses.push_back(key);
            logging::info("({}) ip address {} dev {}, no longer exist", name, address.prefix.to_string(),
                          kernel_.interfaces.name_of(key.ifindex));
        }
    };
    for (InstanceIndex i = 0; i < after.instances.size(); ++i) {
        const InstanceIndex old = continuation.instance_of[i];
        if (old == kNone || !kernel_.placements[old].held) continue;
        const auto& instance = after.instances[i];
        compare(old, kernel_.objects(old),
                {&instance.vips, &instance.evips, &instance.routes, &instance.rules});
    }
    static const std::vector<conf::Address> kNoAddresses;
    compare(kernel_.static_owner(), kernel_.objects(kernel_.static_owner()),
            {&after.static_addresses, &kNoAddresses, &after.static_routes, &after.static_rules});
    return obsolete;
}

}  // namespace vrrp
