#include "lib/process/pid_file.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/process/temporary_directory.hpp"

namespace {

std::string content(const std::string& path) {
    std::ifstream file{path};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

mode_t mode(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

}  // namespace

TEST_CASE("a pid file holds the number and a newline, mode 0644 whatever the umask") {
    const TemporaryDirectory directory;
    const mode_t before = ::umask(0177);
    auto file = PidFile::acquire(directory / "k.pid");
    ::umask(before);
    REQUIRE(file.has_value());
    REQUIRE(file->write(4711).has_value());
    CHECK(content(directory / "k.pid") == "4711\n");
    CHECK(mode(directory / "k.pid") == 0644);
    REQUIRE(file->write(12).has_value());
    CHECK(content(directory / "k.pid") == "12\n");
}

TEST_CASE("a pid file which another holds cannot be had, and is not touched") {
    const TemporaryDirectory directory;
    auto first = PidFile::acquire(directory / "k.pid");
    REQUIRE(first->write(1).has_value());
    const auto second = PidFile::acquire(directory / "k.pid");
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().code == EAGAIN);
    CHECK(content(directory / "k.pid") == "1\n");
}

TEST_CASE("a stale pid file is taken over, its mode kept") {
    const TemporaryDirectory directory;
    std::ofstream{directory / "k.pid"} << "99999 and more\n";
    std::filesystem::permissions(directory / "k.pid", std::filesystem::perms{0640});
    auto file = PidFile::acquire(directory / "k.pid");
    REQUIRE(file.has_value());
    REQUIRE(file->write(5).has_value());
    CHECK(content(directory / "k.pid") == "5\n");
    CHECK(mode(directory / "k.pid") == 0640);
}

TEST_CASE("a symbolic link, a directory and a FIFO are no pid files, and a link's target is not touched") {
    const TemporaryDirectory directory;
    std::ofstream{directory / "victim"} << "precious";
    std::filesystem::create_symlink(directory / "victim", directory / "link");
    std::filesystem::create_directory(directory / "dir");
    ::mkfifo((directory / "fifo").c_str(), 0600);
    for (const char* name : {"link", "dir", "fifo", "missing/k.pid"})
        CHECK_FALSE(PidFile::acquire(directory / name).has_value());
    CHECK(content(directory / "victim") == "precious");
}

TEST_CASE("a pid file deleted meanwhile is made again with the next pid") {
    const TemporaryDirectory directory;
    auto file = PidFile::acquire(directory / "k.pid");
    REQUIRE(file->write(1).has_value());
    std::filesystem::remove(directory / "k.pid");
    REQUIRE(file->write(2).has_value());
    CHECK(content(directory / "k.pid") == "2\n");
    CHECK_FALSE(PidFile::acquire(directory / "k.pid").has_value());
}

TEST_CASE("removing takes away our file only") {
    const TemporaryDirectory directory;
    auto file = PidFile::acquire(directory / "k.pid");
    file->remove();
    CHECK_FALSE(std::filesystem::exists(directory / "k.pid"));

    auto replaced = PidFile::acquire(directory / "k.pid");
    std::filesystem::remove(directory / "k.pid");
    std::ofstream{directory / "k.pid"} << "someone else's\n";
    replaced->remove();
    CHECK(content(directory / "k.pid") == "someone else's\n");
}
