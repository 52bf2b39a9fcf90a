#include <catch2/catch.hpp>

#include "conf/grammar/address.hpp"
#include "conf/grammar/check_values.hpp"
#include "conf/grammar/numbers.hpp"

using namespace conf::grammar;

TEST_CASE("an integer keeps its value, its sign and its flaws") {
    struct Case {
        const char* text;
        std::int64_t value;
        bool junk, negative;
    };
    for (const auto& [text, value, junk, negative] :
         {Case{"5", 5, false, false}, Case{" 5", 5, false, false}, Case{"+5", 5, false, false},
          Case{"010", 10, false, false}, Case{"-7", -7, false, true}, Case{"7x", 7, true, false},
          Case{"abc", 0, true, false}, Case{"", 0, true, false}, Case{"1.5", 1, true, false},
          Case{"0x10", 0, true, false}}) {
        INFO(text);
        const auto number = integer(text);
        CHECK(number.value == value);
        CHECK(number.junk == junk);
        CHECK(number.negative == negative);
    }
    CHECK(integer("99999999999999999999").overflow);
    CHECK(integer("0x10", true).value == 16);
    CHECK(integer("010", true).value == 8);
    CHECK(integer("0", true).value == 0);
}

TEST_CASE("a decimal is scaled and rounded half up") {
    CHECK(decimal("1", 6).value == 1'000'000);
    CHECK(decimal(".5", 6).value == 500'000);
    CHECK(decimal("5.", 6).value == 5'000'000);
    CHECK(decimal("1.1234567", 6).value == 1'123'457);
    CHECK(decimal("1.1234567", 6).too_many_places);
    CHECK(decimal("0.0001", 3).value == 0);
    CHECK(decimal("1s", 6).junk);
    CHECK(decimal("1e1", 6).junk);
    CHECK(decimal(".", 6).junk);
    CHECK(decimal("-1", 6).negative);
    CHECK(decimal("99999999999999999999", 6).overflow);
}

TEST_CASE("a firewall mark may have a mask, in any base") {
    CHECK(masked("24")->value == 24);
    CHECK_FALSE(masked("24")->mask);
    CHECK(masked("0x10/0xff")->mask == 0xff);
    CHECK_FALSE(masked("x"));
    CHECK_FALSE(masked("1/"));
    CHECK_FALSE(masked("4294967296"));
}

TEST_CASE("a range is two numbers in order, or one number") {
    CHECK(number_range("5-9") == std::array<std::uint64_t, 2>{5, 9});
    CHECK(number_range("5") == std::array<std::uint64_t, 2>{5, 5});
    CHECK(number_range("9-5") == std::array<std::uint64_t, 2>{9, 5});
    CHECK_FALSE(number_range("5-"));
    CHECK_FALSE(number_range("a-b"));
}

TEST_CASE("route times have units, or are the kernel's own") {
    CHECK(route_time("2s")->value == 2000);
    CHECK(route_time("300ms")->value == 300);
    CHECK(route_time("300")->raw);
    CHECK_FALSE(route_time("3h"));
}

TEST_CASE("file modes are numbers or names") {
    CHECK(file_mode("0177") == 0177);
    CHECK(file_mode("18") == 18);
    CHECK(file_mode("IRWXG|IROTH") == 074);
    CHECK_FALSE(file_mode("01000"));
    CHECK_FALSE(file_mode("IWHAT"));
}

TEST_CASE("MPLS labels are 20 bits each") {
    CHECK(mpls_labels("100/200") == std::vector<std::uint32_t>{100, 200});
    CHECK_FALSE(mpls_labels("1048576"));
    CHECK_FALSE(mpls_labels("1/"));
}

TEST_CASE("hex bytes may have blanks, lone digits and wildcards") {
    CHECK(hex_bytes("0102 ff", false)->bytes == std::vector<std::uint8_t>{1, 2, 0xff});
    CHECK(hex_bytes("0102 f 10", false)->bytes == std::vector<std::uint8_t>{1, 2, 0x0f, 0x10});
    CHECK(hex_bytes("012", false)->bytes == std::vector<std::uint8_t>{1, 2});
    const auto reply = hex_bytes("x1Ax", true);
    CHECK(reply->bytes == std::vector<std::uint8_t>{0x01, 0xa0});
    CHECK(reply->mask == std::vector<std::uint8_t>{0x0f, 0xf0});
    CHECK_FALSE(hex_bytes("x1", false));
    CHECK_FALSE(hex_bytes("zz", true));
}

TEST_CASE("a virtual MAC may leave its last octet to the VRID") {
    CHECK(conf::read_mac("02:00:00:00:01:02", 51)->to_string() == "02:00:00:00:01:02");
    CHECK(conf::read_mac("02:00:00:00:01", 51)->to_string() == "02:00:00:00:01:33");
    CHECK_FALSE(conf::read_mac("02:00:00:00", 51));
    CHECK_FALSE(conf::read_mac("02:00:00:00:01:zz", 51));
}
