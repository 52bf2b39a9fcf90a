// Where each line of the expanded text came from: file, line, columns, and the expansions that made it. A
// stream of some two bytes a line, read in step with the text (a table of structs would be as large as the
// text itself).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conf/span.hpp"

namespace conf {

/// A file that was opened, once for each opening; Span::file is its index.
struct SourceFile {
    std::string name;    ///< as written in the include or given by -f
    std::string path;    ///< absolute
    Span included_from;  ///< line 0 = given by -f
    friend bool operator==(const SourceFile&, const SourceFile&) = default;
};

/// A place which text can be expanded from: a definition, ~SEQ, ~LST.
struct ExpansionSite {
    std::string what;  ///< "$NAME", "~SEQ(V, 1, 3)"
    Span where;        ///< where it is written
    friend bool operator==(const ExpansionSite&, const ExpansionSite&) = default;
};

/// From `offset` of the logical line on, bytes stand at `column` of the source line: one for one, or
/// (`fixed`) all of them came out of the reference of `length` bytes at that column.
struct ColumnPiece {
    std::uint32_t offset = 0;
    std::uint32_t column = 0;
    std::uint32_t length = 0;
    bool fixed = false;
    friend bool operator==(const ColumnPiece&, const ColumnPiece&) = default;
};

/// One expansion which led to a line: the site, and for repetitions the value ("V = 3").
struct Expansion {
    std::uint32_t site = 0;
    std::string value;
    friend bool operator==(const Expansion&, const Expansion&) = default;
};

struct LinePosition {
    std::uint32_t file = 0, line = 0;
    std::vector<ColumnPiece> pieces;    ///< at least one; the first at offset 0
    std::vector<Expansion> expansions;  ///< outermost first

    /// The source of `length` bytes at `offset` of the logical line.
    Span span(std::size_t offset, std::size_t length) const {
        if (pieces.size() != 1 || pieces[0].fixed || length == 0) return span_of_pieces(offset, length);
        const auto column = pieces[0].column + static_cast<std::uint32_t>(offset - pieces[0].offset);
        return {file, line, column, static_cast<std::uint32_t>(length)};
    }

  private:
    Span span_of_pieces(std::size_t offset, std::size_t length) const;
};

/// The includes that led to a file, innermost first: "included from here".
std::vector<std::pair<Span, std::string>> include_chain(const std::vector<SourceFile>& files,
                                                        std::uint32_t file);

struct PositionTable;

/// The expansions and includes that led to a line, innermost first.
std::vector<std::pair<Span, std::string>> expansion_chain(const PositionTable& table,
                                                          const LinePosition& position);

struct PositionTable {
    std::vector<SourceFile> files;
    std::vector<ExpansionSite> sites;
    std::string stream;
    std::string_view borrowed;  ///< the stream instead, where it lies in a mapped generation

    std::string_view bytes() const { return borrowed.data() != nullptr ? borrowed : stream; }

    /// Appends the position of the next line of the text.
    void add(std::uint32_t file, std::uint32_t line, const std::vector<ColumnPiece>& pieces,
             const std::vector<Expansion>& expansions);
    /// The same for a line which stands as it is written, the first byte at `column`.
    void add_as_written(std::uint32_t file, std::uint32_t line, std::uint32_t column);
    friend bool operator==(const PositionTable& a, const PositionTable& b) {
        return a.bytes() == b.bytes() && a.files == b.files && a.sites == b.sites;
    }

  private:
    void put_head(std::uint32_t file, std::uint32_t line, std::uint64_t flags);
    void put_pieces(const std::vector<ColumnPiece>& pieces);
    void put_expansions(const std::vector<Expansion>& expansions);

    LinePosition last_;
    bool last_had_pieces_ = false;
};

/// Reads the stream in step with the text.
class PositionReader {
  public:
    explicit PositionReader(const PositionTable& table) : table_(table), stream_(table.bytes()) {}
    /// To the position of the next line; a damaged or ended stream leaves an unknown position (line 0).
    void next() { ++behind_; }
    /// Decoded when it is asked for: a line passed over costs a count, or nothing when no other follows.
    const LinePosition& current() const {
        for (; behind_ > 0; --behind_) decode_next();
        return current_;
    }
    const PositionTable& table() const { return table_; }

  private:
    bool read(std::uint64_t& value) const;
    bool read(std::uint32_t& value) const;
    bool read(std::string& value) const;
    void decode_next() const;
    bool decode() const;
    bool decode_pieces() const;
    bool decode_expansions() const;
    bool decode_next_value() const;

    const PositionTable& table_;
    std::string_view stream_;
    mutable std::size_t at_ = 0, behind_ = 0;
    mutable LinePosition current_;
};

}  // namespace conf
