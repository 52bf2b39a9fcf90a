#include "lib/process/notify_fifo.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/support/scratch.hpp"

using process::NotifyFifo;

namespace {

struct stat status_of(const std::string& path) {
    struct stat status {};
    REQUIRE(lstat(path.c_str(), &status) == 0);
    return status;
}

std::string read_some(int fd) {
    char text[4096];
    const ssize_t length = read(fd, text, sizeof text);
    return length < 0 ? "" : std::string(text, static_cast<std::size_t>(length));
}

}  // namespace

TEST_CASE("a FIFO is made with mode 0644 less the umask, for its user, and removed at the end") {
    Scratch scratch;
    const mode_t before = umask(0177);
    {
        const auto fifo = NotifyFifo::open({scratch / "fifo", getuid(), getgid()});
        umask(before);
        REQUIRE(fifo.has_value());
        const auto status = status_of(scratch / "fifo");
        CHECK(S_ISFIFO(status.st_mode));
        CHECK((status.st_mode & 0777) == 0600);
        CHECK(status.st_uid == getuid());
    }
    CHECK_FALSE(scratch.has("fifo"));
}

TEST_CASE("it belongs to the user that was named") {
    if (getuid() != 0) return;
    Scratch scratch;
    const auto fifo = NotifyFifo::open({scratch / "fifo", 65534, 65534});
    REQUIRE(fifo.has_value());
    CHECK(status_of(scratch / "fifo").st_uid == 65534);
    CHECK(status_of(scratch / "fifo").st_gid == 65534);
}

TEST_CASE("a FIFO that was there is used and stays") {
    Scratch scratch;
    REQUIRE(mkfifo((scratch / "fifo").c_str(), 0600) == 0);
    {
        const auto fifo = NotifyFifo::open({scratch / "fifo", getuid(), getgid()});
        REQUIRE(fifo.has_value());
    }
    CHECK(scratch.has("fifo"));
}

TEST_CASE("anything else at its place is refused and left alone") {
    Scratch scratch;
    scratch.write("file", "x");
    REQUIRE(mkfifo((scratch / "target").c_str(), 0600) == 0);
    REQUIRE(symlink((scratch / "target").c_str(), (scratch / "link").c_str()) == 0);
    for (const auto* name : {"file", "link"}) {
        const auto fifo = NotifyFifo::open({scratch / name, getuid(), getgid()});
        REQUIRE_FALSE(fifo.has_value());
        CHECK(fifo.error().message() ==
              "notify fifo " + (scratch / name) + " is not a fifo we own - not using");
        CHECK(scratch.has(name));
    }
}

TEST_CASE("somebody else's FIFO is refused") {
    if (getuid() != 0) return;
    Scratch scratch;
    REQUIRE(mkfifo((scratch / "fifo").c_str(), 0666) == 0);
    REQUIRE(chown((scratch / "fifo").c_str(), 12345, 12345) == 0);
    CHECK_FALSE(NotifyFifo::open({scratch / "fifo", 65534, 65534}).has_value());
    CHECK(NotifyFifo::open({scratch / "fifo", 12345, 12345}).has_value());
}

TEST_CASE("lines go in whole; a full FIFO loses them without blocking") {
    Scratch scratch;
    const auto fifo = NotifyFifo::open({scratch / "fifo", getuid(), getgid()});
    REQUIRE(fifo.has_value());
    const UniqueFd reader(open((scratch / "fifo").c_str(), O_RDONLY | O_NONBLOCK));
    CHECK(process::write_fifo_line(fifo->fd(), "INSTANCE \"V\" BACKUP 100\n"));
    CHECK(read_some(reader.get()) == "INSTANCE \"V\" BACKUP 100\n");
    int written = 0;
    while (written < 1'000'000 && process::write_fifo_line(fifo->fd(), std::string(1000, 'x'))) ++written;
    CHECK(written < 1'000'000);
    CHECK_FALSE(process::write_fifo_line(-1, "x"));
}
