#include "lib/watch/number_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/support/scratch.hpp"

using namespace watch;

TEST_CASE("a file's number is its first integer in C notation") {
    const std::pair<std::string, std::int32_t> cases[]{
        {"10", 10},
        {"10abc", 10},
        {"0x10", 16},
        {"010", 8},
        {" 7", 7},
        {"-5", -5},
        {"+5", 5},
        {"1.5", 1},
        {"3 4", 3},
        {"", 0},
        {"abc", 0},
        {"#6", 0},
        {"\n\n12\n", 12},
        {"-0x1F", -31},
        {"0x", 0},
        {"09", 0},
        {"--5", 0},
        {"- 5", 0},
        {"2147483647", INT32_MAX},
        {"-2147483648", INT32_MIN},
        {"0xZ", 0},
        {"00000000000000000000012", 10},
    };
    for (const auto& [text, number] : cases) {
        INFO('"' << text << '"');
        REQUIRE(std::holds_alternative<std::int32_t>(number_in(text)));
        CHECK(std::get<std::int32_t>(number_in(text)) == number);
    }
}

TEST_CASE("a number beyond 32 bits is named, not used") {
    for (const auto* text :
         {"99999999999", "2147483648", "-2147483649", "99999999999999999999999999999", "0x100000000"}) {
        INFO(text);
        REQUIRE(std::holds_alternative<OutOfRange>(number_in(text)));
        CHECK(std::get<OutOfRange>(number_in(text)).text == text);
    }
    CHECK(std::get<OutOfRange>(number_in(" 99999999999 and more")).text == "99999999999");
}

TEST_CASE("what cannot be read counts as 0, and a FIFO does not block") {
    Scratch scratch;
    CHECK_FALSE(read_number_file(scratch / "absent").readable);
    REQUIRE(mkfifo((scratch / "fifo").c_str(), 0600) == 0);
    CHECK(std::get<std::int32_t>(read_number_file(scratch / "fifo").number) == 0);
    CHECK(std::get<std::int32_t>(read_number_file(scratch.path()).number) == 0);
}

TEST_CASE("init_file makes the file, and replaces one only when told to") {
    Scratch scratch;
    initialise_number_file(scratch / "f", 7, false);
    CHECK(scratch.read("f") == "7\n");
    initialise_number_file(scratch / "f", 8, false);
    CHECK(scratch.read("f") == "7\n");
    initialise_number_file(scratch / "f", -9, true);
    CHECK(scratch.read("f") == "-9\n");
}

TEST_CASE("only regular files are overwritten") {
    Scratch scratch;
    scratch.write("target", "secret");
    REQUIRE(symlink((scratch / "target").c_str(), (scratch / "link").c_str()) == 0);
    initialise_number_file(scratch / "link", 1, true);
    CHECK(scratch.read("target") == "secret");
    REQUIRE(mkfifo((scratch / "fifo").c_str(), 0600) == 0);
    initialise_number_file(scratch / "fifo", 1, true);  // returns
    initialise_number_file(scratch.path(), 1, true);
}
