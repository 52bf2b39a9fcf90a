// TCP_CHECK: a connection that comes about is a success (lvs-behaviour.md §7.1). The most frequent check by far: no
// coroutine and no allocation an attempt.
#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "check/probe/connection.hpp"
#include "check/probe/probe.hpp"
#include "check/probe/readiness.hpp"

namespace check {

namespace {

class TcpCheck final : public Probe, private Readiness::Waiter {
  public:
    TcpCheck(const conf::Checker& checker, ProbeSubject subject, ProbeServices services)
        : connection_(checker.connection),
          server_(std::move(subject.server)),
          readiness_(Readiness::of(services.loop)) {}
    ~TcpCheck() override { TcpCheck::cancel(); }

    void start(Done done) override {
        done_ = std::move(done);
        result_ = begin_connect(connection_, socket_);
        // A connection on loopback may be there at once: `done` must not be called from inside start().
        if (result_) return readiness_.post(*this);
        readiness_.wait_connected(socket_.get(), connection_.settings->timeout, *this);
    }

    void cancel() override {
        readiness_.forget(*this);
        socket_.reset();
        done_ = nullptr;
    }

    bool is_stateless() const override { return true; }
    std::string up_line() const override { return fmt::format("TCP connection to {} success.", server_); }
    std::string down_line(std::uint32_t retries) const override {
        if (retries == 0) return fmt::format("TCP_CHECK on service {} failed.", server_);
        return fmt::format("TCP_CHECK on service {} failed after {} retries.", server_, retries);
    }
    std::string mail_body(bool up) const override {
        return up ? "=> TCP CHECK succeed on service <=" : "=> TCP CHECK failed on service <=";
    }

  private:
    void ready(bool failed) override {
        end(result_ ? *result_ : failed ? connect_error(socket_.get()) : ConnectResult{Connected::yes, 0});
    }
    void expired() override { end({Connected::timeout, ETIMEDOUT}); }

    void end(const ConnectResult& result) {
        socket_.reset();
        const Done done = std::exchange(done_, nullptr);
        Attempt attempt = outcome(result);
        attempt.error = result.error;
        done(std::move(attempt));
    }

    Attempt outcome(const ConnectResult& result) const {
        switch (result.outcome) {
            case Connected::yes:
                return {schedule::Attempt::success, {}};
            case Connected::refused:
                // What the host itself says at once has no line of its own, as in the reference.
                return {.outcome = schedule::Attempt::failure,
                        .detail = fmt::format("TCP connection to {} failed.", server_),
                        .never_log = result_.has_value()};
            case Connected::timeout:
                return {schedule::Attempt::failure, fmt::format("TCP connection to {} timeout.", server_)};
            case Connected::local:
                break;
        }
        if (result.bind_failed) {
            return {schedule::Attempt::local,
                    bind_failure(result.error, "TCP socket bind failed. Rescheduling."), true};
        }
        return {
            schedule::Attempt::local,
            fmt::format("TCP connect fail to create socket. Rescheduling. ({})", std::strerror(result.error)),
            true};
    }

    conf::Connection connection_;
    std::string server_;
    Readiness& readiness_;
    UniqueFd socket_;
    std::optional<ConnectResult> result_;  // known at once
    Done done_;
};

const ProbeRegistration kRegistration(kind_index<conf::TcpCheck>(),
                                      [](const conf::Checker& checker, ProbeSubject subject,
                                         ProbeServices services) -> std::unique_ptr<Probe> {
                                          return std::make_unique<TcpCheck>(checker, std::move(subject),
                                                                            services);
                                      });

}  // namespace

}  // namespace check
