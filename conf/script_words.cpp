// Words of script keywords: conf-language.md §4, "Words of script keywords".
#include <fmt/format.h>

#include <optional>

#include "conf/lex.hpp"

namespace conf {

namespace {

bool is_blank(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

std::optional<unsigned> hex_digit(char byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
    return std::nullopt;
}

bool is_octal(char byte) { return byte >= '0' && byte <= '7'; }

/// Walks over the text; the two steps differ only in what a backslash does.
class Splitter {
  public:
    Splitter(std::string_view text, bool decode) : text_(text), decode_(decode) {}

    ScriptWords split() {
        ScriptWords result;
        while (skip_blanks() && result.error.empty()) {
            std::string word;
            result.error = take_word(word);
            if (result.error.empty()) result.words.push_back(std::move(word));
        }
        return result;
    }

  private:
    bool skip_blanks() {
        while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
        return at_ < text_.size();
    }

    std::string take_word(std::string& word) {
        char quote = 0;
        for (; at_ < text_.size(); ++at_) {
            const char byte = text_[at_];
            if (byte == '\\') {
                if (auto error = take_backslash(word); !error.empty()) return error;
            } else if (byte == quote) {
                quote = 0;
            } else if (quote == 0 && (byte == '"' || byte == '\'')) {
                quote = byte;
            } else if (quote == 0 && is_blank(byte)) {
                break;
            } else {
                word += byte;
            }
        }
        return quote == 0 ? "" : fmt::format("String '{}': missing terminating {}", text_, quote);
    }

    /// Stands on the backslash; leaves on the last byte taken.
    std::string take_backslash(std::string& word) {
        if (at_ + 1 >= text_.size()) {
            if (decode_) return fmt::format("String '{}': \\ at end of string", text_);
            word += '\\';
            return {};
        }
        const char next = text_[++at_];
        if (decode_) {
            decode_escape(word, next);
        } else {
            word += '\\';
            word += next;
        }
        return {};
    }

    void decode_escape(std::string& word, char letter) {
        switch (letter) {
            case 'a':
                word += '\a';
                return;
            case 'b':
                word += '\b';
                return;
            case 'E':
                word += '\x1b';
                return;
            case 'f':
                word += '\f';
                return;
            case 'n':
                word += '\n';
                return;
            case 'r':
                word += '\r';
                return;
            case 't':
                word += '\t';
                return;
            case 'v':
                word += '\v';
                return;
            case 'x':
                return decode_hex(word);
            case 'c':
                if (at_ + 1 < text_.size()) word += static_cast<char>(text_[++at_] & 0x1f);
                return;
            default:
                if (is_octal(letter)) return decode_octal(word);
                word += letter;
        }
    }

    void decode_hex(std::string& word) {
        unsigned value = 0, digits = 0;
        while (digits < 2 && at_ + 1 < text_.size()) {
            const auto digit = hex_digit(text_[at_ + 1]);
            if (!digit) break;
            value = value * 16 + *digit;
            ++at_, ++digits;
        }
        word += digits == 0 ? 'x' : static_cast<char>(value);
    }

    void decode_octal(std::string& word) {
        unsigned value = static_cast<unsigned>(text_[at_] - '0');
        for (int digits = 1; digits < 3 && at_ + 1 < text_.size() && is_octal(text_[at_ + 1]); ++digits) {
            value = value * 8 + static_cast<unsigned>(text_[++at_] - '0');
        }
        word += static_cast<char>(value);
    }

    std::string_view text_;
    bool decode_;
    std::size_t at_ = 0;
};

}  // namespace

ScriptWords split_script(std::string_view raw) { return Splitter(raw, false).split(); }

ScriptWords decode_argv(std::string_view script) { return Splitter(script, true).split(); }

std::string quote_words(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += fmt::format("{}'{}'", text.empty() ? "" : " ", word);
    return text;
}

std::string quoted(const Script& script) { return quote_words(script.argv); }

}  // namespace conf
