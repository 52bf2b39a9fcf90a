// The state board: rows of plain structs in a sealed memfd, one writer, any number of readers (decisions.md §4,
// performance-notes §6). Two copies a row and one version counter, so that a killed writer never leaves an unreadable row.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include "lib/process/unique_fd.hpp"
#include "lib/result.hpp"

namespace board {

/// One table of a board. `kind` is the row struct's own constant `T::kKind`; `row_size` is sizeof(T).
struct TableSpec {
    std::uint32_t kind = 0;
    std::uint32_t row_size = 0;
    std::uint32_t rows = 0;
};

template <typename T>
TableSpec table_spec(std::size_t rows) {
    static_assert(std::is_trivially_copyable_v<T>, "a row is copied as bytes between processes");
    return {T::kKind, sizeof(T), static_cast<std::uint32_t>(rows)};
}

/// Makes a board with zeroed rows: memfd, mode 0600, seals SHRINK|GROW|SEAL. The caller keeps the read-write descriptor.
Result<UniqueFd> create(const char* name, std::span<const TableSpec> tables);
/// A second descriptor of the same board, opened O_RDONLY, for observers.
Result<UniqueFd> read_only(int board_fd);

enum class Access { read, write };

/// Typed view of one table. Every index is checked; a reader never trusts what it reads to be in range.
template <typename T>
class Table {
  public:
    Table() = default;
    Table(std::byte* base, std::uint32_t rows, std::size_t stride) : base_(base), rows_(rows), stride_(stride) {}

    std::uint32_t rows() const { return rows_; }
    explicit operator bool() const { return base_ != nullptr; }

    /// Writer: makes `row` the published version. An index out of range is ignored and false.
    bool publish(std::uint32_t index, const T& row);
    /// Reader: false when never written, out of range, or (after 8 retries) not consistent.
    bool read(std::uint32_t index, T& row) const;
    /// 0 = never written.
    std::uint64_t version(std::uint32_t index) const;

  private:
    std::byte* base_ = nullptr;
    std::uint32_t rows_ = 0;
    std::size_t stride_ = 0;
};

/// A mapped board.
class Board {
  public:
    Board() = default;
    Board(Board&&) noexcept;
    Board& operator=(Board&&) noexcept;
    ~Board();

    /// Maps and checks the header; the descriptor may be closed afterwards.
    static Result<Board> map(int fd, Access access);

    /// The table of T::kKind; empty when the board has none or its row size differs (another build).
    template <typename T>
    Table<T> table() const {
        const Found found = find(T::kKind, sizeof(T));
        return found.base == nullptr ? Table<T>{} : Table<T>{found.base, found.rows, found.stride};
    }
    explicit operator bool() const { return base_ != nullptr; }

  private:
    struct Found {
        std::byte* base = nullptr;
        std::uint32_t rows = 0;
        std::size_t stride = 0;
    };
    Found find(std::uint32_t kind, std::size_t row_size) const;

    std::byte* base_ = nullptr;
    std::size_t size_ = 0;
};

// A row in memory: version counter on its own cache line, then two copies, each a whole number of cache lines of 64-bit words.
namespace detail {
inline constexpr std::size_t kLine = 64;
constexpr std::size_t copy_size(std::size_t row_size) { return (row_size + kLine - 1) / kLine * kLine; }
constexpr std::size_t row_stride(std::size_t row_size) { return kLine + 2 * copy_size(row_size); }
using Word = std::atomic<std::uint64_t>;
static_assert(Word::is_always_lock_free && sizeof(Word) == 8);
inline Word* words(std::byte* at) { return reinterpret_cast<Word*>(at); }
}  // namespace detail

template <typename T>
bool Table<T>::publish(std::uint32_t index, const T& row) {
    if (index >= rows_) return false;
    constexpr std::size_t kWords = detail::copy_size(sizeof(T)) / 8;
    std::uint64_t image[kWords]{};
    std::memcpy(image, &row, sizeof(T));
    std::byte* at = base_ + index * stride_;
    detail::Word& version = *detail::words(at);
    const std::uint64_t next = version.load(std::memory_order_relaxed) + 1;
    detail::Word* copy = detail::words(at + detail::kLine + (next & 1) * detail::copy_size(sizeof(T)));
    for (std::size_t i = 0; i < kWords; ++i) copy[i].store(image[i], std::memory_order_release);
    version.store(next, std::memory_order_release);
    return true;
}

template <typename T>
bool Table<T>::read(std::uint32_t index, T& row) const {
    if (index >= rows_) return false;
    constexpr std::size_t kWords = detail::copy_size(sizeof(T)) / 8;
    constexpr int kRetries = 8;
    std::byte* at = base_ + index * stride_;
    detail::Word& version = *detail::words(at);
    for (int attempt = 0; attempt < kRetries; ++attempt) {
        const std::uint64_t seen = version.load(std::memory_order_acquire);
        if (seen == 0) return false;
        detail::Word* copy = detail::words(at + detail::kLine + (seen & 1) * detail::copy_size(sizeof(T)));
        std::uint64_t image[kWords];
        for (std::size_t i = 0; i < kWords; ++i) image[i] = copy[i].load(std::memory_order_acquire);
        if (version.load(std::memory_order_relaxed) != seen) continue;
        std::memcpy(static_cast<void*>(&row), image, sizeof(T));
        return true;
    }
    return false;
}

template <typename T>
std::uint64_t Table<T>::version(std::uint32_t index) const {
    return index < rows_ ? detail::words(base_ + index * stride_)->load(std::memory_order_acquire) : 0;
}

}  // namespace board
