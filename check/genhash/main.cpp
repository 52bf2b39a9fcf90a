// genhash: the digest for HTTP_GET and SSL_GET, by the very request and the very reading of the answer which the check
// uses (lvs-behaviour.md §14).
#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>

#include "check/genhash/options.hpp"
#include "check/probe/body_verifier.hpp"
#include "check/probe/http_exchange.hpp"
#include "check/probe/tls_context.hpp"

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kRow = 16;
constexpr int kLongestSteps = 10;  ///< an endless body ends after this many time-outs, as in the check

void ruler(const char* title) { fmt::print("-----------------------[{}]-----------------------\n", title); }

/// 16 bytes a line: decimal offset, two halves, text.
void hex_dump(Bytes bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += kRow) {
        std::string hex;
        std::string text;
        for (std::size_t n = at; n < at + kRow; ++n) {
            if (n == at + kRow / 2) hex += "- ";
            const bool present = n < bytes.size();
            hex += present ? fmt::format("{:02x} ", bytes[n]) : "   ";
            const bool printable = present && bytes[n] >= 0x20 && bytes[n] < 0x7f;
            text += !present ? ' ' : printable ? static_cast<char>(bytes[n]) : '.';
        }
        fmt::print("{:04}  {}  {}\n", at, hex, text);
    }
}

void show_header(Bytes header) {
    ruler("    HTTP Header Buffer    ");
    hex_dump(header);
    ruler(" HTTP Header Ascii Buffer ");
    fmt::print("{}\n", std::string_view(reinterpret_cast<const char*>(header.data()), header.size()));
}

void show_body(Bytes piece) {
    ruler("        HTML Buffer        ");
    hex_dump(piece);
}

/// Where there is an answer at all, its status does not matter.
bool is_answer(const check::HttpResponse& response) { return response.end == check::HttpEnd::complete; }

void complain(const check::HttpResponse& response) {
    switch (response.end) {
        case check::HttpEnd::connect_timeout:
            return fmt::print("Timeout connecting\n");
        case check::HttpEnd::tls_failed:
            return fmt::print("SSL handshake/communication error\n");
        case check::HttpEnd::send_failed:
            return fmt::print("Cannot send get request\n");
        case check::HttpEnd::no_answer:
        case check::HttpEnd::read_timeout:
            return fmt::print("Timeout WEB read\n");
        case check::HttpEnd::read_failed:
            return fmt::print("Read error\n");
        case check::HttpEnd::no_data:
            return fmt::print(stderr, "no data received from remote webserver\n");
        default:
            return fmt::print("Connection failed\n");
    }
}

check::HttpRequest request_for(const genhash::Options& options, check::TlsContext* tls) {
    check::HttpRequest request;
    request.connection = options.connection;
    const std::string host =
        options.virtualhost.empty() ? check::host_of(options.connection.destination) : options.virtualhost;
    request.text = check::request_text(options.path, host, options.protocol);
    request.tls = tls;
    if (options.sni) request.sni = options.virtualhost;
    request.longest = kLongestSteps * options.connection.settings->timeout;
    return request;
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = genhash::parse(argc, argv);
    if (!options) return 1;
    std::unique_ptr<check::TlsContext> tls;
    if (options->tls) {
        auto made = check::TlsContext::make(std::nullopt);
        if (made.has_error()) {
            fmt::print(stderr, "{}\n", made.error().message());
            return 1;
        }
        tls = std::move(*made);
    }

    boost::asio::io_context loop;
    check::BodyVerifier verifier(true, nullptr);
    check::HttpResponse response;
    check::HttpExchange exchange(loop);
    const auto started = std::chrono::steady_clock::now();
    exchange.start(
        request_for(*options, tls.get()),
        {.wire =
             [&](Bytes piece, std::size_t announced) {
                 if (options->verbose) show_body(piece.first(announced));
                 verifier.hash(piece.first(announced));
             },
         .header = options->verbose ? check::HttpViews::Piece(show_header) : check::HttpViews::Piece()},
        [&](const check::HttpResponse& end) { response = end; });
    loop.run();
    if (!is_answer(response)) {
        complain(response);
        return 1;
    }

    verifier.end();
    if (options->verbose) {
        fmt::print("\n");
        ruler("    HTML hash resulting    ");
        hex_dump(verifier.digest());
        ruler(" HTML hash final resulting ");
    }
    for (const std::uint8_t byte : verifier.digest()) fmt::print("{:02x}", byte);
    fmt::print("\n");
    if (options->verbose) {
        const auto taken = std::chrono::steady_clock::now() - started;
        fmt::print("\nGlobal response time for [{}] = {} usecs\n", options->path,
                   std::chrono::duration_cast<std::chrono::microseconds>(taken).count());
    }
    return 0;
}
