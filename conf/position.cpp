// Codec of the position stream: a head of line difference and flags, then only what changed.
#include "conf/position.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "conf/mapped_line.hpp"

namespace conf {

namespace {

// Flags in the low bits of a line's head.
constexpr std::uint64_t kNewFile = 1;
constexpr std::uint64_t kPieces = 2;  ///< several pieces; else one verbatim piece, column only
constexpr std::uint64_t kNewExpansions = 4;
// In the place of a number of pieces or expansions: those of the line before, but for the value of the innermost expansion.
// So a round of a repetition takes some five bytes.
constexpr std::uint64_t kAsBefore = 0;
constexpr unsigned kFlagBits = 3;

inline void put(std::string& stream, std::uint64_t value) {
    while (value >= 0x80) {
        stream.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    stream.push_back(static_cast<char>(value));
}

void put(std::string& stream, const std::string& value) {
    put(stream, value.size());
    stream += value;
}

std::uint64_t zigzag(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

std::int64_t unzigzag(std::uint64_t value) {
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

bool is_verbatim(const std::vector<ColumnPiece>& pieces) {
    return pieces.size() == 1 && !pieces[0].fixed && pieces[0].offset == 0;
}

/// Whether nothing differs but the value of the innermost expansion.
bool is_next_round(const std::vector<Expansion>& before, const std::vector<Expansion>& now) {
    if (now.empty() || before.size() != now.size() || before.back().site != now.back().site) return false;
    return std::equal(now.begin(), now.end() - 1, before.begin());
}

}  // namespace

Span LinePosition::span_of_pieces(std::size_t offset, std::size_t length) const {
    Span span = columns_of(pieces, offset, length);
    span.file = file;
    span.line = line;
    return span;
}

std::vector<std::pair<Span, std::string>> include_chain(const std::vector<SourceFile>& files,
                                                        std::uint32_t file) {
    constexpr std::size_t kShown = 8;  // of an include loop the last steps say it all
    std::vector<std::pair<Span, std::string>> trail;
    while (file < files.size() && files[file].included_from.line != 0 && trail.size() < kShown) {
        trail.emplace_back(files[file].included_from, "included from here");
        file = files[file].included_from.file;
    }
    return trail;
}

std::vector<std::pair<Span, std::string>> expansion_chain(const PositionTable& table,
                                                          const LinePosition& position) {
    // A line may be made of a thousand references, and each of them may be in error.
    constexpr std::size_t kShown = 8;
    const auto& expansions = position.expansions;
    const std::size_t omitted = expansions.size() > kShown ? expansions.size() - kShown : 0;
    std::vector<std::pair<Span, std::string>> trail;
    for (auto expansion = expansions.rbegin();
         expansion != expansions.rend() - static_cast<std::ptrdiff_t>(omitted); ++expansion) {
        const auto& site = table.sites[expansion->site];
        trail.emplace_back(site.where, expansion->value.empty()
                                           ? fmt::format("in the expansion of {}", site.what)
                                           : fmt::format("in {} with {}", site.what, expansion->value));
    }
    if (omitted > 0) trail.emplace_back(Span{}, fmt::format("in {} further expansions", omitted));
    auto includes = include_chain(table.files, position.file);
    trail.insert(trail.end(), std::make_move_iterator(includes.begin()),
                 std::make_move_iterator(includes.end()));
    return trail;
}

void PositionTable::put_head(std::uint32_t file, std::uint32_t line, std::uint64_t flags) {
    if (file != last_.file) flags |= kNewFile;
    const auto difference = static_cast<std::int64_t>(line) - static_cast<std::int64_t>(last_.line);
    put(stream, zigzag(difference) << kFlagBits | flags);
    if ((flags & kNewFile) != 0) put(stream, file);
    last_.file = file;
    last_.line = line;
}

void PositionTable::add_as_written(std::uint32_t file, std::uint32_t line, std::uint32_t column) {
    const bool expansions_end = !last_.expansions.empty();
    put_head(file, line, expansions_end ? kNewExpansions : 0);
    put(stream, column);
    last_had_pieces_ = false;
    if (!expansions_end) return;
    put(stream, 1);  // none
    last_.expansions.clear();
}

void PositionTable::put_pieces(const std::vector<ColumnPiece>& pieces) {
    if (last_had_pieces_ && pieces == last_.pieces) return put(stream, kAsBefore);
    last_.pieces = pieces;
    put(stream, pieces.size());
    for (const auto& piece : pieces) {
        put(stream, std::uint64_t{piece.offset} << 1 | (piece.fixed ? 1 : 0));
        put(stream, piece.column);
        if (piece.fixed) put(stream, piece.length);
    }
}

void PositionTable::put_expansions(const std::vector<Expansion>& expansions) {
    if (is_next_round(last_.expansions, expansions)) {
        auto& before = last_.expansions.back().value;
        const auto& value = expansions.back().value;
        const auto differ = std::mismatch(value.begin(), value.end(), before.begin(), before.end()).first;
        const auto common = static_cast<std::size_t>(differ - value.begin());
        put(stream, kAsBefore);
        put(stream, common);
        put(stream, value.size() - common);
        stream.append(value, common);
        before = value;
        return;
    }
    put(stream, expansions.size() + 1);
    for (const auto& expansion : expansions) {
        put(stream, expansion.site);
        put(stream, expansion.value);
    }
    last_.expansions = expansions;
}

void PositionTable::add(std::uint32_t file, std::uint32_t line, const std::vector<ColumnPiece>& pieces,
                        const std::vector<Expansion>& expansions) {
    std::uint64_t flags = 0;
    if (!is_verbatim(pieces)) flags |= kPieces;
    if (expansions != last_.expansions) flags |= kNewExpansions;
    put_head(file, line, flags);
    if ((flags & kPieces) != 0) {
        put_pieces(pieces);
    } else {
        put(stream, pieces[0].column);
    }
    last_had_pieces_ = (flags & kPieces) != 0;
    if ((flags & kNewExpansions) != 0) put_expansions(expansions);
}

bool PositionReader::read(std::uint64_t& value) const {
    value = 0;
    for (unsigned shift = 0; shift < 64 && at_ < stream_.size(); shift += 7) {
        const auto byte = static_cast<std::uint8_t>(stream_[at_++]);
        value |= std::uint64_t{byte & 0x7FU} << shift;
        if ((byte & 0x80) == 0) return true;
    }
    return false;
}

bool PositionReader::read(std::uint32_t& value) const {
    std::uint64_t wide = 0;
    if (!read(wide) || wide > UINT32_MAX) return false;
    value = static_cast<std::uint32_t>(wide);
    return true;
}

bool PositionReader::read(std::string& value) const {
    std::uint32_t size = 0;
    if (!read(size) || size > stream_.size() - at_) return false;
    value.assign(stream_.substr(at_, size));
    at_ += size;
    return true;
}

bool PositionReader::decode_pieces() const {
    std::uint32_t count = 0;
    if (!read(count) || count > stream_.size()) return false;
    if (count == kAsBefore) return !current_.pieces.empty();
    current_.pieces.resize(count);
    for (auto& piece : current_.pieces) {
        std::uint64_t head = 0;
        if (!read(head) || !read(piece.column)) return false;
        piece.offset = static_cast<std::uint32_t>(head >> 1);
        piece.fixed = (head & 1) != 0;
        piece.length = 0;
        if (piece.fixed && !read(piece.length)) return false;
    }
    return true;
}

/// The innermost expansion has another value, which begins as the one before.
bool PositionReader::decode_next_value() const {
    std::uint32_t common = 0, size = 0;
    if (!read(common) || !read(size) || current_.expansions.empty()) return false;
    auto& value = current_.expansions.back().value;
    if (common > value.size() || size > stream_.size() - at_) return false;
    value.resize(common);
    value.append(stream_.substr(at_, size));
    at_ += size;
    return true;
}

bool PositionReader::decode_expansions() const {
    std::uint32_t count = 0;
    if (!read(count) || count > stream_.size()) return false;
    if (count == kAsBefore) return decode_next_value();
    current_.expansions.resize(count - 1);
    for (auto& expansion : current_.expansions) {
        if (!read(expansion.site) || !read(expansion.value) || expansion.site >= table_.sites.size())
            return false;
    }
    return true;
}

bool PositionReader::decode() const {
    std::uint64_t head = 0;
    if (!read(head)) return false;
    const auto line = static_cast<std::int64_t>(current_.line) + unzigzag(head >> kFlagBits);
    if (line < 0 || line > UINT32_MAX) return false;
    current_.line = static_cast<std::uint32_t>(line);
    if ((head & kNewFile) != 0 && (!read(current_.file) || current_.file >= table_.files.size()))
        return false;
    if ((head & kPieces) != 0) {
        if (!decode_pieces()) return false;
    } else {
        current_.pieces.resize(1);
        current_.pieces[0] = {};
        if (!read(current_.pieces[0].column)) return false;
    }
    return (head & kNewExpansions) == 0 || decode_expansions();
}

void PositionReader::decode_next() const {
    const std::string_view stream = stream_;
    // Nearly every line: a few lines further down in the same file, as written, in one of the first columns.
    constexpr unsigned kFlags = (1U << kFlagBits) - 1;
    if (at_ + 2 <= stream.size() && current_.pieces.size() == 1) {
        const auto head = static_cast<std::uint8_t>(stream[at_]);
        const auto column = static_cast<std::uint8_t>(stream[at_ + 1]);
        const auto line = static_cast<std::int64_t>(current_.line) + unzigzag(head >> kFlagBits);
        if (head < 0x80 && column < 0x80 && (head & kFlags) == 0 && line >= 0 && line <= UINT32_MAX) {
            current_.line = static_cast<std::uint32_t>(line);
            current_.pieces[0] = {0, column, 0, false};
            at_ += 2;
            return;
        }
    }
    if (at_ < stream.size() && decode()) return;
    at_ = stream.size();
    current_ = {};
}

}  // namespace conf
