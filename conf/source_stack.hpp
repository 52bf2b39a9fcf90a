// Where the next line comes from: files, multi-line definitions and repetitions within each other. The one on top of the
// stack is read until it has no more (conf-language.md §13, step 1).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "conf/definition.hpp"
#include "conf/diagnostic.hpp"
#include "conf/expand.hpp"
#include "conf/file_match.hpp"
#include "conf/include_check.hpp"
#include "conf/mapped_line.hpp"
#include "conf/plain_line.hpp"
#include "conf/repeated_text.hpp"
#include "conf/repetition.hpp"

namespace conf {

/// A line and where it came from.
struct Line {
    MappedLine text;
    PlainLine plain;        ///< instead of `text`, when is_plain
    bool is_plain = false;  ///< `plain` points into the reader of the file: valid until the next line is read
    std::uint32_t file = 0, number = 0;
    bool is_ready = false;              ///< `text` is a statement: nothing is left to be expanded
    std::vector<Expansion> expansions;  ///< outermost first

    Span span(std::size_t at, std::size_t length) const {
        const Span columns = text.columns(at, length);
        return {file, number, columns.column, columns.length};
    }
    Span whole() const { return span(0, text.text().size()); }
    Span start() const { return {file, number, 0, 0}; }
    /// From here on it is worked on as any other line.
    void work_on() {
        if (!is_plain) return;
        is_plain = false;
        text.assign(plain.whole, plain.column);
    }
    /// Takes over where `origin` stands, not its text.
    void stand_where(const Line& origin) {
        file = origin.file;
        number = origin.number;
        expansions = origin.expansions;
    }
};

/// Said when a limit with a name was hit; always returns false.
using Stop = std::function<bool(std::string_view what, std::uint64_t limit)>;

class SourceStack {
  public:
    /// @param positions    takes the files as they are opened
    /// @param definitions  get the variables of repetitions
    SourceStack(PositionTable& positions, Definitions& definitions, DiagnosticSink& sink, Stop stop);
    ~SourceStack();

    /// The next line of the innermost source, comments and blanks stripped. False when all is read or a limit was hit.
    bool next(Line& line);

    /// The files of an include, to be read next, one after another. False when includes are too deep.
    void push_files(const FileMatches& matches, Span included_from, IncludeChecks checks,
                    std::string base_directory);
    /// The lines of a multi-line definition from the second on. @param origin  where its reference stands
    void push_definition(std::shared_ptr<const Definition> definition, Line origin);
    /// @param origin  the text to be repeated and its place
    void push_repetition(Repetition repetition, std::uint32_t site, Line origin);
    /// Whether one more repetition or definition may be pushed; says so when not.
    bool has_room();

    /// Of the innermost open file, absolute.
    const std::string& directory() const;
    /// Which includes are checked for what, from here on; comes back at the end of the file.
    IncludeChecks checks;
    /// No line is collected or steers the reading: those of a simple repetition may come ready.
    bool may_be_ready = true;
    std::size_t files_opened() const { return files_opened_; }

    /// A problem of a file: an error when it is checked or the main file, else only said.
    void complain(bool checked, Span where, std::string text);

  private:
    struct Source;
    struct Files;
    struct MultiLine;
    struct Repeated;

    bool pull(Files& source, Line& line);
    bool pull(MultiLine& source, Line& line);
    bool pull(Repeated& source, Line& line);
    bool fill(Repeated& source, Line& line);
    bool open_next(Files& source);
    bool is_within_itself(const std::string& path, Span included_from) const;
    void take_physical_line(std::string_view bytes, bool too_long, Line& line);

    PositionTable& positions_;
    Definitions& definitions_;
    DiagnosticSink& sink_;
    Stop stop_;
    std::vector<std::unique_ptr<Source>> sources_;
    std::size_t open_includes_ = 0;  ///< how many of the sources are files
    std::uint64_t lines_ = 0;
    std::size_t files_opened_ = 0, self_includes_ = 0;
    bool stopped_ = false;
};

}  // namespace conf
