// How generations come into force and go: the first one, a reload, adoption of a dead predecessor's, release, stop.
#include <algorithm>
#include <set>
#include <utility>

#include "lib/log/log.hpp"
#include "lib/time/clock.hpp"
#include "vrrp/child/facts.hpp"
#include "vrrp/child/shell.hpp"
#include "vrrp/objects/routes.hpp"
#include "vrrp/objects/rules.hpp"

namespace vrrp {

using protocol::Fault;
using protocol::InstanceIndex;
using protocol::kNone;

namespace {

constexpr std::uint32_t bit(Fault fault) { return static_cast<std::uint32_t>(fault); }

/// vrrp_delay_after_boot counts from the boot; the larger of it and vrrp_startup_delay holds.
Microseconds startup_delay(const conf::Global& global) {
    const Microseconds since_boot{boottime_now_ns() / 1000};
    return std::max(global.startup_delay, global.delay_after_boot - since_boot);
}

/// Keywords which this build or this kernel cannot serve: one line each, and what happens instead.
void warn_of_what_cannot_be(const conf::Model& model) {
    if (model.global.vrrp_ipsets) {
        logging::info("vrrp_ipsets is set: this build guards addresses with sets of nftables instead");
    }
    const bool needs_firewall = std::ranges::any_of(model.instances, [](const conf::VrrpInstance& instance) {
        return instance.vmac.kind == conf::VmacKind::macvlan || !instance.accept;
    });
    if (needs_firewall && !model.global.nftables && !model.global.vrrp_iptables) {
        logging::info("use_vmac or no_accept/strict specified, but no firewall configured - using nftables");
    }
}

/// Position in `model` of the instance with each identity; kNone when there is none (any more).
template <typename Objects>
std::uint32_t position_of(const Objects& objects, std::uint64_t identity) {
    for (std::uint32_t i = 0; i < objects.size(); ++i) {
        if (identity_of(objects[i]) == identity) return i;
    }
    return kNone;
}

}  // namespace

// ---------------------------------------------------------------------------------------------- coming into force

Result<> Shell::prepare(Prepared& next) {
    if (!running_) {
        if (auto done = objects_.open(next.generation.model); !done) return done.error();
        if (auto done = monitor_.open(next.generation.model); !done) return done.error();
        if (auto done = garp_.open(); !done) return done.error();
    }
    return adverts_.open(next.generation.model);
}

Result<> Shell::commit(Prepared next) {
    marked_.clear();  // of another generation
    return running_ ? reload(std::move(next)) : start_first(std::move(next));
}

Result<> Shell::start_first(Prepared next) {
    current_ = std::make_unique<Prepared>(std::move(next));
    const conf::Model& model = current_->generation.model;
    kernel_.model = &model;
    warn_of_what_cannot_be(model);
    current_->core.router.startup_delay = startup_delay(model.global);
    rows_.open(std::move(current_->board), current_->old_board ? &current_->old_board : nullptr, model,
               current_->generation.number);
    router_.emplace(std::move(current_->core.router));
    pending_garps_.assign(model.instances.size(), 0);

    kernel_.place();
    objects_.configure();
    garp_.configure();
    sync_daemon_.configure(model, std::move(current_->ipvs_socket));
    if (auto done = monitor_.dump(); !done) return done.error();
    log_missing_interfaces();
    log_own_addresses();
    monitor_.configure(model);
    loop_.watch(monitor_.fd(), [this] { monitor_.read(); });
    const bool adopting = current_->adopt == control::Adopt::successor && current_->old_board;
    if (adopting) adopt_interfaces(current_->old_board);
    make_links();
    place_and_attach();
    links_.apply_settings();
    firewall_.configure();
    (void)monitor_.take_changes();
    configure_adverts(model);

    tell_all_facts();
    tell_interface_trackers();
    tell_track_groups();
    trackers_.emplace(loop_.context(), runner_,
                      [this](const protocol::TrackerChanged& changed) { step(changed); });
    configure_trackers(false, adopting ? &current_->old_board : nullptr);
    notifier_.emplace(
        loop_.context(), runner_,
        notify::Progress{[this](InstanceIndex instance, protocol::State state, bool finished) {
                             rows_.notified(instance, state, finished);
                         },
                         [this](protocol::GroupIndex group, protocol::State state, bool finished) {
                             rows_.group_notified(group, state, finished);
                         }});
    notifier_->configure(model, current_->fifos, {});
    if (adopting) adopt(current_->old_board);

    // What a predecessor left and nobody holds now goes away; what is held is completed.
    for (std::uint32_t owner = 0; owner < kernel_.static_owner(); ++owner) {
        if (!kernel_.placements[owner].held) objects_.clear_residue(owner);
    }
    objects_.hold(kernel_.static_owner(), true);
    hold_all_masters();
    run_kernel_work();
    running_ = true;
    current_->old_board = {};
    step(protocol::Start{});
    publish_all();
    adverts_.log_sockets();
    trackers_->start();
    (void)turn();
    return {};
}

/// With dynamic_interfaces the file may name what does not exist yet (without it such a file is refused).
void Shell::log_missing_interfaces() const {
    std::set<std::string> names;
    for (const auto& instance : kernel_.model->instances) {
        if (!instance.interface.empty()) names.insert(instance.interface);
        for (const auto& name : object_interfaces(instance)) names.insert(name);
        for (const auto& track : instance.tracks.interfaces) names.insert(track.name);
    }
    for (const auto& name : names) {
        if (kernel_.interfaces.index_of(name) != 0) continue;
        logging::info(
            "Configuration specifies interface {} which doesn't currently exist - will use if created", name);
    }
}

/// What adverts may be sent from, interface by interface.
void Shell::log_own_addresses() const {
    if (!logging::detailed()) return;
    std::set<std::string> names;
    for (const auto& instance : kernel_.model->instances) names.insert(instance.interface);
    for (const auto& name : names) {
        const Interface* entry = kernel_.interfaces.find(name);
        for (const auto family : {net::Family::ipv4, net::Family::ipv6}) {
            const net::IpAddress address = usable_address(entry, family);
            if (!address.is_none())
                logging::detail("Assigned address {} for interface {}", address.to_string(), name);
        }
    }
}

void Shell::adopt_interfaces(const board::Board& old) {
    const auto interfaces = old.table<rows::Interface>();
    rows::Process process;
    if (!old.table<rows::Process>().read(0, process)) return;
    links_.adopt(process);
    rows::Interface row;
    for (std::uint32_t i = 0; i < std::min(interfaces.rows(), process.interfaces_used); ++i) {
        if (interfaces.read(i, row)) links_.adopt(row);
    }
}

void Shell::adopt(const board::Board& old) {
    const conf::Model& model = *kernel_.model;
    std::vector<protocol::VirtualRouterState> states(model.instances.size());
    std::vector<protocol::SyncGroupState> groups(model.sync_groups.size());
    std::vector<std::optional<rows::Instance>> found(model.instances.size());
    std::vector<std::optional<rows::Group>> found_groups(model.sync_groups.size());
    const auto instances = old.table<rows::Instance>();
    rows::Instance row;
    for (std::uint32_t i = 0; i < instances.rows(); ++i) {
        if (!instances.read(i, row)) continue;
        // In nearly every case the generation is the same, and so is the place.
        const bool same_place = i < model.instances.size() && identity_of(model.instances[i]) == row.identity;
        const std::uint32_t place = same_place ? i : position_of(model.instances, row.identity);
        if (place == kNone) continue;
        states[place] = row.core;
        router_->adopt_auth_memory(place, row.auth);
        found[place] = row;
        rows_.continue_instance(place, row);
    }
    const auto old_groups = old.table<rows::Group>();
    rows::Group group;
    for (std::uint32_t i = 0; i < old_groups.rows(); ++i) {
        if (!old_groups.read(i, group)) continue;
        const std::uint32_t place = position_of(model.sync_groups, group.identity);
        if (place == kNone) continue;
        groups[place] = group.core;
        found_groups[place] = group;
        rows_.continue_group(place, group);
    }
    std::vector<InstanceIndex> released;
    router_->adopt(states, groups, monotonic_now(), boottime_now_ns(), released);
    for (const InstanceIndex instance : released) {
        logging::info("({}) not adopted: its last advert is too old", model.instances[instance].name);
        found[instance].reset();
    }
    ++rows_.process().adoptions;
    for (InstanceIndex i = 0; i < model.instances.size(); ++i) {
        const auto& state = router_->state(i);
        if (!found[i] || state.state == protocol::State::init) continue;
        kernel_.placements[i].held = state.holds_objects;
        if (silent_) continue;
        if (found[i]->notify_finished != 0) {
            notifier_->assume(i, found[i]->notified);
        } else {
            notifier_->resume(i, found[i]->notified, state.effective_priority);
        }
    }
    for (protocol::GroupIndex g = 0; g < model.sync_groups.size(); ++g) {
        if (!found_groups[g] || silent_ || router_->group_state(g).state == protocol::State::init) continue;
        if (found_groups[g]->notify_finished != 0) {
            notifier_->assume_group(g, found_groups[g]->notified);
        } else {
            notifier_->resume_group(g, found_groups[g]->notified);
        }
    }
}

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

    // Everything of the old generation that outlives it is taken over by position.
    std::vector<Placement> placements(model.instances.size() + 1);
    placements.back() = kernel_.placements.back();
    std::vector<std::optional<rows::Instance>> continued(model.instances.size());
    for (InstanceIndex i = 0; i < model.instances.size(); ++i) {
        const InstanceIndex old = continuation.instance_of[i];
        if (old == kNone) continue;
        placements[i] = kernel_.placements[old];
        if (rows::Instance row; rows_.read(old, row)) continued[i] = row;
    }
    std::vector<std::optional<rows::Group>> continued_groups(model.sync_groups.size());
    for (protocol::GroupIndex g = 0; g < model.sync_groups.size(); ++g) {
        const protocol::GroupIndex old = continuation.group_of[g];
        if (rows::Group row; old != kNone && rows_.read(old, row)) continued_groups[g] = row;
    }
    const KernelObjects::Obsolete obsolete = obsolete_objects(model, continuation);

    kernel_.model = &model;
    warn_of_what_cannot_be(model);
    kernel_.placements = std::move(placements);
    pending_garps_.assign(model.instances.size(), 0);
    {
        const board::Board* old = &rows_.board();
        RowWriter fresh;
        fresh.open(std::move(upcoming->board), old, model, upcoming->generation.number);
        rows_ = std::move(fresh);
    }
    for (InstanceIndex i = 0; i < continued.size(); ++i) {
        if (continued[i]) rows_.continue_instance(i, *continued[i]);
    }
    for (protocol::GroupIndex g = 0; g < continued_groups.size(); ++g) {
        if (continued_groups[g]) rows_.continue_group(g, *continued_groups[g]);
    }
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
    (void)turn();
    return {};
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

// ---------------------------------------------------------------------------------------------- facts

/// The virtual links of the model, as far as their parents exist.
void Shell::make_links() {
    if (links_.create()) monitor_.read();
    if (links_.complete_addresses()) monitor_.read();
}

void Shell::place_and_attach() {
    kernel_.place();
    (void)monitor_.dump_addresses();
    adverts_.attach();
}

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

void Shell::configure_adverts(const conf::Model& model) {
    adverts_.log_unknown(model.global.log_unknown_vrids);
    smallest_interval_ = Seconds{40};
    for (const auto& instance : model.instances)
        smallest_interval_ = std::min<Nanoseconds>(smallest_interval_, instance.advert_interval);
    adverts_.set_smallest_interval(smallest_interval_);
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

// ---------------------------------------------------------------------------------------------- kernel objects

/// Completes the sets of all that hold objects: after a link came up, a reload, an adoption.
void Shell::hold_all_masters() {
    for (std::uint32_t owner = 0; owner < kernel_.owners(); ++owner) {
        const bool is_static = owner == kernel_.static_owner();
        const bool held = is_static ? kernel_.placements[owner].held : router_->state(owner).holds_objects;
        if (held) objects_.complete(owner);
    }
}

void Shell::run_kernel_work() {
    while (objects_.step()) {
    }
}

// ---------------------------------------------------------------------------------------------- rows

void Shell::publish_all() {
    for (InstanceIndex i = 0; i < kernel_.model->instances.size(); ++i) {
        rows_.publish_instance(i, router_->state(i), router_->auth_memory(i), kernel_, adverts_);
        rows_.publish_addresses(i, kernel_);
    }
    rows_.publish_addresses(kernel_.static_owner(), kernel_);
    for (protocol::GroupIndex g = 0; g < kernel_.model->sync_groups.size(); ++g) {
        rows_.publish_group(g, router_->group_state(g));
    }
    auto& process = rows_.process();
    process.repairs = objects_.repairs();
    process.netlink_errors = objects_.errors();
    process.rx_overflow = adverts_.overflow();
    process.unknown_vrid = adverts_.unknown();
    links_.tell_originals(process);
    process.delayed_start_pending = router_->startup_delay_pending() ? 1 : 0;
    rows_.publish_interfaces(kernel_, links_.created());
}

void Shell::mark_statistics() {
    marked_.clear();
    for (InstanceIndex i = 0; i < kernel_.model->instances.size(); ++i)
        marked_.push_back(router_->state(i).counters);
}

void Shell::clear_statistics() {
    for (InstanceIndex i = 0; i < marked_.size(); ++i) rows_.clear_statistics(i, marked_[i]);
    marked_.clear();
}

// ---------------------------------------------------------------------------------------------- going

void Shell::stop(std::function<void()> then) {
    if (!running_) return then();
    trackers_->stop();
    step(protocol::Stop{options_.dont_release_vrrp != 0});
    perform();
    if (options_.release_vips != 0) {
        for (std::uint32_t owner = 0; owner < kernel_.static_owner(); ++owner) objects_.clear_residue(owner);
    }
    objects_.hold(kernel_.static_owner(), false);
    run_kernel_work();
    sync_daemon_.stop();
    if (options_.dont_release_vrrp == 0) {  // the addresses that stay need their VMACs
        links_.remove_all();
        links_.restore_settings();
        firewall_.remove_if_built();
    }
    publish_all();
    (void)notify_in_order();
    running_ = false;
    if (silent_) return then();
    notifier_->finish(std::move(then));
}

Result<> Shell::release(Prepared next) {
    silent_ = true;
    next.adopt = control::Adopt::successor;
    options_.dont_release_vrrp = 0;
    if (auto done = start_first(std::move(next)); !done) return done.error();
    stop([] {});
    return {};
}

}  // namespace vrrp
