// TCP_CHECK: a connection that comes about is a success (lvs-behaviour.md §7.1).
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "check/probe/connection.hpp"
#include "check/probe/probe.hpp"

namespace check {

namespace {

namespace asio = boost::asio;

class TcpCheck final : public Probe {
  public:
    TcpCheck(const conf::Checker& checker, ProbeNames names, ProbeServices services)
        : connection_(checker.connection), names_(std::move(names)), loop_(services.loop) {}
    ~TcpCheck() override { TcpCheck::cancel(); }

    void start(Done done) override {
        auto run = std::make_shared<Run>(loop_, connection_);
        run_ = run;
        asio::co_spawn(loop_.get_executor(), attempt(run, names_, std::move(done)), asio::detached);
    }

    void cancel() override {
        if (auto run = run_.lock()) run->give_up();
    }

    std::string up_line() const override {
        return fmt::format("TCP connection to {} success.", names_.server);
    }
    std::string down_line(std::uint32_t retries) const override {
        if (retries == 0) return fmt::format("TCP_CHECK on service {} failed.", names_.server);
        return fmt::format("TCP_CHECK on service {} failed after {} retries.", names_.server, retries);
    }
    std::string mail_body(bool up) const override {
        return up ? "=> TCP CHECK succeed on service <=" : "=> TCP CHECK failed on service <=";
    }

  private:
    /// One attempt: owns what its coroutine uses, so that the probe may go while it runs.
    struct Run {
        Run(asio::io_context& loop, const conf::Connection& c)
            : connection(c), socket(loop), deadline(loop, socket) {}
        void give_up() {
            given_up = true;
            deadline.stop();
            boost::system::error_code ignored;
            socket.close(ignored);
        }
        conf::Connection connection;
        TcpSocket socket;
        Deadline deadline;
        bool given_up = false;
    };

    static asio::awaitable<void, asio::io_context::executor_type> attempt(std::shared_ptr<Run> run,
                                                                          ProbeNames names, Done done) {
        // A connection on loopback is there at once: `done` must not be called from inside start().
        co_await asio::post(asio::use_awaitable_t<asio::io_context::executor_type>{});
        const ConnectResult result = co_await connect(run->socket, run->connection, run->deadline);
        if (run->given_up) co_return;
        boost::system::error_code ignored;
        run->socket.close(ignored);
        done(outcome(result, names));
    }

    static Attempt outcome(const ConnectResult& result, const ProbeNames& names) {
        switch (result.outcome) {
            case Connected::yes:
                return {schedule::Attempt::success, {}};
            case Connected::refused:
                return {schedule::Attempt::failure,
                        fmt::format("TCP connection to {} failed.", names.server)};
            case Connected::timeout:
                return {schedule::Attempt::failure,
                        fmt::format("TCP connection to {} timeout.", names.server)};
            case Connected::local:
                break;
        }
        if (result.bind_failed) {
            return {schedule::Attempt::local, "TCP socket bind failed. Rescheduling.", true};
        }
        return {schedule::Attempt::local,
                fmt::format("TCP connect fail to create socket. Rescheduling. ({})", strerror(result.error)),
                true};
    }

    conf::Connection connection_;
    ProbeNames names_;
    asio::io_context& loop_;
    std::weak_ptr<Run> run_;
};

const ProbeRegistration kRegistration(kind_index<conf::TcpCheck>(),
                                      [](const conf::Checker& checker, ProbeNames names,
                                         ProbeServices services) -> std::unique_ptr<Probe> {
                                          return std::make_unique<TcpCheck>(checker, std::move(names),
                                                                            services);
                                      });

}  // namespace

}  // namespace check
