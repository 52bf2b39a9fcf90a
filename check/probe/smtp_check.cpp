// SMTP_CHECK: greeting, HELO, QUIT (lvs-behaviour.md §7.4).
#include <fmt/format.h>

#include <array>
#include <boost/asio/write.hpp>
#include <cerrno>

#include "check/probe/conversation.hpp"
#include "check/probe/http_exchange.hpp"
#include "lib/smtp/reply.hpp"

namespace check {

namespace {

class SmtpCheck final : public Probe {
  public:
    SmtpCheck(const conf::Checker& checker, ProbeSubject subject, ProbeServices services)
        : helo_(std::get<conf::SmtpCheck>(checker.kind).helo_name),
          connection_(checker.connection),
          subject_(std::move(subject)),
          loop_(services.loop) {}
    ~SmtpCheck() override { SmtpCheck::cancel(); }

    void start(Done done) override {
        auto conversation = std::make_shared<Conversation>(loop_, connection_);
        running_ = conversation;
        const auto talk = [helo = helo_](Conversation& c) -> Task<Attempt> { return hold(c, helo); };
        const auto ended = [this, then = std::move(done)](Attempt attempt) {
            last_failure_ = attempt.detail;
            then(std::move(attempt));
        };
        converse(loop_, std::move(conversation), talk, ended);
    }
    void cancel() override {
        if (auto conversation = running_.lock()) conversation->give_up();
    }

    schedule::Policy policy() const override { return {.retries_always = true}; }
    std::string up_line() const override {
        return fmt::format("Remote SMTP server {} succeed on service.", subject_.server);
    }
    /// The last failure's own words are the line: no separate one.
    std::string down_line(std::uint32_t) const override { return last_failure_; }
    bool down_line_has_detail() const override { return true; }
    std::string mail_body(bool up) const override {
        return up ? "=> CHECK succeed on service <=" : "=> CHECK failed on service <=";
    }

  private:
    static Attempt failure(const std::string& text) {
        Attempt attempt{schedule::Attempt::failure, "SMTP_CHECK " + text};
        attempt.mail = fmt::format("=> CHECK failed on service : {} <=", text);
        return attempt;
    }

    static Task<Attempt> hold(Conversation& c, std::string helo) {
        const conf::Endpoint& to = c.connection.destination;
        const std::string target = fmt::format("[{}]:{}", to.address.to_string(), to.port);
        const ConnectResult connected = co_await connect(c.socket, c.connection, c.deadline);
        if (connected.outcome != Connected::yes) co_return not_connected(c, connected, target);

        struct Step {
            std::string send;
            int expected;  // 0: whatever line comes
            const char* complaint;
        };
        const Step steps[] = {{"", 220, "Bad greeting banner from server"},
                              {fmt::format("HELO {}\r\n", helo), 250, "Bad HELO response from server"},
                              {"QUIT\r\n", 0, ""}};
        for (const Step& step : steps) {
            if (!step.send.empty()) {
                if (std::string text = co_await send(c, step.send, target); !text.empty())
                    co_return failure(text);
            }
            smtp::ReplyCode code = 0;
            if (std::string text = co_await receive(c, code, target); !text.empty()) co_return failure(text);
            if (step.expected != 0 && code != step.expected) {
                co_return failure(fmt::format("{} {}", step.complaint, target));
            }
        }
        co_return Attempt{schedule::Attempt::success, {}};
    }

    static Attempt not_connected(const Conversation& c, const ConnectResult& result,
                                 const std::string& target) {
        if (result.outcome == Connected::timeout) return failure("Connection timeout to server " + target);
        if (result.outcome == Connected::refused) {
            if (result.error != ENETUNREACH && result.error != EHOSTUNREACH) {
                return failure("Could not connect to server " + target);
            }
            return failure(fmt::format("Network unreachable for server {} - real server {}",
                                       c.connection.destination.address.to_string(), target));
        }
        return {schedule::Attempt::local,
                result.bind_failed
                    ? bind_failure(result.error, "SMTP_CHECK socket bind failed. Rescheduling.")
                    : "SMTP_CHECK connect fail to create socket. Rescheduling.",
                true};
    }

    /// Empty: sent.
    static Task<std::string> send(Conversation& c, const std::string& text, const std::string& target) {
        boost::system::error_code error;
        c.deadline.start(c.connection.settings->timeout);
        co_await boost::asio::async_write(c.socket, boost::asio::buffer(text), into(error));
        c.deadline.stop();
        if (!error) co_return std::string{};
        co_return c.deadline.expired() ? "Write timeout to server " + target
                                       : "Write failure to server " + target;
    }

    /// Empty: the reply is complete (its code is 0 when what came is no SMTP reply).
    static Task<std::string> receive(Conversation& c, smtp::ReplyCode& code, const std::string& target) {
        std::array<char, 512> chunk{};
        smtp::ReplyParser replies;
        c.deadline.start(c.connection.settings->timeout);
        for (;;) {
            boost::system::error_code error;
            const std::size_t got =
                co_await c.socket.async_read_some(boost::asio::buffer(chunk), into(error));
            // Expired without an error: the server had always more to say.
            if (error || c.deadline.expired()) {
                c.deadline.stop();
                co_return c.deadline.expired() ? "Read timeout from server " + target
                                               : "Read failure from server " + target;
            }
            replies.feed({chunk.data(), got});
            const auto reply = replies.next();
            if (!reply) continue;
            c.deadline.stop();
            code = *reply;
            co_return std::string{};
        }
    }

    std::string helo_;
    conf::Connection connection_;
    ProbeSubject subject_;
    boost::asio::io_context& loop_;
    std::weak_ptr<Conversation> running_;
    std::string last_failure_;
};

const ProbeRegistration kRegistration(kind_index<conf::SmtpCheck>(),
                                      [](const conf::Checker& checker, ProbeSubject subject,
                                         ProbeServices services) -> std::unique_ptr<Probe> {
                                          return std::make_unique<SmtpCheck>(checker, std::move(subject),
                                                                             services);
                                      });

}  // namespace

}  // namespace check
