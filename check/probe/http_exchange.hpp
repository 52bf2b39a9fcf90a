// One HTTP request and its response, plain or over TLS: used by HTTP_GET, SSL_GET and genhash. Asio and Beast stay in the
// .cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "conf/model_lvs.hpp"

namespace boost::asio {
class io_context;
}

namespace check {

class TlsContext;

struct HttpRequest {
    conf::Connection connection;
    std::string text;            ///< the request, complete
    TlsContext* tls = nullptr;   ///< null: plain
    std::string sni;             ///< empty: none
    bool tls_compliant = false;  ///< close_notify properly
    Microseconds longest{0};     ///< limit of the whole exchange
};

/// "GET PATH HTTP/1.0" and its headers in the reference's order (lvs-behaviour.md §7.2).
std::string request_text(const std::string& path, const std::string& host, conf::HttpProtocol protocol);
/// "10.0.0.1:80", "[::1]:80"
std::string host_of(const conf::Endpoint& endpoint);

enum class HttpEnd : std::uint8_t {
    complete,  ///< the body is whole, or the peer closed after the header
    connect_failed,
    connect_timeout,
    local_error,
    bind_failed,
    tls_failed,
    send_failed,
    no_answer,  ///< not a byte within the time
    read_timeout,
    read_failed,
    no_data,  ///< no header came, or none that ends
};

struct HttpResponse {
    HttpEnd end = HttpEnd::no_data;
    int error = 0;        ///< errno, where there is one
    unsigned status = 0;  ///< 0: the first line has none
    bool has_content_length = false;
    std::uint64_t content_length = 0;
    std::uint64_t received = 0;  ///< bytes after the header
};

/// Who looks at a response while it comes; each may be empty.
struct HttpViews {
    using Piece = std::function<void(std::span<const std::uint8_t>)>;
    /// @param announced  how many of them belong to the body by the header's Content-Length
    using Wire = std::function<void(std::span<const std::uint8_t>, std::size_t announced)>;

    Piece body;    ///< the body as HTTP means it: without chunks, not beyond its length
    Wire wire;     ///< what follows the header as it came, which is what the reference looks at
    Piece header;  ///< the raw header with its empty line, once
};

class HttpExchange {
  public:
    using Done = std::function<void(const HttpResponse&)>;

    explicit HttpExchange(boost::asio::io_context& loop) : loop_(loop) {}
    ~HttpExchange() { cancel(); }

    /// `done` is called once, from the loop.
    void start(HttpRequest request, HttpViews views, Done done);
    void cancel();

    struct Run;

  private:
    boost::asio::io_context& loop_;
    std::weak_ptr<Run> run_;
};

}  // namespace check
