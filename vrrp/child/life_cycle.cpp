// How the first generation comes into force, and how the last one goes: start, release, stop. reload.cpp and adoption.cpp
// say how one follows another.
#include <algorithm>
#include <set>
#include <utility>

#include "lib/log/log.hpp"
#include "lib/time/clock.hpp"
#include "vrrp/child/facts.hpp"
#include "vrrp/child/shell.hpp"

namespace vrrp {

using protocol::InstanceIndex;
using protocol::kNone;

namespace {

/// vrrp_delay_after_boot counts from the boot; the larger of it and vrrp_startup_delay holds.
Microseconds startup_delay(const conf::Global& global) {
    const Microseconds since_boot{boottime_now_ns() / 1000};
    return std::max(global.startup_delay, global.delay_after_boot - since_boot);
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
    warn_of_settings();
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

/// Keywords which this build or this kernel cannot serve: one line each, and what happens instead.
void Shell::warn_of_settings() const {
    const conf::Model& model = *kernel_.model;
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

// ---------------------------------------------------------------------------------------------- links

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

void Shell::configure_adverts(const conf::Model& model) {
    adverts_.log_unknown(model.global.log_unknown_vrids);
    smallest_interval_ = Seconds{40};
    for (const auto& instance : model.instances)
        smallest_interval_ = std::min<Nanoseconds>(smallest_interval_, instance.advert_interval);
    adverts_.set_smallest_interval(smallest_interval_);
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
