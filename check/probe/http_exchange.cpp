// The exchange: connect, (handshake,) send, read until the message is complete or the peer closes. Plain connections are by
// far the most, and go straight to the socket; TLS is a coroutine on Asio's stream.
#include "check/probe/http_exchange.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>

#include "check/probe/connection.hpp"
#include "check/probe/http_reader.hpp"
#include "check/probe/readiness.hpp"
#include "check/probe/tls_context.hpp"
#include "lib/time/clock.hpp"

namespace check {

namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using Executor = asio::io_context::executor_type;
template <typename T>
using Task = asio::awaitable<T, Executor>;
using TlsStream = asio::ssl::stream<TcpSocket&>;

auto into(ErrorCode& error) { return asio::redirect_error(asio::use_awaitable_t<Executor>{}, error); }

HttpEnd end_of(const ConnectResult& connected) {
    switch (connected.outcome) {
        case Connected::refused:
            return HttpEnd::connect_failed;
        case Connected::timeout:
            return HttpEnd::connect_timeout;
        case Connected::yes:
        case Connected::local:
            break;
    }
    return connected.bind_failed ? HttpEnd::bind_failed : HttpEnd::local_error;
}

}  // namespace

std::string request_text(const std::string& path, const std::string& host, conf::HttpProtocol protocol) {
    return fmt::format("GET {} HTTP/1.{}\r\nUser-Agent: KeepAliveClient\r\n{}Host: {}\r\n\r\n", path,
                       protocol == conf::HttpProtocol::http11 ? 1 : 0,
                       protocol == conf::HttpProtocol::http10 ? "" : "Connection: close\r\n", host);
}

std::string host_of(const conf::Endpoint& endpoint) {
    const std::string text = endpoint.address.to_string();
    return endpoint.address.is_v6() ? fmt::format("[{}]:{}", text, endpoint.port)
                                    : fmt::format("{}:{}", text, endpoint.port);
}

/// One exchange: owns what it uses, so that the owner may go while it runs.
struct HttpExchange::Run {
    Run(HttpRequest r, HttpViews v, Done d)
        : request(std::move(r)),
          views(std::move(v)),
          done(std::move(d)),
          reader(response, views),
          ends_at(monotonic_now() + request.longest) {}
    virtual ~Run() = default;
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    /// Nothing is said any more.
    virtual void give_up() = 0;

    /// For the next wait: the time-out of one step, cut to what is left of the whole.
    Nanoseconds step() const {
        const Nanoseconds left = ends_at - monotonic_now();
        if (request.longest == Microseconds{0}) return request.connection.settings->timeout;
        return std::clamp<Nanoseconds>(left, Nanoseconds{0}, request.connection.settings->timeout);
    }

    HttpRequest request;
    HttpViews views;
    Done done;
    HttpResponse response;
    HttpReader reader;
    Instant ends_at;
};

namespace {

using HttpRun = HttpExchange::Run;

class PlainRun final : public HttpRun, private Readiness::Waiter {
  public:
    PlainRun(asio::io_context& loop, HttpRequest r, HttpViews v, HttpExchange::Done d)
        : HttpRun(std::move(r), std::move(v), std::move(d)), readiness_(Readiness::of(loop)) {}
    ~PlainRun() override { readiness_.forget(*this); }

    /// @param self  kept until the exchange is over
    void start(std::shared_ptr<PlainRun> self) {
        self_ = std::move(self);
        connected_ = begin_connect(request.connection, socket_);
        if (connected_) return readiness_.post(*this);
        readiness_.wait_connected(socket_.get(), request.connection.settings->timeout, *this);
        known_ = true;
    }

    void give_up() override {
        readiness_.forget(*this);
        socket_.reset();
        self_.reset();
    }

  private:
    enum class Doing : std::uint8_t { connecting, sending, receiving };

    void ready(bool failed) override {
        switch (doing_) {
            case Doing::connecting: {
                const ConnectResult yes{Connected::yes, 0};
                const ConnectResult result = connected_ ? *connected_
                                             : failed   ? connect_error(socket_.get())
                                                        : yes;
                response.error = result.error;
                if (result.outcome != Connected::yes) return end(end_of(result));
                doing_ = Doing::sending;
                return send();
            }
            case Doing::sending:
                return send();
            case Doing::receiving:
                return receive();
        }
    }

    void expired() override {
        switch (doing_) {
            case Doing::connecting:
                response.error = ETIMEDOUT;
                return end(HttpEnd::connect_timeout);
            case Doing::sending:
                return end(HttpEnd::send_failed);
            case Doing::receiving:
                return end(reader.end(PeerEnd::timeout));
        }
    }

    void send() {
        while (sent_ < request.text.size()) {
            const ssize_t count =
                ::send(socket_.get(), request.text.data() + sent_, request.text.size() - sent_, MSG_NOSIGNAL);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0 && errno == EAGAIN) return wait(Readiness::For::writing);
            if (count < 0) return end(HttpEnd::send_failed);
            sent_ += static_cast<std::size_t>(count);
        }
        doing_ = Doing::receiving;
        wait(Readiness::For::reading);
    }

    void receive() {
        std::array<std::uint8_t, kHttpReadSize> chunk;
        // A server that sends for ever must not keep the loop: a few pieces, then the others have their turn.
        for (int piece = 0; piece < kPieces; ++piece) {
            const ssize_t got = recv(socket_.get(), chunk.data(), chunk.size(), 0);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0 && errno == EAGAIN) break;
            if (got <= 0) return end(reader.end(got == 0 ? PeerEnd::closed : PeerEnd::failed));
            if (const auto over = reader.take({chunk.data(), static_cast<std::size_t>(got)}))
                return end(*over);
        }
        wait(Readiness::For::reading);
    }

    void wait(Readiness::For what) {
        const Nanoseconds limit = step();
        if (limit == Nanoseconds{0})
            return expired();  // also when there is something to read: an endless body
        readiness_.wait(socket_.get(), what, monotonic_now() + limit, *this, known_);
        known_ = true;
    }

    void end(HttpEnd how) {
        response.end = how;
        socket_.reset();
        const std::shared_ptr<PlainRun> self = std::move(self_);
        done(response);
    }

    static constexpr int kPieces = 16;

    Readiness& readiness_;
    std::shared_ptr<PlainRun> self_;
    UniqueFd socket_;
    std::optional<ConnectResult> connected_;  // known at once
    Doing doing_ = Doing::connecting;
    bool known_ = false;  // the socket has waited before
    std::size_t sent_ = 0;
};

class TlsRun final : public HttpRun {
  public:
    TlsRun(asio::io_context& loop, HttpRequest r, HttpViews v, HttpExchange::Done d)
        : HttpRun(std::move(r), std::move(v), std::move(d)), socket_(loop), deadline_(loop, socket_) {}

    Task<void> go() {
        // Loopback connects at once: `done` must not be called from inside start().
        co_await asio::post(asio::use_awaitable_t<Executor>{});
        response.end = co_await exchange();
        if (given_up_) co_return;
        ErrorCode ignored;
        socket_.close(ignored);
        done(response);
    }

    void give_up() override {
        given_up_ = true;
        deadline_.stop();
        ErrorCode ignored;
        socket_.close(ignored);
    }

  private:
    void start_step() { deadline_.start(std::chrono::duration_cast<Microseconds>(step())); }

    Task<HttpEnd> exchange() {
        const ConnectResult connected = co_await connect(socket_, request.connection, deadline_);
        response.error = connected.error;
        if (connected.outcome != Connected::yes) co_return end_of(connected);
        // Without TCP_NODELAY a handshake followed by the request waits for a delayed ack (performance-notes.md §8).
        ErrorCode error;
        socket_.set_option(asio::ip::tcp::no_delay(true), error);
        // Asio's context takes over a reference of ours.
        auto* native = static_cast<SSL_CTX*>(request.tls->native());
        SSL_CTX_up_ref(native);
        asio::ssl::context context(native);
        TlsStream stream(socket_, context);
        SSL_set_verify(stream.native_handle(), SSL_VERIFY_NONE, nullptr);
        if (!request.sni.empty()) SSL_set_tlsext_host_name(stream.native_handle(), request.sni.c_str());
        start_step();
        co_await stream.async_handshake(asio::ssl::stream_base::client, into(error));
        deadline_.stop();
        if (error) co_return deadline_.expired() ? HttpEnd::connect_timeout : HttpEnd::tls_failed;
        const HttpEnd end = co_await talk(stream);
        if (!given_up_) co_await close_tls(stream);
        co_return end;
    }

    Task<void> close_tls(TlsStream& stream) {
        ErrorCode error;
        if (!request.tls_compliant) {
            SSL_set_quiet_shutdown(stream.native_handle(), 1);
            SSL_set_shutdown(stream.native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
            co_return;
        }
        start_step();
        co_await stream.async_shutdown(into(error));
        deadline_.stop();
    }

    Task<HttpEnd> talk(TlsStream& stream) {
        ErrorCode error;
        start_step();
        co_await asio::async_write(stream, asio::buffer(request.text), into(error));
        deadline_.stop();
        if (error) co_return HttpEnd::send_failed;
        start_step();
        co_await socket_.async_wait(asio::socket_base::wait_read, into(error));
        deadline_.stop();
        if (given_up_) co_return HttpEnd::read_failed;
        if (error) co_return deadline_.expired() ? HttpEnd::no_answer : HttpEnd::read_failed;
        for (bool heard = false;; heard = true) {
            std::array<std::uint8_t, kHttpReadSize> chunk;
            start_step();
            const std::size_t got = co_await stream.async_read_some(asio::buffer(chunk), into(error));
            deadline_.stop();
            if (given_up_) co_return HttpEnd::read_failed;
            // A server that always has more to say leaves no wait in which the time-out could come.
            if (!error && step() == Nanoseconds{0}) co_return HttpEnd::read_timeout;
            if (error) co_return end_of_reading(error, heard);
            if (const auto over = reader.take({chunk.data(), got})) co_return *over;
        }
    }

    HttpEnd end_of_reading(const ErrorCode& error, bool heard) {
        const PeerEnd how = peer_end(error, heard);
        return how == PeerEnd::timeout ? HttpEnd::read_timeout : reader.end(how);
    }

    PeerEnd peer_end(const ErrorCode& error, bool heard) const {
        if (deadline_.expired()) return PeerEnd::timeout;
        const bool closed = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
        return closed && heard ? PeerEnd::closed : PeerEnd::failed;
    }

    TcpSocket socket_;
    Deadline deadline_;
    bool given_up_ = false;
};

}  // namespace

void HttpExchange::start(HttpRequest request, HttpViews views, Done done) {
    if (request.tls == nullptr) {
        auto run = std::make_shared<PlainRun>(loop_, std::move(request), std::move(views), std::move(done));
        run_ = run;
        run->start(run);
        return;
    }
    auto run = std::make_shared<TlsRun>(loop_, std::move(request), std::move(views), std::move(done));
    run_ = run;
    asio::co_spawn(
        loop_.get_executor(), [run]() -> Task<void> { co_await run->go(); }, asio::detached);
}

void HttpExchange::cancel() {
    if (const auto run = run_.lock()) run->give_up();
    run_.reset();
}

}  // namespace check
