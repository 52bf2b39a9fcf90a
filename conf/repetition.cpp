#include "conf/repetition.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>

#include "conf/comments.hpp"
#include "conf/definition.hpp"

namespace conf {

namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank_or_tab(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank_or_tab(text.back())) text.remove_suffix(1);
    return text;
}

std::vector<std::string_view> split_at_commas(std::string_view text) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        parts.push_back(trimmed(text.substr(begin, end - begin)));
        begin = end + 1;
    }
    return parts;
}

bool is_name(std::string_view text) { return !text.empty() && name_length(text) == text.size(); }

/// C notation: decimal, 0x…, 0….
std::optional<std::int64_t> c_number(std::string_view word) {
    const std::string text(word);
    if (text.empty()) return std::nullopt;
    char* end = nullptr;
    errno = 0;
    const long long value = std::strtoll(text.c_str(), &end, 0);
    if (errno != 0 || *end != '\0' || end == text.c_str()) return std::nullopt;
    return value;
}

/// @return error text
std::string parse_sequence(Repetition& repetition, std::string_view arguments, std::string_view line) {
    const auto parts = split_at_commas(arguments);
    std::string invalid = fmt::format("Invalid ~SEQ definition '{}'", line);
    if (parts.size() < 2 || parts.size() > 4 || !is_name(parts[0])) return invalid;
    std::vector<std::int64_t> numbers;
    for (std::size_t index = 1; index < parts.size(); ++index) {
        const auto number = c_number(parts[index]);
        if (!number) return invalid;
        numbers.push_back(*number);
    }
    repetition.variables = {std::string(parts[0])};
    repetition.end = numbers.back();
    repetition.start = numbers.size() == 1 ? (repetition.end < 0 ? -1 : 1) : numbers[0];
    repetition.step = repetition.start <= repetition.end ? 1 : -1;
    if (numbers.size() == 3) repetition.step = numbers[1];
    const bool goes_away = (repetition.step > 0 && repetition.start > repetition.end) ||
                           (repetition.step < 0 && repetition.start < repetition.end);
    if (repetition.step == 0 || goes_away) return fmt::format("Invalid ~SEQ values '{}'", line);
    if (repetition.hexadecimal && (repetition.start < 0 || repetition.end < 0)) {
        return fmt::format("~SEQx is only valid for positive numbers '{}'", line);
    }
    return {};
}

/// Walks over the arguments of ~LST: items, or groups of items in braces, separated by commas.
class ListParser {
  public:
    explicit ListParser(std::string_view text) : text_(text) {}

    /// @return false when malformed
    bool parse(std::vector<std::vector<std::string>>& rows) {
        do {
            skip_blanks();
            std::vector<std::string> row;
            const bool good = at() == '{' ? take_group(row) : take_item(row);
            if (!good) return false;
            rows.push_back(std::move(row));
            skip_blanks();
        } while (take(','));
        return at_ == text_.size();
    }

  private:
    char at() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char byte) {
        if (at() != byte || at_ >= text_.size()) return false;
        ++at_;
        return true;
    }
    void skip_blanks() {
        while (is_blank_or_tab(at())) ++at_;
    }
    bool take_item(std::vector<std::string>& row) {
        const std::size_t end = std::min(text_.find_first_of(" \t,}", at_), text_.size());
        row.emplace_back(text_.substr(at_, end - at_));
        at_ = end;
        return true;
    }
    bool take_group(std::vector<std::string>& row) {
        ++at_;
        do {
            skip_blanks();
            take_item(row);
            skip_blanks();
        } while (take(','));
        return take('}');
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

/// @return error text
std::string parse_list(Repetition& repetition, std::string_view arguments, std::string_view line) {
    std::string invalid = fmt::format("Invalid ~LST specification '{}'", line);
    std::vector<std::vector<std::string>> rows;
    if (!ListParser(arguments).parse(rows) || rows.size() < 2) return invalid;
    for (const auto& name : rows[0]) {
        if (!is_name(name)) return invalid;
    }
    repetition.variables = std::move(rows[0]);
    rows.erase(rows.begin());
    for (auto& row : rows) {
        if (row.size() > repetition.variables.size()) {
            return fmt::format("~LST specification has too many values '{}'", line);
        }
        row.resize(repetition.variables.size());
    }
    repetition.values = std::move(rows);
    return {};
}

}  // namespace

bool Repetition::next(std::vector<std::string>& round) {
    if (is_list) {
        if (rounds_done_ >= values.size()) return false;
        round = values[rounds_done_++];
        return true;
    }
    if (over_) return false;
    std::array<char, 24> digits{};
    const auto end_of_digits =
        std::to_chars(digits.data(), digits.data() + digits.size(), start, hexadecimal ? 16 : 10).ptr;
    round.resize(1);
    round[0].assign(digits.data(), end_of_digits);
    // Distances in unsigned arithmetic: an end near the limit of the type must not wrap.
    const auto distance = step > 0 ? static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(start)
                                   : static_cast<std::uint64_t>(start) - static_cast<std::uint64_t>(end);
    const auto stride = step > 0 ? static_cast<std::uint64_t>(step) : 0 - static_cast<std::uint64_t>(step);
    over_ = distance < stride;
    if (!over_)
        start =
            static_cast<std::int64_t>(static_cast<std::uint64_t>(start) + static_cast<std::uint64_t>(step));
    return true;
}

std::optional<Repetition> parse_repetition(std::string_view line,
                                           const SubstituteArguments& substitute_arguments) {
    const bool is_list = line.substr(0, 4) == "~LST";
    if (!is_list && line.substr(0, 4) != "~SEQ") return std::nullopt;
    Repetition repetition;
    repetition.is_list = is_list;
    std::size_t at = 4;
    if (!is_list && line.substr(at, 1) == "x") {
        repetition.hexadecimal = true;
        ++at;
    }
    while (at < line.size() && is_blank_or_tab(line[at])) ++at;
    const char* kind = is_list ? "LST" : "SEQ";
    if (at < line.size() && line[at] != '(' && name_length(line.substr(at)) > 0 &&
        !is_blank_or_tab(line[at - 1])) {
        return std::nullopt;  // ~SEQUENCE
    }
    if (at >= line.size() || line[at] != '(') {
        repetition.error = fmt::format("Invalid ~{} definition '{}'", kind, line);
        return repetition;
    }
    const std::size_t close = line.find(')', at);
    if (close == std::string_view::npos) {
        repetition.error = fmt::format("~{} missing terminating ')' '{}'", kind, line);
        return repetition;
    }
    repetition.head = line.substr(0, close + 1);
    repetition.length = close + 1;
    while (repetition.length < line.size() && is_blank_or_tab(line[repetition.length])) ++repetition.length;

    if (is_list) {
        repetition.error = parse_list(repetition, line.substr(at + 1, close - at - 1), line);
        return repetition;
    }
    const auto arguments = substitute_arguments(line.substr(at + 1, close - at - 1));
    if (!arguments) {
        repetition.error = fmt::format("~SEQ parameter is multiline definition '{}'", line);
        return repetition;
    }
    repetition.error = parse_sequence(repetition, *arguments, line);
    repetition.hint = "~SEQ(VAR, [START, [STEP,]] END) text";
    return repetition;
}

}  // namespace conf
