// PING_CHECK: an ICMP echo request over a datagram socket that is kept between successes (lvs-behaviour.md §7.7).
#include <fmt/format.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include "check/probe/datagram.hpp"
#include "check/probe/probe.hpp"

namespace check {

namespace {

constexpr std::string_view kPattern = "keepalived check - ";
constexpr std::size_t kHeader = 8;
constexpr std::size_t kPayload = 128;

class PingCheck final : public Probe {
  public:
    PingCheck(const conf::Checker& checker, ProbeSubject subject, ProbeServices services)
        : connection_(checker.connection), subject_(std::move(subject)), exchange_(services.loop) {
        connection_.destination.port = 0;
        if (connection_.settings->fwmark != 0)
            connection_.settings.own().fwmark = 0;  // not applied by this check (conf-lvs.md §7.11)
        if (connection_.settings->bind.port != 0) connection_.settings.own().bind.port = 0;
    }

    void start(Done done) override {
        done_ = std::move(done);
        const bool v6 = connection_.destination.address.is_v6();
        const std::uint16_t sequence = ++sequence_;
        DatagramRequest request{connection_,
                                SOCK_DGRAM,
                                v6 ? int{IPPROTO_ICMPV6} : int{IPPROTO_ICMP},
                                echo_request(v6, sequence),
                                {}};
        request.accept = [v6, sequence](std::span<const std::uint8_t> reply) -> std::optional<bool> {
            const std::uint8_t expected = v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;
            if (reply.size() < kHeader || reply[0] != expected) return std::nullopt;
            const unsigned got = (unsigned{reply[6]} << 8) | reply[7];
            return got == sequence ? std::optional(true) : std::nullopt;
        };
        exchange_.start(
            std::move(request), [this](const DatagramResult& result) { ended(result); }, socket_);
    }
    void cancel() override { exchange_.cancel(); }

    std::string up_line() const override {
        return fmt::format("ICMP connection to {} success.", subject_.server);
    }
    std::string down_line(std::uint32_t retries) const override {
        if (retries == 0) return fmt::format("ICMP CHECK on service {} failed.", subject_.server);
        return fmt::format("ICMP CHECK on service {} of {} failed after {} retries.", subject_.server,
                           subject_.service, retries);
    }
    std::string mail_body(bool up) const override {
        return up ? "=> ICMP CHECK succeed on service <=" : "=> ICMP CHECK failed on service <=";
    }
    Progress progress() const override { return {.icmp_sequence = sequence_ + 1U}; }

  private:
    /// Identifier and checksum are the kernel's.
    static std::vector<std::uint8_t> echo_request(bool v6, std::uint16_t sequence) {
        std::vector<std::uint8_t> packet(kHeader + kPayload, 0);
        packet[0] = v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
        packet[6] = static_cast<std::uint8_t>(sequence >> 8);
        packet[7] = static_cast<std::uint8_t>(sequence);
        for (std::size_t n = 0; n < kPayload; ++n) {
            packet[kHeader + n] = static_cast<std::uint8_t>(kPattern[n % kPattern.size()]);
        }
        return packet;
    }

    void ended(const DatagramResult& result) {
        Attempt attempt;
        attempt.error = result.error;
        attempt.outcome = schedule::Attempt::failure;
        switch (result.end) {
            case DatagramEnd::answered:
                attempt.outcome = schedule::Attempt::success;
                break;
            case DatagramEnd::timeout:
                attempt.detail = fmt::format("ICMP connection to address {} timeout.", subject_.server);
                break;
            case DatagramEnd::refused:
            case DatagramEnd::send_failed:
                // What the host itself says at once has no line of its own, as in the reference.
                attempt.never_log = result.end == DatagramEnd::send_failed;
                attempt.detail =
                    fmt::format("ICMP connection to {} of {} failed.", subject_.server, subject_.service);
                break;
            case DatagramEnd::bind_failed:
            case DatagramEnd::local_error:
                attempt.outcome = schedule::Attempt::local;
                attempt.detail = "ICMP connect fail to create socket. Rescheduling.";
                attempt.always_log = true;
                break;
        }
        if (attempt.outcome != schedule::Attempt::success) socket_->reset();
        const Done done = std::move(done_);
        done(std::move(attempt));
    }

    conf::Connection connection_;
    ProbeSubject subject_;
    DatagramExchange exchange_;
    std::shared_ptr<UniqueFd> socket_ = std::make_shared<UniqueFd>();
    std::uint16_t sequence_ = 0;
    Done done_;
};

const ProbeRegistration kRegistration(kind_index<conf::PingCheck>(),
                                      [](const conf::Checker& checker, ProbeSubject subject,
                                         ProbeServices services) -> std::unique_ptr<Probe> {
                                          return std::make_unique<PingCheck>(checker, std::move(subject),
                                                                             services);
                                      });

}  // namespace

}  // namespace check
