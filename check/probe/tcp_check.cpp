// TCP_CHECK: a connection that comes about is a success (lvs-behaviour.md §7.1).
#include <fmt/format.h>

#include <cstring>

#include "check/probe/conversation.hpp"

namespace check {

namespace {

namespace asio = boost::asio;

class TcpCheck final : public Probe {
  public:
    TcpCheck(const conf::Checker& checker, ProbeSubject subject, ProbeServices services)
        : connection_(checker.connection), subject_(std::move(subject)), loop_(services.loop) {}
    ~TcpCheck() override { TcpCheck::cancel(); }

    void start(Done done) override {
        auto conversation = std::make_shared<Conversation>(loop_, connection_);
        running_ = conversation;
        const auto talk = [subject = subject_](Conversation& c) -> Task<Attempt> {
            const ConnectResult result = co_await connect(c.socket, c.connection, c.deadline);
            Attempt attempt = outcome(result, subject);
            attempt.error = result.error;
            co_return attempt;
        };
        converse(loop_, std::move(conversation), talk, std::move(done));
    }

    void cancel() override {
        if (auto conversation = running_.lock()) conversation->give_up();
    }

    std::string up_line() const override {
        return fmt::format("TCP connection to {} success.", subject_.server);
    }
    std::string down_line(std::uint32_t retries) const override {
        if (retries == 0) return fmt::format("TCP_CHECK on service {} failed.", subject_.server);
        return fmt::format("TCP_CHECK on service {} failed after {} retries.", subject_.server, retries);
    }
    std::string mail_body(bool up) const override {
        return up ? "=> TCP CHECK succeed on service <=" : "=> TCP CHECK failed on service <=";
    }

  private:
    static Attempt outcome(const ConnectResult& result, const ProbeSubject& subject) {
        switch (result.outcome) {
            case Connected::yes:
                return {schedule::Attempt::success, {}};
            case Connected::refused:
                return {schedule::Attempt::failure,
                        fmt::format("TCP connection to {} failed.", subject.server)};
            case Connected::timeout:
                return {schedule::Attempt::failure,
                        fmt::format("TCP connection to {} timeout.", subject.server)};
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
    ProbeSubject subject_;
    asio::io_context& loop_;
    std::weak_ptr<Conversation> running_;
};

const ProbeRegistration kRegistration(kind_index<conf::TcpCheck>(),
                                      [](const conf::Checker& checker, ProbeSubject subject,
                                         ProbeServices services) -> std::unique_ptr<Probe> {
                                          return std::make_unique<TcpCheck>(checker, std::move(subject),
                                                                            services);
                                      });

}  // namespace

}  // namespace check
