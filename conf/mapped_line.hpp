// A line being worked on, with the columns its bytes come from kept in step with every edit.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "conf/position.hpp"

namespace conf {

class MappedLine {
  public:
    MappedLine() { assign({}, 1); }

    const std::string& text() const { return text_; }
    const std::vector<ColumnPiece>& pieces() const { return pieces_; }
    bool empty() const { return text_.empty(); }

    /// Bytes as written, the first one at `column`.
    void assign(std::string_view text, std::size_t column);
    /// Bytes which all came out of the reference of `length` bytes at `column`.
    void assign_fixed(std::string_view text, std::uint32_t column, std::uint32_t length);
    /// Takes text and columns over; the other one is left empty.
    void take(MappedLine& other);

    /// Built up piece by piece; the offset of a piece is set here. Never leave it without one.
    void clear() {
        text_.clear();
        pieces_.clear();
    }
    void append(std::string_view text, ColumnPiece piece) {
        piece.offset = static_cast<std::uint32_t>(text_.size());
        text_ += text;
        pieces_.push_back(piece);
    }

    void cut_front(std::size_t bytes);
    void cut_back(std::size_t new_size);
    /// Removes one byte (the backslash of `\#`).
    void remove_byte(std::size_t at);
    /// Puts `text` in the place of `length` bytes; they keep the column of what they replace.
    void replace(std::size_t at, std::size_t length, std::string_view text);
    /// Moves everything from `at` on into `tail`.
    void split_off(std::size_t at, MappedLine& tail);

    /// Column and length as written of `length` bytes at `at` (file and line are not known here).
    Span columns(std::size_t at, std::size_t length) const;

  private:
    std::size_t split_piece(std::size_t at);

    std::string text_;
    std::vector<ColumnPiece> pieces_;  ///< the first at offset 0, offsets ascending
};

/// Columns of bytes by the pieces of a line.
Span columns_of(const std::vector<ColumnPiece>& pieces, std::size_t at, std::size_t length);

}  // namespace conf
