#include "lib/board/board.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <catch2/catch.hpp>
#include <thread>

namespace {

struct Row {
    static constexpr std::uint32_t kKind = 0x1001;
    std::array<std::uint64_t, 60> words{};
    static Row of(std::uint64_t value) {
        Row row;
        row.words.fill(value);
        return row;
    }
    bool is_whole() const {
        for (const std::uint64_t word : words)
            if (word != words[0]) return false;
        return true;
    }
};

struct Other {
    static constexpr std::uint32_t kKind = 0x1002;
    char name[5]{};
};

struct SameKindOtherSize {
    static constexpr std::uint32_t kKind = 0x1001;
    std::uint64_t word = 0;
};

UniqueFd make_board(std::size_t rows = 3) {
    const board::TableSpec tables[] = {board::table_spec<Row>(rows), board::table_spec<Other>(2)};
    return board::create("test board", tables).value();
}

}  // namespace

TEST_CASE("what a writer publishes, a reader of the same board reads") {
    const UniqueFd fd = make_board();
    const board::Board writer = board::Board::map(fd.get(), board::Access::write).value();
    const UniqueFd reader_fd = board::read_only(fd.get()).value();
    const board::Board reader = board::Board::map(reader_fd.get(), board::Access::read).value();

    Row row;
    CHECK_FALSE(reader.table<Row>().read(1, row));
    CHECK(reader.table<Row>().version(1) == 0);
    CHECK(writer.table<Row>().publish(1, Row::of(7)));
    CHECK(writer.table<Row>().publish(1, Row::of(8)));
    REQUIRE(reader.table<Row>().read(1, row));
    CHECK(row.words[59] == 8);
    CHECK(reader.table<Row>().version(1) == 2);
    CHECK_FALSE(reader.table<Row>().read(0, row));
}

TEST_CASE("an index out of range is refused by both sides") {
    const UniqueFd fd = make_board();
    const board::Board board = board::Board::map(fd.get(), board::Access::write).value();
    Row row;
    CHECK_FALSE(board.table<Row>().publish(3, row));
    CHECK_FALSE(board.table<Row>().read(3, row));
}

TEST_CASE("a table of another size of row is not there") {
    const UniqueFd fd = make_board();
    const board::Board board = board::Board::map(fd.get(), board::Access::read).value();
    CHECK(board.table<Row>());
    CHECK(board.table<Other>().rows() == 2);
    CHECK_FALSE(board.table<SameKindOtherSize>());
}

TEST_CASE("a board has mode 0600, cannot be resized, and its reader's descriptor cannot be written") {
    const UniqueFd fd = make_board();
    struct stat info {};
    REQUIRE(::fstat(fd.get(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0600);
    CHECK(::ftruncate(fd.get(), 0) != 0);
    CHECK(::ftruncate(fd.get(), info.st_size * 2) != 0);
    const UniqueFd reader = board::read_only(fd.get()).value();
    CHECK_FALSE(board::Board::map(reader.get(), board::Access::write).has_value());
    CHECK(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, reader.get(), 0) == MAP_FAILED);
}

TEST_CASE("something that is not a sealed board is not mapped") {
    const UniqueFd plain{::memfd_create("plain", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    REQUIRE(::ftruncate(plain.get(), 8192) == 0);
    CHECK_FALSE(board::Board::map(plain.get(), board::Access::read).has_value());
    REQUIRE(::fcntl(plain.get(), F_ADD_SEALS, F_SEAL_SHRINK) == 0);
    CHECK_FALSE(board::Board::map(plain.get(), board::Access::read).has_value());
}

TEST_CASE("a writer killed at any moment leaves a row that reads whole, and a successor goes on from it") {
    const UniqueFd fd = make_board();
    const board::Board board = board::Board::map(fd.get(), board::Access::write).value();
    std::uint64_t last_version = 0;
    for (int kill = 0; kill < 100; ++kill) {
        const std::uint64_t before = board.table<Row>().version(0);
        const pid_t writer = ::fork();
        if (writer == 0) {
            auto table = board.table<Row>();
            for (std::uint64_t value = 1;; ++value) table.publish(0, Row::of(value));
        }
        while (board.table<Row>().version(0) < before + 100) std::this_thread::yield();
        ::kill(writer, SIGKILL);
        ::waitpid(writer, nullptr, 0);

        Row row;
        REQUIRE(board.table<Row>().read(0, row));
        REQUIRE(row.is_whole());
        REQUIRE(board.table<Row>().version(0) > last_version);
        last_version = board.table<Row>().version(0);
        auto successor = board.table<Row>();
        REQUIRE(successor.publish(0, Row::of(42)));
        REQUIRE(board.table<Row>().read(0, row));
        REQUIRE((row.is_whole() && row.words[0] == 42));
    }
}

TEST_CASE("a reader beside a busy writer never sees two versions mixed") {
    const UniqueFd fd = make_board();
    const board::Board board = board::Board::map(fd.get(), board::Access::write).value();
    const pid_t writer = ::fork();
    if (writer == 0) {
        auto table = board.table<Row>();
        for (std::uint64_t value = 1;; ++value) table.publish(0, Row::of(value));
    }
    while (board.table<Row>().version(0) == 0) std::this_thread::yield();
    std::uint64_t mixed = 0;
    for (int i = 0; i < 20000; ++i) {
        Row row;
        if (board.table<Row>().read(0, row) && !row.is_whole()) ++mixed;
    }
    ::kill(writer, SIGKILL);
    ::waitpid(writer, nullptr, 0);
    CHECK(mixed == 0);
}
