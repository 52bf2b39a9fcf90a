#include "conf/repeated_text.hpp"

#include "conf/definition.hpp"
#include "conf/plain_line.hpp"

namespace conf {

namespace {

/// Long enough for any number.
constexpr std::size_t kLongestValue = 20;

/// Whether a line may begin like this whatever number follows: no directive, no repetition, no definition, no condition.
bool begins_plainly(std::string_view text) {
    return !text.empty() && std::string_view("~@$i").find(text[0]) == std::string_view::npos;
}

bool is_plain(std::string_view text) {
    unsigned kinds = 0;
    for (const char byte : text) kinds |= plain_line::kind_of(byte);
    return (kinds & ~unsigned{plain_line::kBlank}) == 0;
}

}  // namespace

std::optional<RepeatedText> RepeatedText::of(const MappedLine& line, std::string_view variable) {
    const std::string_view text = line.text();
    const bool as_written = line.pieces().size() == 1 && !line.pieces()[0].fixed;
    if (!as_written || !begins_plainly(text)) return std::nullopt;
    RepeatedText made;
    std::size_t longest = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t dollar = std::min(text.find('$', at), text.size());
        Part part;
        part.literal = text.substr(at, dollar - at);
        part.column = line.columns(at, 1).column;
        if (!is_plain(part.literal)) return std::nullopt;
        longest += part.literal.size();
        at = dollar;
        if (at < text.size()) {
            const std::size_t length = reference_length(text.substr(at), variable);
            if (length == 0) return std::nullopt;
            part.has_reference = true;
            part.reference_column = line.columns(at, length).column;
            part.reference_length = static_cast<std::uint32_t>(length);
            longest += kLongestValue;
            at += length;
        }
        made.parts_.push_back(std::move(part));
    }
    if (longest > kMaxSubstitutedLength) return std::nullopt;
    return made;
}

void RepeatedText::fill(std::string_view value, MappedLine& line) const {
    line.clear();
    for (const auto& part : parts_) {
        if (!part.literal.empty()) line.append(part.literal, {0, part.column, 0, false});
        if (part.has_reference) line.append(value, {0, part.reference_column, part.reference_length, true});
    }
}

}  // namespace conf
