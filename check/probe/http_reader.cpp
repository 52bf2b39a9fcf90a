// From bytes to the end of an exchange.
#include "check/probe/http_reader.hpp"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <charconv>

namespace check {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t kMaxHeader = 16 * 1024;
constexpr std::string_view kHeaderEnd = "\r\n\r\n";
constexpr std::string_view kLength = "Content-Length:";

std::string_view text_of(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r");
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// As the reference reads it, whatever stands before: three digits behind the first blank. Theirs wants a blank after them,
/// too; real servers leave it out with the reason. 0: no status.
unsigned status_in(std::string_view header) {
    const std::string_view line = header.substr(0, header.find("\r\n"));
    const auto blank = line.find(' ');
    if (blank == line.npos) return 0;
    const std::string_view rest = line.substr(blank + 1);
    const auto code = number(rest.substr(0, 3));
    const bool ends = rest.size() == 3 || (rest.size() > 3 && rest[3] == ' ');
    return code && *code >= 100 && ends ? static_cast<unsigned>(*code) : 0;
}

/// The reference's Content-Length, which it finds in this spelling only; it limits what its digest covers.
std::optional<std::uint64_t> length_as_spelled(std::string_view header) {
    const auto at = header.find(kLength);
    if (at == header.npos) return std::nullopt;
    const std::string_view rest = header.substr(at + kLength.size());
    return number(trimmed(rest.substr(0, rest.find('\n'))));
}

/// The fields of a header which say where its body ends, as a header that Beast accepts whatever else the server wrote.
std::string framing_of(std::string_view header, unsigned status) {
    std::optional<std::uint64_t> length;
    bool chunked = false;
    while (!header.empty()) {
        const std::string_view line = header.substr(0, header.find('\n'));
        header.remove_prefix(std::min(header.size(), line.size() + 1));
        const auto colon = line.find(':');
        if (colon == line.npos) continue;
        const std::string_view name = trimmed(line.substr(0, colon));
        const std::string_view value = trimmed(line.substr(colon + 1));
        if (!length && beast::iequals(name, "Content-Length")) length = number(value);
        if (beast::iequals(name, "Transfer-Encoding")) chunked = http::token_list{value}.exists("chunked");
    }
    return fmt::format("HTTP/1.1 {} \r\n{}\r\n", status == 0 ? 200 : status,
                       chunked  ? "Transfer-Encoding: chunked\r\n"
                       : length ? fmt::format("Content-Length: {}\r\n", *length)
                                : "");
}

}  // namespace

HttpReader::Framing::Framing(const HttpViews::Piece& body) : body_(body) {
    body_limit(boost::none);
    eager(true);
}

std::size_t HttpReader::Framing::on_body_impl(View bytes, ErrorCode&) {
    if (body_) body_({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    return bytes.size();
}

std::size_t HttpReader::Framing::on_chunk_body_impl(std::uint64_t, View bytes, ErrorCode& error) {
    return on_body_impl(bytes, error);
}

std::optional<HttpEnd> HttpReader::take(Bytes bytes) {
    if (in_body_) return take_body(bytes);
    header_.insert(header_.end(), bytes.begin(), bytes.end());
    const auto at = text_of(header_).find(kHeaderEnd);
    if (std::min(at, header_.size()) > kMaxHeader) return HttpEnd::no_data;
    if (at == std::string_view::npos) return std::nullopt;
    const std::size_t length = at + kHeaderEnd.size();
    const std::vector<std::uint8_t> rest(header_.begin() + static_cast<std::ptrdiff_t>(length),
                                         header_.end());
    header_.resize(length);
    begin_body();
    return take_body(rest);
}

void HttpReader::begin_body() {
    in_body_ = true;
    const std::string_view header = text_of(header_);
    response_.status = status_in(header);
    const auto length = length_as_spelled(header);
    response_.has_content_length = length.has_value();
    response_.content_length = length.value_or(0);
    if (views_.header) views_.header(header_);
    ErrorCode error;
    framing_.put(asio::buffer(framing_of(header, response_.status)), error);
    garbled_ = error && error != http::error::need_more;
}

std::optional<HttpEnd> HttpReader::take_body(Bytes bytes) {
    if (!bytes.empty()) {
        std::uint64_t announced = bytes.size();
        if (response_.has_content_length) {
            const std::uint64_t had = std::min(response_.received, response_.content_length);
            announced = std::min(announced, response_.content_length - had);
        }
        response_.received += bytes.size();
        if (views_.wire) views_.wire(bytes, static_cast<std::size_t>(announced));
        decode(bytes);
    }
    if (!garbled_ && framing_.is_done()) return HttpEnd::complete;
    return std::nullopt;
}

void HttpReader::decode(Bytes bytes) {
    if (!pending_.empty()) {
        pending_.insert(pending_.end(), bytes.begin(), bytes.end());
        bytes = pending_;
    }
    ErrorCode error;
    while (!bytes.empty() && !garbled_ && !framing_.is_done()) {
        const std::size_t used = framing_.put(asio::buffer(bytes.data(), bytes.size()), error);
        bytes = bytes.subspan(used);
        if (error == http::error::need_more || (!error && used == 0)) break;
        garbled_ = error.failed();
    }
    garbled_ = garbled_ || bytes.size() > kMaxHeader;
    pending_ = garbled_ ? std::vector<std::uint8_t>{} : std::vector<std::uint8_t>(bytes.begin(), bytes.end());
}

HttpEnd HttpReader::end(PeerEnd how) {
    if (how == PeerEnd::timeout)
        return in_body_ || !header_.empty() ? HttpEnd::read_timeout : HttpEnd::no_answer;
    const bool closed = how == PeerEnd::closed;
    if (!in_body_) return closed ? HttpEnd::no_data : HttpEnd::read_failed;
    return closed ? HttpEnd::complete : HttpEnd::read_failed;
}

}  // namespace check
