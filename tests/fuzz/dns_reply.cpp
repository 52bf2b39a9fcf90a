// Datagrams as answers to DNS_CHECK, and the same bytes as a name to ask for.
#include "check/probe/dns_query.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

constexpr std::size_t kHeader = 12, kLongestName = 255, kQuestionEnd = 4;

void answer(std::span<const std::uint8_t> datagram) {
    const std::uint16_t id =
        datagram.size() < 2 ? 0 : static_cast<std::uint16_t>(datagram[0] << 8 | datagram[1]);
    const auto code = check::dns_answer_code(datagram, id);
    const bool is_answer = datagram.size() >= kHeader && (datagram[2] & 0x80) != 0;
    if (code && (!is_answer || *code > 15)) std::abort();
    if (check::dns_answer_code(datagram, static_cast<std::uint16_t>(id + 1))) std::abort();
}

void question(std::string_view name) {
    const auto query = check::dns_query(7, name, 1);
    if (query.empty()) return;
    if (query.size() < kHeader + 1 + kQuestionEnd || query.size() > kHeader + kLongestName + kQuestionEnd) {
        std::abort();
    }
    if (check::dns_answer_code(query, 7)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    answer({data, size});
    question({reinterpret_cast<const char*>(data), size});
    return 0;
}
