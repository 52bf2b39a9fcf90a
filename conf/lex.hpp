// From expanded text to statements: what a keyword table reads (conf-language.md §4, §8.1). The text has one
// logical line a line, braces on lines of their own, comments and expansions done; positions lead back to
// what was written.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conf/diagnostic.hpp"
#include "conf/position.hpp"
#include "conf/script.hpp"
#include "conf/span.hpp"

namespace conf {

/// One word. `text` points into the expanded text and lives as long as that.
struct Token {
    std::string_view text;
    Span where;  ///< as written, through every expansion (a reference `$NAME` for what came out of it)
    bool quoted = false;  ///< stood in "…" (then it may be empty or contain blanks)
};

/// One logical line.
struct Statement {
    enum class Kind : std::uint8_t { statement, open_brace, close_brace, end };

    Kind kind = Kind::end;
    std::vector<Token> words;  ///< never empty but at the end; a brace is a word of its own
    std::string_view raw;      ///< the whole logical line: what script keywords split again (split_script)
    Span where;                ///< of words[0]

    bool is_end() const { return kind == Kind::end; }
    std::string_view keyword() const { return words.empty() ? std::string_view{} : words[0].text; }
    /// Word `position` (0 = the keyword) or nullptr when there are fewer.
    const Token* word(std::size_t position) const {
        return position < words.size() ? &words[position] : nullptr;
    }
};

/// Hands out one statement after another. Surplus and missing `}` have been reported by the expander: a `}`
/// at the top level is passed over in silence. Everything it returns is valid until the next call of next().
/// While it lives, it adds to each problem reported to `sink` which includes and expansions led to the
/// current statement.
class StatementReader {
  public:
    /// @param text       expanded text, must outlive the reader
    /// @param positions  where each line of it came from, must outlive the reader
    StatementReader(std::string_view text, const PositionTable& positions, DiagnosticSink& sink);
    ~StatementReader();
    StatementReader(const StatementReader&) = delete;
    StatementReader& operator=(const StatementReader&) = delete;

    /// Goes on to the next logical line. At the end of the text: kind `end`, again and again.
    const Statement& next();
    const Statement& current() const { return statement_; }

    /// What is being read: for a reader of one's own over the same text.
    std::string_view text() const { return text_; }
    const PositionTable& positions() const { return positions_.table(); }

    /// Braces open at the current statement; `{` counts itself, `}` does not. Never below 0.
    std::uint32_t depth() const { return depth_; }

    /// Whether the next logical line is "{" — does not move.
    bool is_block_next() const;
    /// Takes the "{" that must follow a block keyword. False (and nothing taken) when it is missing: the
    /// caller reports `Missing '{' …` or, for a value block, logs, and reads on as if it had been there.
    bool open_block();
    /// After a keyword whose block is to be passed over (foreign, unknown, duplicate): when "{" is next, goes
    /// on to the matching "}". Nothing inside makes a message. No block: does nothing.
    void skip_block();
    /// Inside a block: goes on to the "}" which closes it.
    void leave_block();

    /// Directory of the file which holds the current statement, absolute: relative paths are relative to it.
    std::string directory() const;

    /// The includes and expansions which led to the current statement, innermost first.
    std::vector<std::pair<Span, std::string>> chain() const;

  private:
    bool read_line();
    void split_words();
    void take_brace(Statement::Kind kind);
    void take_end();
    void skip_until(std::uint32_t depth);

    std::string_view text_;
    std::size_t at_ = 0;
    PositionReader positions_;
    DiagnosticSink& sink_;
    Statement statement_;
    std::uint32_t depth_ = 0;
    std::function<void(Diagnostic&)> previous_enrich_;
};

/// Script keywords, step 1: the raw logical line into words, quoted by "…" and '…' which may be glued; a
/// backslash keeps itself and protects the next byte. Word 0 is the keyword, 1 the script, 2 user, 3 group.
struct ScriptWords {
    std::vector<std::string> words;
    std::string error;  ///< "String '…': missing terminating \"" (Class::unmatched_quote); empty = fine
};
ScriptWords split_script(std::string_view raw);

/// Step 2: the script word into argv, backslash escapes decoded (\a \b \E \f \n \r \t \v \xHH \ooo \cX).
ScriptWords decode_argv(std::string_view script);

/// 'a' 'b c': each word in single quotes (state-files.md §2).
std::string quote_words(const std::vector<std::string>& words);

}  // namespace conf
