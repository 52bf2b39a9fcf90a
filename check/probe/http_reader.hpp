// What a response means while its bytes come in. Servers write headers that no standard allows, and the reference takes nearly
// all of them: the status is read as it reads it, and only what frames the body goes through Beast's parser. Knows nothing
// of sockets. Brings Beast along: for probes' .cpp files only.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "check/probe/http_exchange.hpp"

namespace check {

inline constexpr std::size_t kHttpReadSize = 4096;

/// How reading from the peer ended.
enum class PeerEnd : std::uint8_t { closed, failed, timeout };

class HttpReader {
  public:
    HttpReader(HttpResponse& response, const HttpViews& views)
        : response_(response), views_(views), framing_(views.body) {}

    /// The end of the exchange when these bytes decide it.
    std::optional<HttpEnd> take(std::span<const std::uint8_t> bytes);
    /// No more bytes. A body shorter than announced is accepted, as the reference does.
    HttpEnd end(PeerEnd how);

  private:
    using Bytes = std::span<const std::uint8_t>;
    using ErrorCode = boost::system::error_code;

    /// Where the body ends, and how its chunks join.
    class Framing final : public boost::beast::http::basic_parser<false> {
      public:
        explicit Framing(const HttpViews::Piece& body);

      private:
        using View = boost::beast::string_view;

        void on_request_impl(boost::beast::http::verb, View, View, int, ErrorCode&) override {}
        void on_response_impl(int, View, int, ErrorCode&) override {}
        void on_field_impl(boost::beast::http::field, View, View, ErrorCode&) override {}
        void on_header_impl(ErrorCode&) override {}
        void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
        std::size_t on_body_impl(View bytes, ErrorCode&) override;
        void on_chunk_header_impl(std::uint64_t, View, ErrorCode&) override {}
        std::size_t on_chunk_body_impl(std::uint64_t, View bytes, ErrorCode&) override;
        void on_finish_impl(ErrorCode&) override {}

        const HttpViews::Piece& body_;
    };

    void begin_body();
    std::optional<HttpEnd> take_body(Bytes bytes);
    void decode(Bytes bytes);

    HttpResponse& response_;
    const HttpViews& views_;
    Framing framing_;
    std::vector<std::uint8_t> header_;   // raw, until it is complete
    std::vector<std::uint8_t> pending_;  // the start of a chunk's header
    bool in_body_ = false;
    bool garbled_ = false;  // the chunks are none: what comes is only seen on the wire
};

}  // namespace check
