#include "lib/watch/file_watch.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "tests/support/asio_loop.hpp"
#include "tests/support/scratch.hpp"

namespace fs = std::filesystem;

namespace {

struct Lab {
    Scratch scratch;
    AsioLoop loop;
    std::multiset<std::size_t> told;
    watch::FileWatch files{loop.io, [this](std::size_t index) { told.insert(index); }};

    bool is_told(std::size_t index) {
        const bool came = loop.until([&] { return told.contains(index); });
        told.clear();
        return came;
    }
};

}  // namespace

TEST_CASE("writing, renaming and deleting a watched file is told, another file is not") {
    Lab lab;
    lab.scratch.write("a", "1");
    lab.files.watch({lab.scratch / "a", lab.scratch / "b"});
    lab.scratch.write("a", "2");
    CHECK(lab.is_told(0));
    fs::rename(lab.scratch / "a", lab.scratch / "away");
    CHECK(lab.is_told(0));
    fs::rename(lab.scratch / "away", lab.scratch / "b");
    CHECK(lab.is_told(1));
    fs::remove(lab.scratch / "b");
    CHECK(lab.is_told(1));
    lab.scratch.write("other", "1");
    lab.scratch.write("a", "3");
    CHECK(lab.loop.until([&] { return lab.told.contains(0); }));
    CHECK(lab.told.count(1) == 0);
}

TEST_CASE("a directory that moves away and another that takes its name are followed by name") {
    Lab lab;
    fs::create_directories(lab.scratch / "d/e");
    lab.scratch.write("d/e/f", "1");
    lab.files.watch({lab.scratch / "d/e/f"});

    fs::rename(lab.scratch / "d/e", lab.scratch / "d/old");
    CHECK(lab.is_told(0));
    fs::create_directory(lab.scratch / "d/e");
    lab.scratch.write("d/e/f", "2");
    CHECK(lab.is_told(0));
    lab.scratch.write("d/e/f", "3");
    CHECK(lab.is_told(0));

    SECTION("also when the directory above moves") {
        fs::rename(lab.scratch / "d", lab.scratch / "gone");
        CHECK(lab.is_told(0));
        fs::create_directories(lab.scratch / "d/e");
        CHECK(lab.is_told(0));
        lab.scratch.write("d/e/f", "4");
        CHECK(lab.is_told(0));
    }
    SECTION("also when it is deleted and made again") {
        fs::remove_all(lab.scratch / "d");
        CHECK(lab.is_told(0));
        fs::create_directories(lab.scratch / "d/e");
        CHECK(lab.is_told(0));
    }
}

TEST_CASE("paths that are no longer watched are not told") {
    Lab lab;
    lab.files.watch({lab.scratch / "a"});
    lab.files.watch({lab.scratch / "x", lab.scratch / "b"});
    lab.scratch.write("a", "1");
    lab.scratch.write("b", "1");
    CHECK(lab.loop.until([&] { return !lab.told.empty(); }));
    CHECK(lab.told == std::multiset<std::size_t>{1});
}
