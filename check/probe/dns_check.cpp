// DNS_CHECK: one UDP query; any answer with rcode 0 is a success (lvs-behaviour.md §7.5).
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <random>

#include "check/probe/connection.hpp"
#include "check/probe/datagram.hpp"
#include "check/probe/dns_query.hpp"
#include "check/probe/probe.hpp"

namespace check {

namespace {

class DnsCheck final : public Probe {
  public:
    DnsCheck(const conf::Checker& checker, ProbeSubject subject, ProbeServices services)
        : config_(std::get<conf::DnsCheck>(checker.kind)),
          connection_(checker.connection),
          subject_(std::move(subject)),
          exchange_(services.loop) {}

    void start(Done done) override {
        done_ = std::move(done);
        id_ = static_cast<std::uint16_t>(random_());
        code_ = 0;
        DatagramRequest request{
            connection_, SOCK_DGRAM, IPPROTO_UDP, dns_query(id_, config_.name, config_.type), {}};
        request.accept = [this](std::span<const std::uint8_t> bytes) -> std::optional<bool> {
            const auto code = dns_answer_code(bytes, id_);
            if (!code) return std::nullopt;
            code_ = *code;
            return code_ == 0;
        };
        exchange_.start(std::move(request), [this](const DatagramResult& result) { ended(result); });
    }
    void cancel() override { exchange_.cancel(); }

    std::string up_line() const override { return {}; }
    /// The failure's own words, with the retries behind them, are the line.
    std::string down_line(std::uint32_t retries) const override {
        return retries == 0 ? last_failure_ : fmt::format("{} after {} retries", last_failure_, retries);
    }
    bool down_line_has_detail() const override { return true; }
    std::string mail_body(bool up) const override {
        return up ? "=> DNS_CHECK: succeed on service <=" : "=> DNS_CHECK: failed on service <=";
    }

  private:
    void ended(const DatagramResult& result) {
        Attempt attempt;
        attempt.error = result.error;
        attempt.outcome = schedule::Attempt::failure;
        std::string text;
        switch (result.end) {
            case DatagramEnd::answered:
                attempt.outcome = schedule::Attempt::success;
                break;
            case DatagramEnd::timeout:
                text = "read timeout from socket";
                break;
            case DatagramEnd::refused:
                text = result.error == 0 ? fmt::format("read error occurred. (rcode = {})", code_)
                                         : fmt::format("failed to read socket; errno {} ({})", result.error,
                                                       std::strerror(result.error));
                break;
            case DatagramEnd::send_failed:
                text = result.error == ENETUNREACH || result.error == EHOSTUNREACH
                           ? fmt::format("network unreachable for [{}]:{}",
                                         connection_.destination.address.to_string(),
                                         connection_.destination.port)
                           : fmt::format("failed to write socket; errno {} ({})", result.error,
                                         std::strerror(result.error));
                break;
            case DatagramEnd::bind_failed:
            case DatagramEnd::local_error:
                attempt.outcome = schedule::Attempt::local;
                attempt.always_log = true;
                text = result.end == DatagramEnd::bind_failed ? "UDP socket bind failed. Rescheduling."
                                                              : "UDP socket creation failed. Rescheduling.";
                break;
        }
        if (!text.empty())
            attempt.detail = last_failure_ = fmt::format("DNS_CHECK ({}) {}", subject_.server, text);
        if (result.end == DatagramEnd::bind_failed)
            attempt.detail = bind_failure(result.error, attempt.detail);
        const Done done = std::move(done_);
        done(std::move(attempt));
    }

    conf::DnsCheck config_;
    conf::Connection connection_;
    ProbeSubject subject_;
    DatagramExchange exchange_;
    std::random_device random_;
    std::uint16_t id_ = 0;
    unsigned code_ = 0;
    std::string last_failure_;
    Done done_;
};

const ProbeRegistration kRegistration(kind_index<conf::DnsCheck>(),
                                      [](const conf::Checker& checker, ProbeSubject subject,
                                         ProbeServices services) -> std::unique_ptr<Probe> {
                                          return std::make_unique<DnsCheck>(checker, std::move(subject),
                                                                            services);
                                      });

}  // namespace

}  // namespace check
