#include "conf/format.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "conf/comments.hpp"
#include "conf/definition.hpp"
#include "conf/include_check.hpp"
#include "conf/source.hpp"

namespace conf {

namespace {

constexpr std::size_t kIndent = 4;
constexpr std::size_t kDeepest = 40;  ///< levels that are shown; deeper ones stand below the deepest

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank_or_tab(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank_or_tab(text.back())) text.remove_suffix(1);
    return text;
}

/// Where the comment of a line begins (conf-language.md §3); its size when it has none.
std::size_t comment_begin(std::string_view line) {
    bool in_quotes = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (line[at] == '\\') {
            ++at;
        } else if (line[at] == '"') {
            in_quotes = !in_quotes;
        } else if (!in_quotes && (line[at] == '#' || line[at] == '!')) {
            return at;
        }
    }
    return line.size();
}

/// The first brace outside quotes; npos = none.
std::size_t brace_at(std::string_view text) {
    bool in_quotes = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '"') in_quotes = !in_quotes;
        if (!in_quotes && (text[at] == '{' || text[at] == '}')) return at;
    }
    return std::string_view::npos;
}

/// One blank between words, where no quote could mind.
std::string spaced(std::string_view statement) {
    if (statement.find_first_of("\"'\\") != std::string_view::npos) return std::string(statement);
    std::string text;
    for (const char byte : statement) {
        const bool is_surplus = is_blank_or_tab(byte) && !text.empty() && text.back() == ' ';
        if (!is_surplus) text += is_blank_or_tab(byte) ? ' ' : byte;
    }
    return text;
}

/// Must stay one line: what it says depends on its being one.
bool is_bound(std::string_view code) {
    const bool has_prefix = code[0] == '@' || code[0] == '~';
    const bool quotes_open = std::count(code.begin(), code.end(), '"') % 2 != 0;
    return has_prefix || quotes_open || code.find('$') != std::string_view::npos ||
           parse_include(code).has_value();
}

class Formatter {
  public:
    std::string run(std::string_view text) {
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = std::min(text.find('\n', begin), text.size());
            std::string_view line = text.substr(begin, end - begin);
            while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
            take(line);
            begin = end + 1;
        }
        return std::move(out_);
    }

  private:
    void take(std::string_view line) {
        const bool is_unreadable = line.size() > kMaxLineLength || line.find('\0') != std::string_view::npos;
        if (is_unreadable) return keep(line);
        const std::size_t split = comment_begin(line);
        const std::string_view code = trimmed(line.substr(0, split));
        const std::string_view comment = trimmed(line.substr(split));
        if (in_definition_) {
            in_definition_ = !code.empty() && ends_in_continuation(std::string(code));
            if (code.empty() && comment.empty()) return put_empty();
            return put(depth_ + 1, with_comment(std::string(code), comment), false);
        }
        if (code.empty()) return comment.empty() ? put_empty() : put(depth_, std::string(comment), false);
        if (is_bound(code)) return take_bound(code, comment);
        take_statements(code, comment);
    }

    /// A line that can only be moved as a whole.
    void take_bound(std::string_view code, std::string_view comment) {
        in_definition_ = is_definition(code) && ends_in_continuation(std::string(code));
        const std::size_t before = depth_;
        if (!is_definition(code)) count_braces(code);
        put(std::min(before, depth_), with_comment(std::string(code), comment), false);
    }

    static bool is_definition(std::string_view code) {
        if (code[0] == '@') code = trimmed(code.substr(std::min(code.find_first_of(" \t"), code.size())));
        return definition_head(code) > 0;
    }

    /// `${NAME}` and the arguments of a repetition are no blocks; whatever is left is counted.
    void count_braces(std::string_view code) {
        for (std::size_t at = brace_at(code); at != std::string_view::npos; at = brace_at(code)) {
            const bool is_reference = code[at] == '{' && at > 0 && code[at - 1] == '$';
            if (is_reference) {
                code.remove_prefix(std::min(code.find('}', at), code.size() - 1) + 1);
                continue;
            }
            depth_ += code[at] == '{' ? 1 : 0;
            depth_ -= code[at] == '}' && depth_ > 0 ? 1 : 0;
            code.remove_prefix(at + 1);
        }
    }

    void take_statements(std::string_view code, std::string_view comment) {
        while (!code.empty()) {
            const std::size_t brace = brace_at(code);
            if (brace == 0) {
                take_brace(code[0]);
                code = trimmed(code.substr(1));
                continue;
            }
            const std::string_view statement = trimmed(code.substr(0, brace));
            put(depth_, spaced(statement), true);
            code = brace == std::string_view::npos ? std::string_view{} : code.substr(brace);
        }
        if (!comment.empty()) add_comment(comment);
    }

    void take_brace(char brace) {
        if (brace == '}') {
            if (depth_ > 0) --depth_;
            return put(depth_, "}", false);
        }
        // Behind its keyword, which may be some empty lines above.
        const bool fits = out_.size() - line_begin_ + 2 <= kMaxLineLength;
        if (takes_brace_ && fits) {
            out_.resize(statement_end_);
            out_ += " {\n";
        } else {
            put(depth_, "{", false);
        }
        takes_brace_ = false;
        empty_pending_ = false;
        ++depth_;
    }

    static std::string with_comment(std::string code, std::string_view comment) {
        if (!code.empty() && !comment.empty()) code += "  ";
        return code.append(comment);
    }

    void add_comment(std::string_view comment) {
        const bool fits = out_.size() - line_begin_ + comment.size() + 2 <= kMaxLineLength;
        if (!fits) return put(depth_, std::string(comment), false);
        out_.pop_back();
        out_ += "  ";
        out_ += comment;
        out_ += '\n';
        takes_brace_ = false;
    }

    void put(std::size_t depth, const std::string& text, bool takes_brace) {
        if (empty_pending_ && text != "}") out_ += '\n';
        empty_pending_ = false;
        line_begin_ = out_.size();
        const std::size_t blanks = kIndent * std::min(depth, kDeepest);
        if (blanks + text.size() <= kMaxLineLength) out_.append(blanks, ' ');
        out_ += text;
        statement_end_ = out_.size();
        out_ += '\n';
        takes_brace_ = takes_brace;
    }

    void keep(std::string_view line) {
        put(0, std::string(line), false);
        in_definition_ = false;
    }

    void put_empty() {
        // In a definition an empty line ends it: it stays where it is. Nothing else needs one at the start.
        empty_pending_ = !out_.empty();
    }

    std::string out_;
    std::size_t depth_ = 0;
    std::size_t line_begin_ = 0, statement_end_ = 0;
    bool takes_brace_ = false;  ///< the last line is a statement that a `{` may follow
    bool in_definition_ = false;
    bool empty_pending_ = false;
};

}  // namespace

std::string format_configuration(std::string_view text) { return Formatter().run(text); }

}  // namespace conf
