// The table: start, change, reload and stop are the same difference with other inputs.
#include "check/child/table_keeper.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace check {

namespace {

netlink::ipvs::Daemon daemon_of(const conf::Global::SyncDaemon& config, netlink::ipvs::DaemonState state) {
    netlink::ipvs::Daemon daemon;
    daemon.state = state;
    daemon.interface = config.interface;
    daemon.sync_id = config.id.value_or(0);
    if (config.maxlen != 0) daemon.max_length = config.maxlen;
    if (config.port != 0) daemon.port = config.port;
    if (config.ttl != 0) daemon.ttl = config.ttl;
    daemon.group = config.group;
    return daemon;
}

/// Of a table that is filled or emptied: thousands of edits need not lie in memory together.
constexpr std::size_t kEditsAtOnce = 200;

/// Entries of `all` from `begin` to `end`, taken from it.
void take(ipvs::Table& all, std::size_t begin, std::size_t end, ipvs::Table& some) {
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(begin);
    some.assign(std::make_move_iterator(first),
                std::make_move_iterator(first + static_cast<std::ptrdiff_t>(end - begin)));
}

}  // namespace

void TableKeeper::complain(const Error& error) {
    ++errors_;
    log_("IPVS: " + error.message());
}

bool TableKeeper::open(UniqueFd socket, std::uint32_t receive_buffer) {
    auto kernel =
        socket ? ipvs::Kernel::adopt(std::move(socket), receive_buffer) : ipvs::Kernel::open(receive_buffer);
    if (kernel.has_error()) {
        log_(fmt::format(
            "IPVS: Can't initialize ipvs: {} - load the module ip_vs and reload; until then nothing is "
            "balanced",
            kernel.error().code == ENOENT ? "the kernel has no ip_vs" : kernel.error().message()));
        return false;
    }
    kernel_.emplace(std::move(*kernel));
    if (const auto info = kernel_->info(); info.has_value()) version_ = info->version;
    return true;
}

void TableKeeper::configure(const conf::Global& global, bool is_reload) {
    if (!kernel_) return;
    if (!is_reload || original_timeouts_ || global.lvs_timeout_tcp || global.lvs_timeout_tcpfin ||
        global.lvs_timeout_udp) {
        set_timeouts(global);
    }
    const bool ours = global.lvs_sync_daemon && global.lvs_sync_daemon->instance.empty();
    set_daemon(ours ? global.lvs_sync_daemon : std::nullopt);
}

void TableKeeper::set_timeouts(const conf::Global& global) {
    const bool wanted = global.lvs_timeout_tcp || global.lvs_timeout_tcpfin || global.lvs_timeout_udp;
    if (!wanted && !original_timeouts_) return;
    if (!original_timeouts_) {
        auto now = kernel_->timeouts();
        if (now.has_error()) return complain(now.error());
        original_timeouts_ = *now;
    }
    const auto chosen = [](const std::optional<std::uint32_t>& configured, std::uint32_t original) {
        return configured && *configured != 0 ? *configured : original;
    };
    const netlink::ipvs::Timeouts next{chosen(global.lvs_timeout_tcp, original_timeouts_->tcp),
                                       chosen(global.lvs_timeout_tcpfin, original_timeouts_->tcp_fin),
                                       chosen(global.lvs_timeout_udp, original_timeouts_->udp)};
    if (auto set = kernel_->set_timeouts(next); set.has_error()) complain(set.error());
    if (!wanted) original_timeouts_.reset();
}

/// Without a VRRP instance both daemons run all the time. Whatever runs already with other settings is stopped first.
void TableKeeper::set_daemon(const std::optional<conf::Global::SyncDaemon>& next) {
    using netlink::ipvs::DaemonState;
    if (next == daemon_) return;
    for (const auto state : {DaemonState::master, DaemonState::backup}) {
        auto stopped = kernel_->stop_daemon(state);
        const bool nothing_ran = stopped.has_error() && stopped.error().code == ESRCH;
        if (stopped.has_error() && !nothing_ran) complain(stopped.error());
    }
    daemon_ = next;
    if (!next) return;
    for (const auto state : {DaemonState::master, DaemonState::backup}) {
        auto started = kernel_->start_daemon(daemon_of(*next, state));
        if (!started.has_error()) continue;
        ++errors_;
        log_(netlink::ipvs::error_line(ipvs::Command::new_daemon, started.error().code, nullptr, nullptr));
    }
}

void TableKeeper::flush() {
    if (!kernel_) return;
    if (auto flushed = kernel_->flush(); flushed.has_error()) complain(flushed.error());
    ours_.clear();
}

/// Brings `actual` up to date. @return whether every edit succeeded
bool TableKeeper::carry_out(std::span<const ipvs::Edit> edits, ipvs::Table& actual) {
    if (!kernel_ || edits.empty()) return true;
    ++batches_;
    edits_ += edits.size();
    auto failures = kernel_->carry_out(edits, actual);
    if (failures.has_error()) {
        was_refused_ = true;
        complain(failures.error());
        return false;
    }
    was_refused_ = was_refused_ || !failures->empty();
    for (const ipvs::Failure& failure : *failures) {
        ++errors_;
        log_(failure.line);
    }
    return failures->empty();
}

/// Into a table that holds nothing of ours: a few services at a time, so that thousands of edits need not lie in memory
/// together.
void TableKeeper::fill(ipvs::Table desired) {
    ours_.clear();
    ours_.reserve(desired.size());
    ipvs::Table some, made;
    for (std::size_t begin = 0; begin < desired.size();) {
        std::size_t end = begin;
        for (std::size_t edits = 0; end < desired.size() && edits < kEditsAtOnce; ++end)
            edits += 1 + desired[end].destinations.size();
        take(desired, begin, end, some);
        made.clear();
        ipvs::Table& now = carry_out(ipvs::difference({}, some), made) ? some : made;
        std::move(now.begin(), now.end(), std::back_inserter(ours_));
        begin = end;
    }
}

/// A service takes its destinations along.
void TableKeeper::empty() {
    ipvs::Table some;
    for (std::size_t begin = 0; begin < ours_.size(); begin += kEditsAtOnce) {
        take(ours_, begin, std::min(begin + kEditsAtOnce, ours_.size()), some);
        carry_out(ipvs::difference(some, {}), some);
    }
    ours_.clear();
}

void TableKeeper::take_over(const Fleet& fleet) {
    if (!kernel_) return;
    ipvs::Table desired = fleet.desired();
    auto found = ipvs::read_ours(*kernel_, desired);
    if (found.has_error()) return complain(found.error());
    if (found->empty()) return fill(std::move(desired));
    ours_ = std::move(*found);
    carry_out(ipvs::difference(ours_, desired));
}

void TableKeeper::reload(const Fleet& fleet) {
    if (!kernel_) return;
    was_refused_ = false;
    const ipvs::Table desired = fleet.desired();
    // A service which is new to us may be there already, put there by somebody else: it is taken over like at a start.
    ipvs::Table fresh;
    std::copy_if(desired.begin(), desired.end(), std::back_inserter(fresh), [this](const ipvs::Entry& entry) {
        return ipvs::find(ours_, entry.service.key) == nullptr;
    });
    if (!fresh.empty()) {
        auto found = ipvs::read_ours(*kernel_, fresh);
        if (found.has_error()) return complain(found.error());
        std::move(found->begin(), found->end(), std::back_inserter(ours_));
        ipvs::normalise(ours_);
    }
    carry_out(ipvs::difference(ours_, desired));
}

void TableKeeper::stay(Fleet& fleet) {
    if (!was_refused_) return update(fleet);
    (void)fleet.take_dirty();
    reload(fleet);
}

void TableKeeper::update(Fleet& fleet) {
    const std::vector<std::uint32_t> dirty = fleet.take_dirty();
    if (!kernel_ || dirty.empty()) return;
    std::vector<ipvs::ServiceKey> keys;
    const ipvs::Table desired = fleet.desired_of(dirty, keys);
    ipvs::Table actual;
    for (const ipvs::ServiceKey& key : keys) {
        if (const ipvs::Entry* entry = ipvs::find(ours_, key)) actual.push_back(*entry);
    }
    carry_out(ipvs::difference(actual, desired));
}

void TableKeeper::stop(const conf::Global& global) {
    if (!kernel_) return;
    if (global.lvs_flush_on_stop == conf::Global::FlushOnStop::full) {
        flush();
    } else {
        empty();
    }
    set_daemon(std::nullopt);
    if (original_timeouts_) {
        if (auto set = kernel_->set_timeouts(*original_timeouts_); set.has_error()) complain(set.error());
    }
}

void TableKeeper::leave() { ours_.clear(); }

}  // namespace check
