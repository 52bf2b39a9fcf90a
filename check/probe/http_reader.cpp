// From bytes to the end of an exchange.
#include "check/probe/http_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <string_view>

namespace check {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::uint32_t kMaxHeader = 16 * 1024;

}  // namespace

HttpReader::Parser::Parser(HttpResponse& response, const HttpExchange::Body& body)
    : response_(response), body_(body) {
    header_limit(kMaxHeader);
    body_limit(boost::none);
    eager(true);
}

void HttpReader::Parser::on_response_impl(int status, View, int, ErrorCode&) {
    response_.status = static_cast<unsigned>(status);
}

void HttpReader::Parser::on_header_impl(ErrorCode&) {
    if (const auto length = content_length()) {
        response_.has_content_length = true;
        response_.content_length = *length;
    }
}

std::size_t HttpReader::Parser::on_body_impl(View bytes, ErrorCode&) {
    take(bytes);
    return bytes.size();
}

std::size_t HttpReader::Parser::on_chunk_body_impl(std::uint64_t, View bytes, ErrorCode&) {
    take(bytes);
    return bytes.size();
}

void HttpReader::Parser::take(View bytes) {
    response_.received += bytes.size();
    body_({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

std::optional<HttpEnd> HttpReader::take(std::span<const std::uint8_t> bytes) {
    buffer_.reserve(kHttpReadSize);
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    if (!header_said_) header_said_ = say_header();
    if (feed()) return parser_.is_header_done() ? HttpEnd::read_failed : HttpEnd::no_data;
    if (parser_.is_done()) return HttpEnd::complete;
    return std::nullopt;
}

bool HttpReader::say_header() {
    constexpr std::string_view kEnd = "\r\n\r\n";
    const std::string_view seen(reinterpret_cast<const char*>(buffer_.data()), buffer_.size());
    const auto at = seen.find(kEnd);
    if (at == std::string_view::npos) return false;
    if (header_) header_({buffer_.data(), at + kEnd.size()});
    return true;
}

/// Everything the parser can use; what it needs more of stays in the buffer, at most a header's worth.
HttpReader::ErrorCode HttpReader::feed() {
    ErrorCode error;
    while (!buffer_.empty() && !parser_.is_done()) {
        const std::size_t used = parser_.put(asio::buffer(buffer_), error);
        buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(used));
        if (error == http::error::need_more) return {};
        if (error || used == 0) break;
    }
    return error;
}

HttpEnd HttpReader::end(PeerEnd how) {
    if (how == PeerEnd::timeout) return HttpEnd::read_timeout;
    const bool closed = how == PeerEnd::closed;
    if (!parser_.is_header_done()) return closed ? HttpEnd::no_data : HttpEnd::read_failed;
    if (!closed) return HttpEnd::read_failed;
    ErrorCode ignored;
    parser_.put_eof(ignored);
    return HttpEnd::complete;
}

}  // namespace check
