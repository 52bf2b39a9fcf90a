// Query by c-ares, answer header by hand: DNS_CHECK looks at nothing behind it.
#include "check/probe/dns_query.hpp"

#include <ares.h>
#include <arpa/nameser.h>

#include <string>

namespace check {

std::vector<std::uint8_t> dns_query(std::uint16_t id, std::string_view name, std::uint16_t type) {
    constexpr int kRecursionDesired = 1;
    constexpr int kNoEdns = 0;
    unsigned char* buffer = nullptr;
    int length = 0;
    const std::string text(name.empty() ? "." : name);
    const int status =
        ares_create_query(text.c_str(), ns_c_in, type, id, kRecursionDesired, &buffer, &length, kNoEdns);
    if (status != ARES_SUCCESS) return {};
    std::vector<std::uint8_t> query(buffer, buffer + length);
    ares_free_string(buffer);
    return query;
}

std::optional<unsigned> dns_answer_code(std::span<const std::uint8_t> datagram, std::uint16_t id) {
    constexpr std::size_t kHeader = 12;
    constexpr std::uint8_t kResponse = 0x80;
    constexpr std::uint8_t kCode = 0x0f;
    if (datagram.size() < kHeader) return std::nullopt;
    const unsigned got = (unsigned{datagram[0]} << 8) | datagram[1];
    if (got != id || (datagram[2] & kResponse) == 0) return std::nullopt;
    return datagram[3] & kCode;
}

}  // namespace check
