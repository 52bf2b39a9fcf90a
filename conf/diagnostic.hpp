// Diagnostics: collected, never thrown; every problem of a file in one run (design.md, The configuration).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "conf/span.hpp"

namespace conf {

/// The reference's classes in its order of precedence: the highest one met decides the status of -t
/// (conf-language.md §8.4). `note` is ours and never changes a status.
enum class Class : std::uint8_t {
    ok = 0,
    file_not_found,
    bad_interface,
    fatal,
    multiple_files,
    unknown_keyword,
    unexpected_open_brace,
    missing_open_brace,
    unexpected_close_brace,
    missing_close_brace,
    unmatched_quote,
    missing_parameter,
    invalid_number,
    general_error,
    warning,
    deprecated,
    security,
    note,
};

struct Diagnostic {
    Class severity = Class::ok;
    Span where;            ///< line 0 = no position (found after reading)
    std::string text;      ///< the reference's words where people grep them
    std::string expected;  ///< "a number from 1 to 255"; may be empty
    std::string hint;      ///< "did you mean `priority`?"
    std::vector<std::pair<Span, std::string>>
        related;              ///< "first defined here", chain of includes or expansions
    std::string source_line;  ///< the line as written, for the caret
    bool ends_reader =
        false;  ///< the reference exits with 2 here (parameter missing, not checked by the handler)
    bool include_check = false;   ///< a checked include failed: -t and a start end with 6
    bool log_only = false;        ///< the reference only logs it: does not count for -t
    bool refuses_reload = false;  ///< the reference would end or ruin the daemon: a reload is refused
    std::string name;             ///< of a note, for the switch that silences it: "vip-outside-subnet"
    std::uint64_t alike = 0;      ///< further ones which say the same elsewhere, counted only
    Span last_alike;
};

struct Diagnostics {
    std::vector<Diagnostic> list;    ///< at most kMaxDiagnostics, of which kMaxAlike say the same
    std::vector<std::string> files;  ///< names by Span::file
    std::uint64_t omitted = 0;       ///< further ones, not like any in the list, counted only
    /// The network namespace cannot be entered: as the reference, nothing more is checked and the status is 0.
    bool namespace_unreachable = false;
    /// What the reference's -t ends with where it reads the text in another way (as_reference.hpp).
    std::optional<int> reference_status;

    /// Takes one in; its class counts even when the list is full.
    Diagnostic& add(Diagnostic diagnostic);
    Class worst() const;
    /// Exit status of -t: 0, 2, 4, 5 or 6 (conf-language.md §8.4 and spec/README.md).
    int exit_status() const;
    /// A reload is refused (spec/README.md, "What a reload refuses").
    bool refuses_reload() const;
    /// Those from `begin` to before `end` of another list, moved behind these.
    void take(Diagnostics& from, std::size_t begin, std::size_t end);
    /// What another list only counted.
    void take_omitted(const Diagnostics& from);
    /// Drops what was said of interfaces (they could not be looked at).
    void forget_interfaces();
    /// Drops what says the same of the same place: a text is read more than once, a quote found open twice.
    void remove_repetitions();

  private:
    /// How many of a text there are, and which of them counts the further ones.
    struct Kind {
        std::size_t listed = 0, last = 0;
    };
    std::unordered_map<std::string, Kind> kinds_;
    /// Stands for the omitted ones: the worst class and all flags met.
    Diagnostic overflow_;
    Diagnostic scratch_;
    void fold_scratch();
    template <typename Predicate>
    bool any(Predicate predicate) const;
};

constexpr std::size_t kMaxDiagnostics = 2'000;
/// A table or a log among the lines makes thousands of the same complaint; the others shall be seen, too.
constexpr std::size_t kMaxAlike = 500;
/// "... and 1,998 more like it, the last on line 7399"; empty when there are none.
std::string more_like_it(const Diagnostic& diagnostic);

/// Where problems are reported while reading.
class DiagnosticSink {
  public:
    explicit DiagnosticSink(Diagnostics& into) : into_(&into) {}
    /// What is reported from here on goes there. @return where it went before
    Diagnostics& redirect(Diagnostics& into) { return *std::exchange(into_, &into); }

    /// The reference stays valid until the next report: add `expected`, `hint`, `related`.
    Diagnostic& report(Class severity, Span where, std::string text);
    /// What the reference only logs: does not count for -t.
    Diagnostic& log(Class severity, Span where, std::string text);
    /// A parameter is missing and the handler does not check: the reference's reader ends with status 2, ours
    /// goes on.
    /// @param position  of the missing word, 1 = the keyword
    Diagnostic& missing_parameter(Span where, std::string_view statement_start, std::string_view keyword,
                                  std::size_t position);
    Diagnostic& add(Diagnostic diagnostic);
    /// What was reported elsewhere (redirect), its chains already made.
    void take(Diagnostics& from, std::size_t begin, std::size_t end) { into_->take(from, begin, end); }
    void take_omitted(const Diagnostics& from) { into_->take_omitted(from); }
    /// False when the next problem is counted only: what goes beyond its text need not be made.
    bool has_room() const { return into_->list.size() < kMaxDiagnostics; }

    /// Called for each problem before it is kept: adds the chain of includes and expansions.
    std::function<void(Diagnostic&)> enrich;

  private:
    Diagnostics* into_;
};

enum class Style : std::uint8_t {
    log_line,  ///< one line: "(FILE: Line N) text" as people grep it
    full,      ///< "file:line:col: error: text", source line, caret, hint
    colour,    ///< the same with ANSI colours
};
std::string render(const Diagnostic& diagnostic, const std::vector<std::string>& files, Style style);

}  // namespace conf
