#include "lib/smtp/reply.hpp"

#include <algorithm>

namespace smtp {

namespace {

constexpr std::size_t kCodeDigits = 3;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

ReplyCode code_of(std::string_view line) {
    if (line.size() < kCodeDigits || !std::all_of(line.begin(), line.begin() + kCodeDigits, is_digit))
        return 0;
    if (line.size() > kCodeDigits && is_digit(line[kCodeDigits])) return 0;
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

bool goes_on(std::string_view line) { return line.size() > kCodeDigits && line[kCodeDigits] == '-'; }

}  // namespace

void ReplyParser::feed(std::string_view bytes) { pending_ += bytes; }

std::optional<ReplyCode> ReplyParser::next() {
    for (;;) {
        const auto end = pending_.find('\n');
        if (end == std::string::npos) {
            if (pending_.size() <= kLongestLine) return std::nullopt;
            pending_.clear();
            return 0;
        }
        const std::string line = pending_.substr(0, std::min(end, kLongestLine));
        pending_.erase(0, end + 1);
        const ReplyCode code = code_of(line);
        if (code == 0 || !goes_on(line)) return code;
    }
}

}  // namespace smtp
