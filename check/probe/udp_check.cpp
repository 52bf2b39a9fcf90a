// UDP_CHECK: a datagram; silence is a success unless a reply is required (lvs-behaviour.md §7.6).
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "check/probe/datagram.hpp"
#include "check/probe/probe.hpp"

namespace check {

namespace {

constexpr std::string_view kDefaultPayload = "keepalived check - keepalived ch";  // 32 bytes

class UdpCheck final : public Probe {
  public:
    UdpCheck(const conf::Checker& checker, ProbeSubject subject, ProbeServices services)
        : config_(std::get<conf::UdpCheck>(checker.kind)),
          connection_(checker.connection),
          subject_(std::move(subject)),
          exchange_(services.loop) {
        if (config_.payload.empty()) config_.payload.assign(kDefaultPayload.begin(), kDefaultPayload.end());
    }

    void start(Done done) override {
        done_ = std::move(done);
        DatagramRequest request{connection_, SOCK_DGRAM, IPPROTO_UDP, config_.payload, {}};
        request.accept = [this](std::span<const std::uint8_t> reply) -> std::optional<bool> {
            if (!config_.require_reply) return true;
            return matches(reply);
        };
        exchange_.start(std::move(request), [this](const DatagramResult& result) { ended(result); });
    }
    void cancel() override { exchange_.cancel(); }

    std::string up_line() const override {
        return fmt::format("UDP connection to {} success.", subject_.server);
    }
    std::string down_line(std::uint32_t retries) const override {
        if (retries == 0) return fmt::format("UDP_CHECK on service {} failed.", subject_.server);
        return fmt::format("UDP_CHECK on service {} failed after {} retries.", subject_.server, retries);
    }
    std::string mail_body(bool up) const override {
        return up ? "=> UDP CHECK succeed on service <=" : "=> UDP CHECK failed on service <=";
    }

  private:
    /// Lengths count only where there is data to compare; a reply shorter than the data does not match.
    bool matches(std::span<const std::uint8_t> reply) const {
        const auto& data = config_.reply;
        if (data.empty()) return true;
        if (reply.size() < config_.min_reply_length || reply.size() > config_.max_reply_length) return false;
        if (reply.size() < data.size()) return false;
        for (std::size_t n = 0; n < data.size(); ++n) {
            if (((reply[n] ^ data[n]) & config_.reply_mask[n]) != 0) return false;
        }
        return true;
    }

    std::string failure_text(const DatagramResult& result) const {
        const char* why = std::strerror(result.error);
        switch (result.end) {
            case DatagramEnd::send_failed:
                return fmt::format("UDP connect error {} - {}", result.error, why);
            case DatagramEnd::bind_failed:
                return fmt::format("bind failed. errno: {}, error: {}", result.error, why);
            case DatagramEnd::refused:
                if (result.error == 0)
                    return fmt::format("UDP check to {} reply data mismatch.", subject_.server);
                break;
            default:
                break;
        }
        return fmt::format("UDP connection to {} failed.", subject_.server);
    }

    void ended(const DatagramResult& result) {
        Attempt attempt;
        attempt.error = result.error;
        const bool silent = result.end == DatagramEnd::timeout;
        const bool good = result.end == DatagramEnd::answered || (silent && !config_.require_reply);
        attempt.outcome = good ? schedule::Attempt::success : schedule::Attempt::failure;
        if (!good) {
            attempt.detail = failure_text(result);
        }
        const Done done = std::move(done_);
        done(std::move(attempt));
    }

    conf::UdpCheck config_;
    conf::Connection connection_;
    ProbeSubject subject_;
    DatagramExchange exchange_;
    Done done_;
};

const ProbeRegistration kRegistration(kind_index<conf::UdpCheck>(),
                                      [](const conf::Checker& checker, ProbeSubject subject,
                                         ProbeServices services) -> std::unique_ptr<Probe> {
                                          return std::make_unique<UdpCheck>(checker, std::move(subject),
                                                                            services);
                                      });

}  // namespace

}  // namespace check
