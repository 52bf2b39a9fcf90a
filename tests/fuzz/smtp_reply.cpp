// Replies of an SMTP server: whatever it sends, in whatever pieces, gives the same codes and bounded memory.
#include "lib/smtp/reply.hpp"

#include <cstdint>
#include <cstdlib>
#include <vector>

namespace {

std::vector<smtp::ReplyCode> codes(std::string_view bytes, std::size_t at_a_time) {
    smtp::ReplyParser parser;
    std::vector<smtp::ReplyCode> found;
    for (std::size_t i = 0; i < bytes.size(); i += at_a_time) {
        parser.feed(bytes.substr(i, at_a_time));
        while (const auto code = parser.next()) found.push_back(*code);
    }
    return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto in_pieces = codes(bytes, 7);
    for (const auto code : in_pieces)
        if (code < 0 || code > 999) std::abort();
    if (size <= smtp::ReplyParser::kLongestLine && codes(bytes, size + 1) != in_pieces) std::abort();
    return 0;
}
