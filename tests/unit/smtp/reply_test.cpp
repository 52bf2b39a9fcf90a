#include "lib/smtp/reply.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace {

std::vector<smtp::ReplyCode> codes(std::string_view bytes, std::size_t at_a_time) {
    smtp::ReplyParser parser;
    std::vector<smtp::ReplyCode> found;
    for (std::size_t i = 0; i < bytes.size(); i += at_a_time) {
        parser.feed(bytes.substr(i, at_a_time));
        while (const auto code = parser.next()) found.push_back(*code);
    }
    return found;
}

}  // namespace

TEST_CASE("the last line of a reply gives its code, however the bytes arrive") {
    struct Case {
        std::string bytes;
        std::vector<smtp::ReplyCode> expected;
    };
    const Case cases[]{
        {"220 hello\r\n", {220}},
        {"220-first\r\n220-second\r\n220 last\r\n", {220}},
        {"250\r\n", {250}},
        {"250\n", {250}},
        {"550 no such user\r\n250 ok\r\n", {550, 250}},
        {"250 not yet complete", {}},
        {"hello\r\n", {0}},
        {"25\r\n", {0}},
        {"2500 x\r\n", {0}},
        {"\r\n", {0}},
        {"-50 x\r\n", {0}},
    };
    for (const auto& c : cases)
        for (const std::size_t at_a_time : {1, 2, 1000}) {
            INFO(c.bytes << " in pieces of " << at_a_time);
            CHECK(codes(c.bytes, at_a_time) == c.expected);
        }
}

TEST_CASE("a line without end is given up, not stored") {
    smtp::ReplyParser parser;
    parser.feed(std::string(smtp::ReplyParser::kLongestLine + 1, '2'));
    CHECK(parser.next() == 0);
    CHECK_FALSE(parser.next());
}
