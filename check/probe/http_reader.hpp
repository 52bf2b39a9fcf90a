// What a response means while its bytes come in: Beast's parser, with the body handed on instead of kept. Knows nothing of
// sockets. Brings Beast along: for probes' .cpp files only.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <optional>
#include <span>
#include <vector>

#include "check/probe/http_exchange.hpp"

namespace check {

inline constexpr std::size_t kHttpReadSize = 4096;

/// How reading from the peer ended.
enum class PeerEnd : std::uint8_t { closed, failed, timeout };

class HttpReader {
  public:
    HttpReader(HttpResponse& response, const HttpExchange::Body& body, const HttpExchange::Body& header)
        : parser_(response, body), header_(header) {}

    /// The end of the exchange when these bytes decide it.
    std::optional<HttpEnd> take(std::span<const std::uint8_t> bytes);
    /// No more bytes. A body shorter than announced is accepted, as the reference does.
    HttpEnd end(PeerEnd how);

  private:
    using ErrorCode = boost::system::error_code;

    class Parser final : public boost::beast::http::basic_parser<false> {
      public:
        Parser(HttpResponse& response, const HttpExchange::Body& body);

      private:
        using View = boost::beast::string_view;

        void on_request_impl(boost::beast::http::verb, View, View, int, ErrorCode&) override {}
        void on_response_impl(int status, View, int, ErrorCode&) override;
        void on_field_impl(boost::beast::http::field, View, View, ErrorCode&) override {}
        void on_header_impl(ErrorCode&) override;
        void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
        std::size_t on_body_impl(View bytes, ErrorCode&) override;
        void on_chunk_header_impl(std::uint64_t, View, ErrorCode&) override {}
        std::size_t on_chunk_body_impl(std::uint64_t, View bytes, ErrorCode&) override;
        void on_finish_impl(ErrorCode&) override {}

        void take(View bytes);

        HttpResponse& response_;
        const HttpExchange::Body& body_;
    };

    bool say_header();
    ErrorCode feed();

    Parser parser_;
    const HttpExchange::Body& header_;
    bool header_said_ = false;
    std::vector<std::uint8_t> buffer_;
};

}  // namespace check
