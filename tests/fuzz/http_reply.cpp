// Answers of a web server over a real connection: whatever it sends, the exchange ends once, in one of its ends, and says
// of the body what was handed on; digest and pattern take the same pieces.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <cstdint>
#include <cstdlib>

#include "check/probe/body_verifier.hpp"
#include "check/probe/http_exchange.hpp"

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// A server on loopback which sends the same bytes to everybody and closes.
class Server {
  public:
    explicit Server(asio::io_context& loop)
        : acceptor_(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), peer_(loop) {}

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    void answer(const std::uint8_t* data, std::size_t size) {
        acceptor_.async_accept(peer_, [this, data, size](boost::system::error_code error) {
            if (error) return;
            boost::system::error_code ignored;
            asio::write(peer_, asio::buffer(data, size), ignored);
            peer_.shutdown(tcp::socket::shutdown_send, ignored);
        });
    }
    void hang_up() {
        boost::system::error_code ignored;
        acceptor_.cancel(ignored);
        peer_.close(ignored);
    }

  private:
    tcp::acceptor acceptor_;
    tcp::socket peer_;
};

std::shared_ptr<const check::CompiledRegex> pattern() {
    conf::Regex regex;
    regex.pattern = "a+b|(?<=x)y";
    std::string error;
    return check::CompiledRegex::compile(regex, error);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kLargest = 64 * 1024;  // fits the socket's buffer: the server never waits
    if (size > kLargest) return 0;
    static asio::io_context loop;
    static Server server(loop);
    static const auto regex = pattern();

    check::HttpRequest request;
    request.connection.destination = {*net::IpAddress::parse("127.0.0.1"), server.port()};
    request.connection.settings.own().timeout = std::chrono::seconds(20);
    request.text = check::request_text("/", "here", conf::HttpProtocol::http11);

    check::BodyVerifier verifier(true, regex);
    std::uint64_t on_wire = 0, in_body = 0;
    int ends = 0;
    check::HttpResponse response;
    server.answer(data, size);
    check::HttpExchange exchange(loop);
    exchange.start(std::move(request),
                   {.body =
                        [&](std::span<const std::uint8_t> piece) {
                            in_body += piece.size();
                            verifier.take(piece);
                        },
                    .wire =
                        [&](std::span<const std::uint8_t> piece, std::size_t announced) {
                            if (announced > piece.size()) std::abort();
                            on_wire += piece.size();
                        }},
                   [&](const check::HttpResponse& outcome) {
                       response = outcome;
                       ++ends;
                       server.hang_up();
                   });
    loop.restart();
    loop.run();
    verifier.end();
    if (ends != 1 || response.received != on_wire || in_body > on_wire) std::abort();
    if (on_wire > size || response.status > 999) std::abort();
    return 0;
}
