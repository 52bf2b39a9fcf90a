#include "conf/mapped_line.hpp"

namespace conf {

namespace {

std::uint32_t narrow(std::size_t value) { return static_cast<std::uint32_t>(value); }

}  // namespace

namespace {

const ColumnPiece* piece_at(const std::vector<ColumnPiece>& pieces, std::size_t at) {
    const ColumnPiece* piece = nullptr;
    for (const auto& candidate : pieces) {
        if (candidate.offset > at && piece != nullptr) break;
        piece = &candidate;
    }
    return piece;
}

std::uint32_t column_of(const ColumnPiece& piece, std::size_t at) {
    return piece.fixed ? piece.column : piece.column + narrow(at - piece.offset);
}

}  // namespace

Span columns_of(const std::vector<ColumnPiece>& pieces, std::size_t at, std::size_t length) {
    const ColumnPiece* first = piece_at(pieces, at);
    if (first == nullptr) return {};
    Span span{0, 0, column_of(*first, at), first->fixed ? first->length : narrow(length)};
    if (length == 0) return span;
    // As written, up to the end of what the last byte came from: x${A}y is 6 long whatever A is.
    const std::size_t last = at + length - 1;
    const ColumnPiece* end = piece_at(pieces, last);
    const std::uint32_t end_column = column_of(*end, last) + (end->fixed ? end->length : 1);
    if (end_column > span.column) span.length = end_column - span.column;
    return span;
}

void MappedLine::assign(std::string_view text, std::size_t column) {
    text_ = text;
    pieces_.resize(1);
    pieces_[0] = {0, narrow(column), 0, false};
}

void MappedLine::assign_fixed(std::string_view text, std::uint32_t column, std::uint32_t length) {
    text_ = text;
    pieces_.resize(1);
    pieces_[0] = {0, column, length, true};
}

void MappedLine::take(MappedLine& other) {
    text_.swap(other.text_);
    pieces_.swap(other.pieces_);
    other.assign({}, 1);
}

/// Makes a piece begin at `at`; its index.
std::size_t MappedLine::split_piece(std::size_t at) {
    std::size_t index = 0;
    while (index + 1 < pieces_.size() && pieces_[index + 1].offset <= at) ++index;
    const ColumnPiece piece = pieces_[index];
    if (piece.offset == at) return index;
    ColumnPiece second = piece;
    second.offset = narrow(at);
    if (!piece.fixed) second.column += narrow(at - piece.offset);
    pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(index) + 1, second);
    return index + 1;
}

void MappedLine::cut_front(std::size_t bytes) {
    if (bytes == 0) return;
    text_.erase(0, bytes);
    const std::size_t first = split_piece(bytes);
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first));
    for (auto& piece : pieces_) piece.offset -= narrow(bytes);
}

void MappedLine::cut_back(std::size_t new_size) {
    text_.resize(new_size);
    while (pieces_.size() > 1 && pieces_.back().offset >= new_size) pieces_.pop_back();
}

void MappedLine::remove_byte(std::size_t at) {
    const std::size_t after = split_piece(at + 1);
    text_.erase(at, 1);
    for (std::size_t index = after; index < pieces_.size(); ++index) --pieces_[index].offset;
    if (after > 0 && pieces_[after - 1].offset == pieces_[after].offset) {
        pieces_.erase(pieces_.begin() + static_cast<std::ptrdiff_t>(after) - 1);
    }
}

void MappedLine::replace(std::size_t at, std::size_t length, std::string_view text) {
    const Span origin = columns(at, length);
    const std::size_t first = split_piece(at);
    const std::size_t after = split_piece(at + length);
    const bool at_end = at + length >= text_.size();
    text_.replace(at, length, text);

    pieces_.erase(pieces_.begin() + static_cast<std::ptrdiff_t>(first) + 1,
                  pieces_.begin() + static_cast<std::ptrdiff_t>(after));
    pieces_[first] = {narrow(at), origin.column, origin.length, true};
    for (std::size_t index = first + 1; index < pieces_.size(); ++index) {
        pieces_[index].offset = narrow(pieces_[index].offset + text.size() - length);
    }
    if (at_end && pieces_.size() > first + 1) pieces_.resize(first + 1);
    // Nothing inserted: what follows begins where the reference stood.
    if (text.empty() && pieces_.size() > first + 1) {
        pieces_.erase(pieces_.begin() + static_cast<std::ptrdiff_t>(first));
    }
}

void MappedLine::split_off(std::size_t at, MappedLine& tail) {
    tail.text_ = text_;
    tail.pieces_ = pieces_;
    tail.cut_front(at);
    cut_back(at);
}

Span MappedLine::columns(std::size_t at, std::size_t length) const { return columns_of(pieces_, at, length); }

}  // namespace conf
