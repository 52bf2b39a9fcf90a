#include "conf/fact_text.hpp"

#include <fmt/format.h>

#include <charconv>

namespace conf {

namespace {

template <typename Fields>
std::string join(const Fields& fields) {
    std::string text;
    bool first = true;
    for (const auto& field : fields) {
        if (!first) text += '\0';
        text += field;
        first = false;
    }
    return text;
}

}  // namespace

std::string fact_text(std::initializer_list<std::string_view> fields) { return join(fields); }
std::string fact_text(const std::vector<std::string>& fields) { return join(fields); }

std::string format_numbers(const std::vector<std::uint32_t>& numbers) {
    return fmt::format("{}", fmt::join(numbers, " "));
}

std::vector<std::uint32_t> parse_numbers(std::string_view text) {
    std::vector<std::uint32_t> numbers;
    for (const char *at = text.data(), *end = at + text.size(); at < end; ++at) {
        std::uint32_t number = 0;
        const auto parsed = std::from_chars(at, end, number);
        if (parsed.ec != std::errc{}) break;
        numbers.push_back(number);
        at = parsed.ptr;
    }
    return numbers;
}

FactFields::FactFields(std::string answer) : answer_(std::move(answer)) {
    const std::string_view all(answer_);
    for (std::size_t begin = 0; !all.empty() && begin <= all.size();) {
        const std::size_t end = std::min(all.find('\0', begin), all.size());
        fields_.push_back(all.substr(begin, end - begin));
        begin = end + 1;
    }
}

std::string FactFields::text(std::size_t index) const {
    return index < fields_.size() ? std::string(fields_[index]) : std::string();
}

std::uint32_t FactFields::number(std::size_t index) const {
    std::uint32_t number = 0;
    if (index < fields_.size()) {
        std::from_chars(fields_[index].data(), fields_[index].data() + fields_[index].size(), number);
    }
    return number;
}

}  // namespace conf
