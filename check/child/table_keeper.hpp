// Keeps the kernel's virtual server table as desired: knows what of it is ours and sends differences in batches.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "check/child/fleet.hpp"
#include "conf/model.hpp"
#include "ipvs/kernel.hpp"

namespace check {

class TableKeeper {
  public:
    using Log = std::function<void(std::string_view)>;
    explicit TableKeeper(Log log) : log_(std::move(log)) {}

    /// @param socket  opened by the supervisor in net_namespace_ipvs; empty = our own namespace
    /// False, with one line in the log: this kernel has no ip_vs; nothing else here does anything then.
    bool open(UniqueFd socket, std::uint32_t receive_buffer);
    bool is_open() const { return kernel_.has_value(); }
    std::uint32_t version() const { return version_; }

    /// lvs_timeouts and the sync daemons without a VRRP instance; at a reload only what changed.
    void configure(const conf::Global& global, bool is_reload);
    /// lvs_flush: only at a start.
    void flush();
    /// What of the desired table exists already is ours from now on: stale destinations go, settings are put right.
    void take_over(const Fleet& fleet);
    /// After a reload: services of the old generation which nobody wants any more are ours to remove.
    void reload(const Fleet& fleet);
    /// After a reload which changed nothing: what the kernel once refused is tried again.
    void stay(Fleet& fleet);
    /// The difference of the services that changed.
    void update(Fleet& fleet);

    /// Clean stop: everything of ours goes; timeouts and daemons as they were.
    void stop(const conf::Global& global);
    /// -I: the table stays.
    void leave();

    std::uint64_t batches() const { return batches_; }
    std::uint64_t edits() const { return edits_; }
    std::uint64_t errors() const { return errors_; }

  private:
    Log log_;
    std::optional<ipvs::Kernel> kernel_;
    std::uint32_t version_ = 0;
    ipvs::Table ours_;
    std::optional<netlink::ipvs::Timeouts> original_timeouts_;
    std::optional<conf::Global::SyncDaemon> daemon_;
    bool was_refused_ = false;  ///< an edit, since the whole table was compared last
    std::uint64_t batches_ = 0, edits_ = 0, errors_ = 0;

    bool carry_out(std::span<const ipvs::Edit> edits, ipvs::Table& actual);
    void carry_out(const std::vector<ipvs::Edit>& edits) { carry_out(edits, ours_); }
    void fill(ipvs::Table desired);
    void empty();
    void set_timeouts(const conf::Global& global);
    void set_daemon(const std::optional<conf::Global::SyncDaemon>& next);
    void complain(const Error& error);
};

}  // namespace check
