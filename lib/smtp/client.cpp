#include "lib/smtp/client.hpp"

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <ctime>
#include <deque>
#include <set>

#include "lib/log/log.hpp"
#include "lib/smtp/message.hpp"
#include "lib/smtp/reply.hpp"

namespace smtp {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t kParallel = 64;  ///< a mass takeover must not use up the descriptors
constexpr std::size_t kWaiting = 10'000;

/// What has been said to the server; the reply to it decides what comes next.
enum class Step { connect, helo, mail, rcpt, data, body, quit };

constexpr std::array<const char*, 7> kStepNames{"CONNECT", "HELO", "MAIL", "RCPT", "DATA", "BODY", "QUIT"};
constexpr std::array<ReplyCode, 7> kGoodCodes{220, 250, 250, 250, 354, 250, 221};

tcp::endpoint endpoint_of(const Settings& settings) {
    const auto bytes = settings.server.bytes;
    if (settings.server.is_v4())
        return {asio::ip::address_v4({bytes[0], bytes[1], bytes[2], bytes[3]}), settings.port};
    if (settings.interface.empty()) return {asio::ip::address_v6(bytes), settings.port};
    error_code unreachable;  // an interface that is gone: the connection fails, and says so
    const auto scoped =
        asio::ip::make_address_v6(settings.server.to_string() + '%' + settings.interface, unreachable);
    return {scoped, settings.port};
}

std::tm local_time_now() {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    return local;
}

/// One mail, one connection, from the first packet to the last.
class Conversation : public std::enable_shared_from_this<Conversation> {
  public:
    Conversation(asio::io_context& loop, std::shared_ptr<const Settings> settings, Mail mail,
                 std::function<void(Conversation*)> over)
        : socket_(loop),
          clock_(loop),
          settings_(std::move(settings)),
          mail_(std::move(mail)),
          over_(std::move(over)) {}

    void begin();
    /// Without a further word, and without telling the owner.
    void drop();

  private:
    void on_connected(const error_code& error);
    void say(Step step, std::string words);
    void listen();
    void on_bytes(const error_code& error, std::size_t length);
    void on_reply(ReplyCode code);
    void say_next();
    void quit();
    void arm();
    void on_time_over();
    void close();
    std::string server() const {
        return fmt::format("[{}]:{}", settings_->server.to_string(), settings_->port);
    }

    tcp::socket socket_;
    asio::steady_timer clock_;
    std::shared_ptr<const Settings> settings_;
    Mail mail_;
    std::function<void(Conversation*)> over_;
    ReplyParser replies_;
    Step step_ = Step::connect;
    bool connected_ = false;
    std::size_t next_recipient_ = 0;
    std::array<char, 1024> incoming_{};
};

void Conversation::begin() {
    arm();
    socket_.async_connect(endpoint_of(*settings_), [self = shared_from_this()](const error_code& error) {
        self->on_connected(error);
    });
}

void Conversation::on_connected(const error_code& error) {
    if (!over_) return;
    if (error) {
        logging::info("smtp fd {} returned write error", socket_.native_handle());
        return close();
    }
    connected_ = true;
    logging::detail("Remote SMTP server {} connected.", server());
    arm();
    listen();
}

void Conversation::listen() {
    socket_.async_read_some(asio::buffer(incoming_),
                            [self = shared_from_this()](const error_code& error, std::size_t length) {
                                self->on_bytes(error, length);
                            });
}

void Conversation::on_bytes(const error_code& error, std::size_t length) {
    if (!over_) return;
    if (error) {
        if (step_ != Step::quit) logging::info("Remote SMTP server {} has closed the connection.", server());
        return close();
    }
    replies_.feed({incoming_.data(), length});
    // One reply to each command: what a server says beyond it is not an answer to the next one.
    if (const auto code = replies_.next()) {
        replies_ = {};
        on_reply(*code);
    }
    if (over_) listen();
}

void Conversation::on_reply(ReplyCode code) {
    if (step_ == Step::quit) return close();
    const auto step = static_cast<std::size_t>(step_);
    if (code != kGoodCodes[step]) {
        logging::info("Error processing {} cmd on SMTP server {}. SMTP status code = {}", kStepNames[step],
                      server(), code);
        return quit();
    }
    if (step_ == Step::body) {
        logging::detail("SMTP alert successfully sent.");
        return quit();
    }
    say_next();
}

void Conversation::say_next() {
    switch (step_) {
        case Step::connect:
            return say(Step::helo, "HELO " + settings_->helo_name + "\r\n");
        case Step::helo:
            return say(Step::mail, "MAIL FROM:" + envelope_address(settings_->from) + "\r\n");
        case Step::mail:
        case Step::rcpt:
            if (next_recipient_ == settings_->recipients.size()) return say(Step::data, "DATA\r\n");
            return say(Step::rcpt,
                       "RCPT TO:" + envelope_address(settings_->recipients[next_recipient_++]) + "\r\n");
        case Step::data:
            return say(Step::body, message_bytes(*settings_, mail_, local_time_now()));
        case Step::body:
        case Step::quit:
            break;
    }
}

void Conversation::say(Step step, std::string words) {
    step_ = step;
    arm();
    const auto bytes = std::make_shared<const std::string>(std::move(words));
    // A failed write shows as a failed read.
    asio::async_write(socket_, asio::buffer(*bytes),
                      [self = shared_from_this(), bytes](const error_code&, std::size_t) {});
}

void Conversation::quit() { say(Step::quit, "QUIT\r\n"); }

void Conversation::arm() {
    clock_.expires_after(settings_->timeout);
    clock_.async_wait([self = shared_from_this()](const error_code& error) {
        if (!error && self->over_) self->on_time_over();
    });
}

void Conversation::on_time_over() {
    if (!connected_) {
        logging::info("Timeout opening connection to remote SMTP server {}.", server());
        return close();
    }
    if (step_ == Step::quit) return close();
    logging::info("Timeout reading data to remote SMTP server {}.", server());
    quit();
}

void Conversation::close() {
    const auto over = std::exchange(over_, nullptr);
    drop();
    if (over) over(this);
}

void Conversation::drop() {
    over_ = nullptr;
    error_code ignored;
    socket_.close(ignored);
    clock_.cancel();
}

}  // namespace

struct Client::Impl : std::enable_shared_from_this<Client::Impl> {
    explicit Impl(asio::io_context& io) : loop(io) {}

    asio::io_context& loop;
    std::shared_ptr<const Settings> settings = std::make_shared<Settings>();
    std::set<std::shared_ptr<Conversation>> open;
    std::deque<std::pair<std::shared_ptr<const Settings>, Mail>> waiting;
    std::function<void()> idle;

    void begin(std::shared_ptr<const Settings> with, Mail mail);
    void on_over(Conversation* conversation);
    void tell_idle();
};

void Client::Impl::begin(std::shared_ptr<const Settings> with, Mail mail) {
    auto conversation = std::make_shared<Conversation>(loop, std::move(with), std::move(mail),
                                                       [weak = weak_from_this()](Conversation* ended) {
                                                           if (const auto self = weak.lock())
                                                               self->on_over(ended);
                                                       });
    open.insert(conversation);
    conversation->begin();
}

void Client::Impl::on_over(Conversation* conversation) {
    std::erase_if(open, [&](const auto& held) { return held.get() == conversation; });
    if (!waiting.empty()) {
        auto [with, mail] = std::move(waiting.front());
        waiting.pop_front();
        begin(std::move(with), std::move(mail));
    }
    if (open.empty()) tell_idle();
}

void Client::Impl::tell_idle() {
    if (idle) asio::post(loop, std::exchange(idle, nullptr));
}

Client::Client(asio::io_context& loop) : impl_(std::make_shared<Impl>(loop)) {}

Client::~Client() {
    for (const auto& conversation : impl_->open) conversation->drop();
}

void Client::configure(Settings settings) {
    impl_->settings = std::make_shared<const Settings>(std::move(settings));
}

void Client::send(const Mail& mail) {
    if (!impl_->settings->enabled()) return;
    if (impl_->open.size() < kParallel) return impl_->begin(impl_->settings, mail);
    if (impl_->waiting.size() < kWaiting) {
        impl_->waiting.emplace_back(impl_->settings, mail);
    } else {
        logging::info("Too many SMTP alerts - '{}' is not sent", mail.subject);
    }
}

std::size_t Client::under_way() const { return impl_->open.size() + impl_->waiting.size(); }

void Client::when_idle(std::function<void()> then) {
    impl_->idle = std::move(then);
    if (impl_->open.empty()) impl_->tell_idle();
}

}  // namespace smtp
