// keepalived_bfd.data: BFD Data and BFD Topology (state-files.md §5).
#include <algorithm>

#include "report/dump/dump.hpp"
#include "report/text/values.hpp"

namespace report {
namespace {

using Session = bfd::rows::Session;

std::string_view state_text(std::uint8_t state) {
    static constexpr const char* kStates[] = {"AdminDown", "Down", "Init", "Up"};  // RFC 5880 §4.1
    return state < std::size(kStates) ? kStates[state] : "unknown";
}

std::string_view diagnostic_text(std::uint8_t diagnostic) {
    static constexpr const char* kDiagnostics[] = {"No Diagnostic",
                                                   "Control Detection Time Expired",
                                                   "Echo Function Failed",
                                                   "Neighbor Signaled Session Down",
                                                   "Forwarding Plane Reset",
                                                   "Path Down",
                                                   "Concatenated Path Down",
                                                   "Administratively Down",
                                                   "Reverse Concatenated Path Down"};  // RFC 5880 §4.1
    return diagnostic < std::size(kDiagnostics) ? kDiagnostics[diagnostic] : "unknown";
}

/// In place of the reference's pointer to a timer: only whether there is one means anything.
std::string_view timer_text(bool runs) { return runs ? "0x0x1" : "0x(nil)"; }

constexpr std::string_view title_yes_no(bool value) { return value ? "Yes" : "No"; }

class SessionBlock {
  public:
    SessionBlock(Lines& lines, const conf::BfdInstance& instance, const Session& row)
        : lines_(lines), instance_(instance), row_(row) {}

    void write() {
        configuration();
        timers();
        session();
        intervals();
    }

  private:
    void configuration() {
        lines_.add(" BFD Instance = {}", instance_.name);
        lines_.add("   Neighbor IP = {}", instance_.neighbor.to_string());
        if (!instance_.source.is_none()) lines_.add("   Source IP = {}", instance_.source.to_string());
        lines_.add("   Required min RX interval = {} us", instance_.min_rx.count());
        lines_.add("   Desired min TX interval = {} us", instance_.min_tx.count());
        lines_.add("   Desired idle TX interval = {} us", instance_.idle_tx.count());
        lines_.add("   Detection multiplier = {}", instance_.multiplier);
        lines_.add("   {} = {}", instance_.neighbor.is_v6() ? "hoplimit" : "TTL", instance_.ttl);
        lines_.add("   max_hops = {}", instance_.max_hops);
        lines_.add("   passive = {}", true_false(instance_.passive));
        lines_.add("   send event to VRRP process = {}", title_yes_no(instance_.for_vrrp));
        lines_.add("   send event to checker process = {}", title_yes_no(instance_.for_checker));
    }

    // "sands" are timers that were stopped with time left; ours never are.
    void timers() {
        lines_.add("   fd_out {}", row_.fd_out);
        lines_.add("   thread_open_fd_out {}", timer_text(row_.open_due != kNever));
        timer("out", row_.out_due);
        timer("exp", row_.expire_due);
        timer("rst", row_.reset_due);
        lines_.add("   send error = {}", true_false(row_.send_error != 0));
    }

    void timer(std::string_view name, Instant due) {
        lines_.add("   thread_{} {}", name, timer_text(due != kNever));
        lines_.add("   sands_{} = [disabled]", name);
    }

    void session() {
        lines_.add("   local state = {}", state_text(row_.local_state));
        lines_.add("   remote state = {}", state_text(row_.remote_state));
        lines_.add("   local discriminator = 0x{:x}", row_.local_discriminator);
        lines_.add("   remote discriminator = 0x{:x}", row_.remote_discriminator);
        lines_.add("   local diag = {}", diagnostic_text(row_.local_diagnostic));
        lines_.add("   remote diag = {}", diagnostic_text(row_.remote_diagnostic));
        lines_.add("   remote min tx intv = {} us", row_.remote_min_tx_us);
        lines_.add("   remote min rx intv = {} us", row_.remote_min_rx_us);
        lines_.add("   local demand = {}", row_.local_demand);
        lines_.add("   remote demand = {}", row_.remote_demand);
        lines_.add("   remote detect multiplier = {}", row_.remote_multiplier);
        lines_.add("   {}poll, {}final", row_.poll != 0 ? "" : "!", row_.final != 0 ? "" : "!");
    }

    void intervals() {
        lines_.add("   local tx intv = {} us", row_.local_tx_us);
        lines_.add("   remote tx intv = {} us", row_.remote_tx_us);
        lines_.add("   local detection time = {} us", row_.local_detection_us);
        lines_.add("   remote detection time = {} us", row_.remote_detection_us);
        if (row_.last_seen_wallclock_us == 0)
            lines_.add("   last_seen = [never]");
        else
            lines_.add("   last seen = {}", timestamp(row_.last_seen_wallclock_us));
    }

    Lines& lines_;
    const conf::BfdInstance& instance_;
    const Session& row_;
};

}  // namespace

std::string bfd_data(const conf::Model& model, const Snapshot& snapshot) {
    Lines lines;
    dump_global_definitions(model, Writer::bfd, lines);
    lines.heading("BFD Data");
    const auto& process = snapshot.bfd.process;
    if (process.fd_in >= 0) lines.add(" fd_in = {}", process.fd_in);
    if (process.multihop_fd_in >= 0) lines.add(" multihop fd_in = {}", process.multihop_fd_in);
    lines.add(" thread_in = {}", timer_text(process.fd_in >= 0));
    if (!model.bfd.empty()) lines.heading("BFD Topology");
    for (std::size_t i = 0; i < model.bfd.size(); ++i)
        SessionBlock(lines, model.bfd[i], snapshot.bfd.sessions[i]).write();
    return lines.take();
}

}  // namespace report
