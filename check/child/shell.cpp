// Start, reload, adoption, stop.
#include "check/child/shell.hpp"

#include <unistd.h>

#include <algorithm>

#include "check/desired_table.hpp"
#include "check/probe/openssl_library.hpp"
#include "lib/log/log.hpp"
#include "lib/process/limits.hpp"
#include "lib/time/clock.hpp"

namespace check {

FleetTables fleet_tables(const board::Board& board) {
    return {board.table<rows::Service>(), board.table<rows::Server>(), board.table<rows::Checker>(),
            board.table<rows::Reason>(), board.table<rows::TrackFile>()};
}

namespace {

/// What of OpenSSL the checks of a generation need.
struct Cryptography {
    bool tls = false, digests = false;
};

Cryptography needed_cryptography(const conf::Lvs& lvs) {
    Cryptography needed;
    for (const auto& service : lvs.virtual_servers) {
        for (const auto& server : service.real_servers) {
            for (const auto& checker : server.checkers) {
                const auto* http = std::get_if<conf::HttpCheck>(&checker.kind);
                if (http == nullptr) continue;
                needed.tls = needed.tls || http->tls;
                needed.digests = needed.digests || std::ranges::any_of(http->urls, [](const conf::Url& url) {
                                     return url.digest.has_value();
                                 });
            }
        }
    }
    return needed;
}

}  // namespace

Shell::Shell(net::EventLoop& loop, const control::Options& options)
    : loop_(loop),
      options_(options),
      scripts_(loop.context(), process::Baseline::capture()),
      table_([](std::string_view line) { logging::info("{}", line); }),
      notifier_(loop.context(), scripts_),
      external_(loop.context()),
      marks_([](std::string_view line) { logging::info("{}", line); }) {
    loop_.at_turn_end([this] {
        turn();
        return net::EventLoop::Turn::may_have_posted;
    });
}

Shell::~Shell() = default;

Fleet::Effects Shell::effects() {
    return {[](std::string_view line) { logging::info("{}", line); },
            [](std::string_view line) { logging::detail("{}", line); },
            [this](const Notice& notice) { notifier_.notify(notice); }};
}

Result<> Shell::prepare(Prepared& next) {
    const conf::Lvs& lvs = (next.stays ? *current_ : next).generation.model.lvs;
    const Cryptography needed = needed_cryptography(lvs);
    if (needed.digests) {
        if (auto loaded = load_openssl(); !loaded) return loaded;
    }
    if (!needed.tls) return {};
    auto tls = TlsContext::make(lvs.ssl);
    if (tls.has_error()) return tls.error();
    next.tls = std::move(*tls);
    return {};
}

std::unique_ptr<Fleet> Shell::make_fleet(Prepared& generation) {
    const ProbeServices services{loop_.context(), scripts_, generation.tls.get()};
    const auto seed = static_cast<std::uint32_t>(monotonic_now().ns ^ getpid());
    return std::make_unique<Fleet>(generation.generation.model, services, fleet_tables(generation.board),
                                   effects(), seed);
}

/// Without a virtual server the kernel's table is not touched at all.
bool Shell::can_serve(Prepared& generation) {
    if (table_.is_open() || generation.generation.model.lvs.virtual_servers.empty()) return true;
    return table_.open(std::move(generation.ipvs_socket),
                       generation.generation.model.global.lvs_netlink_cmd.bytes);
}

/// Descriptors for every network check at once, and the right to ping.
void Shell::use_resources(const conf::Model& model) {
    constexpr std::uint64_t kOfOurOwn = 64;
    std::uint64_t checks = 0, mails = 0;
    bool pings = false;
    for (const auto& service : model.lvs.virtual_servers) {
        mails += service.smtp_alert ? 1U : 0U;
        for (const auto& server : service.real_servers) {
            mails += server.smtp_alert ? 1U : 0U;
            checks += server.checkers.size();
            pings =
                pings || std::any_of(server.checkers.begin(), server.checkers.end(), [](const auto& checker) {
                    return std::holds_alternative<conf::PingCheck>(checker.kind);
                });
        }
    }
    limits::raise_open_files(kOfOurOwn + checks + mails);
    if (pings && !process_row_.ping_range.changed) process_row_.ping_range = ping_range_.widen();
}

bool Shell::can_stay() const {
    return fleet_ != nullptr && serving_ && continues_itself(current_->generation.model.lvs);
}

Result<> Shell::commit(Prepared next) {
    if (next.stays) {
        stay(std::move(next));
        return {};
    }
    auto upcoming = std::make_unique<Prepared>(std::move(next));
    const bool served = fleet_ != nullptr && serving_;
    serving_ = can_serve(*upcoming);
    auto fleet = make_fleet(*upcoming);
    if (served && serving_) {
        reload(std::move(fleet), std::move(upcoming));
    } else {
        external_.stop();
        current_ = std::move(upcoming);
        fleet_ = std::move(fleet);
        start_first();
    }
    in_force();
    return {};
}

void Shell::in_force() {
    process_row_.pid = static_cast<std::uint32_t>(getpid());
    process_row_.generation = current_->generation.number;
    process_row_.ipvs_version = table_.version();
    fleet_->carry_out_effects();
    publish_all();
    turn();
}

/// Text, host and therefore model are what they were: everything stays in its place, and the rest goes as at any reload.
/// Rows, FIFOs and the socket of IPVS are the very same, so those that came along are closed again.
void Shell::stay(Prepared next) {
    const conf::Model& model = current_->generation.model;
    current_->generation.number = next.generation.number;
    external_.stop();
    follow_addresses(model);
    use_resources(model);
    fleet_->stay(next.tls.get(), suspended(model.lvs), monotonic_now());
    current_->tls = std::move(next.tls);
    notifier_.configure(model, current_->fifos);
    table_.configure(model.global, true);
    external_.follow(*fleet_, false);
    table_.stay(*fleet_);
    set_marks();
    in_force();
}

void Shell::reload(std::unique_ptr<Fleet> fleet, std::unique_ptr<Prepared> upcoming) {
    const conf::Model& model = upcoming->generation.model;
    external_.stop();
    follow_addresses(model);
    begin_suspended(*fleet);
    use_resources(model);
    // As at a start: the table first, where nothing outside has a say in it.
    const bool at_once = !ExternalChecks::concern(model);
    if (at_once) {
        fleet->settle_from(*fleet_);
        table_.configure(model.global, true);
        table_.reload(*fleet);
    }
    fleet->continue_from(*fleet_, monotonic_now());
    fleet_ = std::move(fleet);
    current_ = std::move(upcoming);
    notifier_.configure(model, current_->fifos);
    external_.follow(*fleet_, false);
    (void)fleet_->take_dirty();
    if (!at_once) {
        table_.configure(model.global, true);
        table_.reload(*fleet_);
    }
    set_marks();
}

void Shell::set_marks() {
    const conf::Model& model = current_->generation.model;
    marks_.set(model.global.nftables_ipvs_table, mark_ruleset(model, fleet_->marks()));
}

/// A start, or the first generation that can be served after some which could not.
void Shell::start_first() {
    const conf::Model& model = current_->generation.model;
    notifier_.configure(model, current_->fifos);
    if (process_row_.started_boottime_ns == 0)
        process_row_.started_boottime_ns = static_cast<std::uint64_t>(boottime_now_ns());
    if (!serving_) return;
    const bool successor = current_->adopt == control::Adopt::successor && current_->old_board;
    const Instant now = monotonic_now();
    follow_addresses(model);
    begin_suspended(*fleet_);
    const bool adopted = successor && fleet_->adopt(fleet_tables(current_->old_board), now);
    if (adopted) {
        if (rows::Process before; current_->old_board.table<rows::Process>().read(0, before))
            process_row_ = before;
        ++process_row_.adoptions;
        suspend_by_addresses();
    }
    // The table before all that it does not depend on; what is outside has a say in it before its first destination.
    const bool at_once = !adopted && !ExternalChecks::concern(model);
    if (at_once) {
        fleet_->settle();
        fill_table(successor);
    }
    if (!adopted) fleet_->start(now);
    use_resources(model);
    external_.follow(*fleet_, !successor);
    if (at_once) {
        (void)fleet_->take_dirty();
    } else {
        fill_table(successor);
    }
    current_->old_board = {};
}

void Shell::fill_table(bool successor) {
    if (!table_.is_open()) return;
    const conf::Global& global = current_->generation.model.global;
    table_.configure(global, false);
    if (global.lvs_flush && !successor) table_.flush();
    (void)fleet_->take_dirty();
    table_.take_over(*fleet_);
    set_marks();
}

// ------------------------------------------------------------------------------------------------ ha_suspend, -a

/// Joins address events when somebody wants them.
void Shell::follow_addresses(const conf::Model& model) {
    const auto& services = model.lvs.virtual_servers;
    const bool wanted =
        options_.address_monitoring != 0 ||
        std::any_of(services.begin(), services.end(), [](const auto& s) { return s.ha_suspend; });
    if (wanted && !addresses_.is_open()) {
        auto opened =
            addresses_.open([this](const net::IpAddress& a, bool present) { address_changed(a, present); },
                            model.global.lvs_netlink_monitor.bytes);
        if (!opened) {
            logging::info("{}", opened.error().message());
            return;
        }
        loop_.watch(addresses_.fd(), [this] { addresses_.read(); });
    }
}

/// Services whose address is not here begin with idle checks.
std::vector<bool> Shell::suspended(const conf::Lvs& lvs) const {
    std::vector<bool> idle;
    for (const conf::VirtualServer& server : lvs.virtual_servers)
        idle.push_back(server.ha_suspend && addresses_.is_open() && !is_present(server, lvs));
    return idle;
}

void Shell::begin_suspended(Fleet& fleet) { fleet.begin_suspended(suspended(fleet.model().lvs)); }

void Shell::address_changed(const net::IpAddress& address, bool present) {
    const char* verb = present ? "added" : "removed";
    if (options_.address_monitoring != 0) {
        logging::info("Netlink reflector reports IP {} {}", address.to_string(), verb);
    } else {
        logging::detail("Netlink reflector reports IP {} {}", address.to_string(), verb);
    }
    if (fleet_) suspend_by_addresses();
}

/// A group is there when one of its addresses is.
bool Shell::is_present(const conf::VirtualServer& server, const conf::Lvs& lvs) const {
    if (server.kind == conf::ServiceKind::address) return addresses_.count(server.endpoint.address) > 0;
    for (const ipvs::Service& service : kernel_services(server, lvs)) {
        if (service.key.fwmark == 0 && addresses_.count(service.key.address) > 0) return true;
    }
    return false;
}

void Shell::suspend_by_addresses() {
    const conf::Lvs& lvs = current_->generation.model.lvs;
    for (std::uint32_t n = 0; n < lvs.virtual_servers.size(); ++n) {
        const conf::VirtualServer& server = lvs.virtual_servers[n];
        if (server.ha_suspend && addresses_.is_open()) fleet_->set_suspended(n, !is_present(server, lvs));
    }
}

void Shell::turn() {
    if (!fleet_ || stopping_ || !serving_) return;
    fleet_->run_due(monotonic_now());
    table_.update(*fleet_);
    fleet_->publish();
    fleet_->carry_out_effects();
    loop_.wake_at(fleet_->next_deadline());
}

void Shell::publish_process() {
    process_row_.netlink_batches = table_.batches();
    process_row_.netlink_edits = table_.edits();
    process_row_.netlink_errors = table_.errors();
    process_row_.checks = fleet_ ? fleet_->checks_ended() : 0;
    auto table = current_->board.table<rows::Process>();
    table.publish(0, process_row_);
}

void Shell::publish_all() {
    if (!current_) return;
    publish_process();
    if (fleet_) fleet_->publish();
}

void Shell::stop(std::function<void()> then) {
    stopping_ = true;
    loop_.wake_at(kNever);
    external_.stop();
    if (process_row_.ping_range.changed) ping_range_.restore(process_row_.ping_range);
    process_row_.ping_range = {};
    if (!fleet_ || !serving_) return then();
    const conf::Global& global = current_->generation.model.global;
    // The table first here, too: a line for each of tens of thousands of servers takes longer than their removal.
    if (options_.dont_release_ipvs != 0) {
        table_.leave();
        fleet_->halt();
    } else {
        table_.stop(global);
        marks_.remove();
        fleet_->stop(global.lvs_flush_on_stop != conf::Global::FlushOnStop::disabled);
    }
    fleet_->carry_out_effects();
    publish_all();
    notifier_.finish(std::move(then));
}

Result<> Shell::release(Prepared last) {
    rows::Process before;
    if (last.old_board && last.old_board.table<rows::Process>().read(0, before) && before.ping_range.changed)
        ping_range_.restore(before.ping_range);
    if (options_.dont_release_ipvs != 0 || last.generation.model.lvs.virtual_servers.empty()) return {};
    current_ = std::make_unique<Prepared>(std::move(last));
    fleet_ = make_fleet(*current_);
    if (!table_.open(std::move(current_->ipvs_socket),
                     current_->generation.model.global.lvs_netlink_cmd.bytes))
        return {};
    if (!current_->old_board || !fleet_->adopt(fleet_tables(current_->old_board), monotonic_now())) return {};
    table_.take_over(*fleet_);
    set_marks();  // what the predecessor left becomes ours to remove
    table_.stop(current_->generation.model.global);
    marks_.remove();
    return {};
}

}  // namespace check
