#include "conf/comments.hpp"

namespace conf {

namespace {

/// @return whether every quote is closed
bool cut_comment(MappedLine& line) {
    bool in_quotes = false;
    std::size_t at = first_of<'"', '#', '!', '\\'>(line.text());
    for (; at < line.text().size(); ++at) {
        const char byte = line.text()[at];
        if (byte == '"') {
            in_quotes = !in_quotes;
        } else if (byte == '\\' && at + 1 < line.text().size()) {
            const char next = line.text()[at + 1];
            const bool decoded = !in_quotes && (next == '#' || next == '!');
            if (decoded) {
                line.remove_byte(at);
            } else {
                ++at;  // the pair stays; \" neither opens nor closes
            }
        } else if ((byte == '#' || byte == '!') && !in_quotes) {
            line.cut_back(at);
            break;
        }
    }
    return !in_quotes;
}

std::size_t trimmed_size(std::string_view text, std::size_t size) {
    while (size > 0 && is_blank_or_tab(text[size - 1])) --size;
    return size;
}

}  // namespace

bool is_blank_or_tab(char byte) { return byte == ' ' || byte == '\t'; }

bool ends_in_continuation(const std::string& text) {
    std::size_t backslashes = 0;
    while (backslashes < text.size() && text[text.size() - 1 - backslashes] == '\\') ++backslashes;
    return backslashes % 2 == 1;
}

bool strip_comments(MappedLine& line) {
    std::size_t first = 0;
    while (first < line.text().size() && is_blank_or_tab(line.text()[first])) ++first;
    line.cut_front(first);
    const bool quotes_closed = cut_comment(line);
    line.cut_back(trimmed_size(line.text(), line.text().size()));
    if (ends_in_continuation(line.text())) {
        const std::size_t before = line.text().size() - 1;
        for (std::size_t blanks = before - trimmed_size(line.text(), before); blanks > 0; --blanks) {
            line.remove_byte(line.text().size() - 2);
        }
    }
    return quotes_closed;
}

}  // namespace conf
