// Making and mapping boards. Layout: one header page, then the tables, each starting on a page of its own, so
// that rows of different tables never share a cache line.
#include "lib/board/board.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <array>
#include <limits>
#include <string>
#include <utility>

namespace board {
namespace {

constexpr std::uint64_t kMagic = 0x31306472616f424bULL;  // "KBoard01"
constexpr std::size_t kPage = 4096;
constexpr std::size_t kMaxTables = 64;
constexpr std::size_t kMaxBoard = std::size_t{1} << 30;

struct TableEntry {
    std::uint32_t kind = 0;
    std::uint32_t row_size = 0;
    std::uint32_t rows = 0;
    std::uint32_t unused = 0;
    std::uint64_t offset = 0;
};

struct Header {
    std::uint64_t magic = kMagic;
    std::uint64_t size = 0;
    std::uint32_t tables = 0;
    std::uint32_t unused = 0;
    std::array<TableEntry, kMaxTables> entries{};
};
static_assert(sizeof(Header) <= kPage);

constexpr std::size_t whole_pages(std::size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

Result<> write_header(int fd, const Header& header) {
    if (::pwrite(fd, &header, sizeof header, 0) != static_cast<ssize_t>(sizeof header))
        return errno_error("write board header");
    return {};
}

}  // namespace

Result<UniqueFd> create(const char* name, std::span<const TableSpec> tables) {
    if (tables.size() > kMaxTables) return Error{0, "create board", name, "too many tables"};
    Header header;
    std::size_t offset = kPage;
    for (const TableSpec& table : tables) {
        header.entries[header.tables++] = {table.kind, table.row_size, table.rows, 0, offset};
        offset += whole_pages(detail::row_stride(table.row_size) * table.rows);
        if (offset > kMaxBoard) return Error{0, "create board", name, "too large"};
    }
    header.size = offset;

    UniqueFd fd{::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (!fd) return errno_error("create board", name);
    // A memfd is born 0777: who holds a read-only descriptor could reopen it for writing through /proc.
    if (::fchmod(fd.get(), 0600) != 0) return errno_error("chmod board", name);
    if (::ftruncate(fd.get(), static_cast<off_t>(offset)) != 0) return errno_error("size board", name);
    if (auto written = write_header(fd.get(), header); !written) return written.error();
    // Not F_SEAL_FUTURE_WRITE: it would lock out the respawned writer (performance-notes §6).
    if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return errno_error("seal board", name);
    return fd;
}

Result<UniqueFd> read_only(int board_fd) {
    const std::string path = "/proc/self/fd/" + std::to_string(board_fd);
    UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) return errno_error("open board read-only", path);
    return fd;
}

Board::Board(Board&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Board& Board::operator=(Board&& other) noexcept {
    if (this == &other) return *this;
    if (base_ != nullptr) ::munmap(base_, size_);
    base_ = std::exchange(other.base_, nullptr);
    size_ = std::exchange(other.size_, 0);
    return *this;
}

Board::~Board() {
    if (base_ != nullptr) ::munmap(base_, size_);
}

Result<Board> Board::map(int fd, Access access) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) return errno_error("stat board");
    const auto size = static_cast<std::size_t>(info.st_size);
    if (size < kPage || size > kMaxBoard) return Error{EINVAL, "map board", {}, "impossible size"};
    // Without the seal its size could change under the mapping, and a read would end in SIGBUS.
    const int seals = ::fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) return Error{EINVAL, "map board", {}, "not sealed"};

    const int protection = access == Access::write ? PROT_READ | PROT_WRITE : PROT_READ;
    void* at = ::mmap(nullptr, size, protection, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) return errno_error("map board");
    Board board;
    board.base_ = static_cast<std::byte*>(at);
    board.size_ = size;

    const auto* header = reinterpret_cast<const Header*>(board.base_);
    if (header->magic != kMagic || header->size != size || header->tables > kMaxTables)
        return Error{EINVAL, "map board", {}, "not a board"};
    return board;
}

Board::Found Board::find(std::uint32_t kind, std::size_t row_size) const {
    if (base_ == nullptr) return {};
    const auto* header = reinterpret_cast<const Header*>(base_);
    const std::uint32_t tables = header->tables;
    for (std::size_t i = 0; i < tables && i < kMaxTables; ++i) {
        const TableEntry entry = header->entries[i];  // a copy: the writer may be compromised
        if (entry.kind != kind) continue;
        const std::size_t stride = detail::row_stride(row_size);
        const bool fits = entry.row_size == row_size && entry.offset >= kPage && entry.offset <= size_ &&
                          entry.offset % kPage == 0 && entry.rows <= (size_ - entry.offset) / stride;
        return fits ? Found{base_ + entry.offset, entry.rows, stride} : Found{};
    }
    return {};
}

}  // namespace board
