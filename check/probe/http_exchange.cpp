// The exchange: connect, (handshake,) send, feed Beast's parser until the message is complete or the peer closes.
#include "check/probe/http_exchange.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "check/probe/connection.hpp"
#include "check/probe/tls_context.hpp"

namespace check {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;
using Executor = asio::io_context::executor_type;
template <typename T>
using Task = asio::awaitable<T, Executor>;
using TlsStream = asio::ssl::stream<TcpSocket&>;

constexpr std::size_t kReadSize = 4096;
constexpr std::uint32_t kMaxHeader = 16 * 1024;

auto into(ErrorCode& error) { return asio::redirect_error(asio::use_awaitable_t<Executor>{}, error); }

/// Beast's parser with the body handed on instead of kept.
class ResponseParser final : public http::basic_parser<false> {
  public:
    ResponseParser(HttpResponse& response, const HttpExchange::Body& body)
        : response_(response), body_(body) {
        header_limit(kMaxHeader);
        body_limit(boost::none);
        eager(true);
    }

  private:
    using View = boost::beast::string_view;

    void on_request_impl(http::verb, View, View, int, ErrorCode&) override {}
    void on_response_impl(int status, View, int, ErrorCode&) override {
        response_.status = static_cast<unsigned>(status);
    }
    void on_field_impl(http::field, View, View, ErrorCode&) override {}
    void on_header_impl(ErrorCode&) override {
        if (const auto length = content_length()) {
            response_.has_content_length = true;
            response_.content_length = *length;
        }
    }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
    std::size_t on_body_impl(View bytes, ErrorCode&) override {
        take(bytes);
        return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t, View, ErrorCode&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, View bytes, ErrorCode&) override {
        take(bytes);
        return bytes.size();
    }
    void on_finish_impl(ErrorCode&) override {}

    void take(View bytes) {
        response_.received += bytes.size();
        body_({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    }

    HttpResponse& response_;
    const HttpExchange::Body& body_;
};

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

/// One exchange: owns what its coroutine uses, so that the owner may go while it runs.
struct HttpExchange::Run {
    Run(asio::io_context& loop, HttpRequest r, Body b, Done d, Body h)
        : request(std::move(r)),
          body(std::move(b)),
          header(std::move(h)),
          done(std::move(d)),
          socket(loop),
          deadline(loop, socket),
          ends_at(std::chrono::steady_clock::now() + request.longest) {}

    HttpRequest request;
    Body body, header;
    Done done;
    TcpSocket socket;
    Deadline deadline;
    std::chrono::steady_clock::time_point ends_at;
    HttpResponse response;
    std::vector<std::uint8_t> buffer;
    bool given_up = false;

    /// For the next wait: the time-out of one step, cut to what is left of the whole.
    void start_step() {
        const auto left =
            std::chrono::duration_cast<Microseconds>(ends_at - std::chrono::steady_clock::now());
        Microseconds step = request.connection.timeout;
        if (request.longest > Microseconds{0}) step = std::clamp(left, Microseconds{0}, step);
        deadline.start(step);
    }

    bool is_over() const {
        return request.longest > Microseconds{0} && std::chrono::steady_clock::now() >= ends_at;
    }

    Task<void> go() {
        // Loopback connects at once: `done` must not be called from inside start().
        co_await asio::post(asio::use_awaitable_t<Executor>{});
        response.end = co_await exchange();
        if (given_up) co_return;
        ErrorCode ignored;
        socket.close(ignored);
        done(response);
    }

    Task<HttpEnd> exchange() {
        const ConnectResult connected = co_await connect(socket, request.connection, deadline);
        response.error = connected.error;
        switch (connected.outcome) {
            case Connected::yes:
                break;
            case Connected::refused:
                co_return HttpEnd::connect_failed;
            case Connected::timeout:
                co_return HttpEnd::connect_timeout;
            case Connected::local:
                co_return connected.bind_failed ? HttpEnd::bind_failed : HttpEnd::local_error;
        }
        if (request.tls == nullptr) co_return co_await talk(socket);
        co_return co_await talk_tls();
    }

    Task<HttpEnd> talk_tls() {
        // Without TCP_NODELAY a handshake followed by the request waits for a delayed ack (performance-notes.md §8).
        ErrorCode error;
        socket.set_option(asio::ip::tcp::no_delay(true), error);
        // Asio's context takes over a reference of ours.
        auto* native = static_cast<SSL_CTX*>(request.tls->native());
        SSL_CTX_up_ref(native);
        asio::ssl::context context(native);
        TlsStream stream(socket, context);
        SSL_set_verify(stream.native_handle(), SSL_VERIFY_NONE, nullptr);
        if (!request.sni.empty()) SSL_set_tlsext_host_name(stream.native_handle(), request.sni.c_str());
        start_step();
        co_await stream.async_handshake(asio::ssl::stream_base::client, into(error));
        deadline.stop();
        if (error) co_return deadline.expired() ? HttpEnd::read_timeout : HttpEnd::tls_failed;
        const HttpEnd end = co_await talk(stream);
        if (!given_up) co_await close_tls(stream);
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
        deadline.stop();
    }

    template <typename Stream>
    Task<HttpEnd> talk(Stream& stream) {
        ErrorCode error;
        start_step();
        co_await asio::async_write(stream, asio::buffer(request.text), into(error));
        deadline.stop();
        if (error) co_return HttpEnd::send_failed;
        ResponseParser parser(response, body);
        buffer.reserve(kReadSize);
        bool header_said = false;
        for (;;) {
            std::array<std::uint8_t, kReadSize> chunk;
            start_step();
            const std::size_t got = co_await stream.async_read_some(asio::buffer(chunk), into(error));
            deadline.stop();
            if (given_up) co_return HttpEnd::read_failed;
            // A server that always has more to say leaves no wait in which the time-out could come.
            if (!error && is_over()) co_return HttpEnd::read_timeout;
            if (error) co_return at_end(parser, error);
            buffer.insert(buffer.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(got));
            if (!header_said) header_said = say_header();
            ErrorCode bad = feed(parser);
            if (bad) co_return parser.is_header_done() ? HttpEnd::read_failed : HttpEnd::no_data;
            if (parser.is_done()) co_return HttpEnd::complete;
        }
    }

    bool say_header() {
        constexpr std::string_view kEnd = "\r\n\r\n";
        const std::string_view seen(reinterpret_cast<const char*>(buffer.data()), buffer.size());
        const auto at = seen.find(kEnd);
        if (at == std::string_view::npos) return false;
        if (header) header({buffer.data(), at + kEnd.size()});
        return true;
    }

    /// Everything the parser can use; what it needs more of stays in the buffer, at most a header's worth.
    ErrorCode feed(ResponseParser& parser) {
        ErrorCode error;
        while (!buffer.empty() && !parser.is_done()) {
            const std::size_t used = parser.put(asio::buffer(buffer), error);
            buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(used));
            if (error == http::error::need_more) return {};
            if (error || used == 0) break;
        }
        return error;
    }

    /// The peer closed, or a read failed. A body shorter than announced is accepted, as the reference does.
    HttpEnd at_end(ResponseParser& parser, const ErrorCode& error) {
        if (deadline.expired()) return HttpEnd::read_timeout;
        const bool closed = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
        if (!parser.is_header_done()) return closed ? HttpEnd::no_data : HttpEnd::read_failed;
        if (!closed) return HttpEnd::read_failed;
        ErrorCode ignored;
        parser.put_eof(ignored);
        return HttpEnd::complete;
    }
};

void HttpExchange::start(HttpRequest request, Body body, Done done, Body header) {
    auto run =
        std::make_shared<Run>(loop_, std::move(request), std::move(body), std::move(done), std::move(header));
    run_ = run;
    asio::co_spawn(
        loop_.get_executor(), [run]() -> Task<void> { co_await run->go(); }, asio::detached);
}

void HttpExchange::cancel() {
    const auto run = run_.lock();
    if (!run || run->given_up) return;
    run->given_up = true;
    run->deadline.stop();
    ErrorCode ignored;
    run->socket.close(ignored);
}

}  // namespace check
