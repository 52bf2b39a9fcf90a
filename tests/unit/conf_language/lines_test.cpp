// Physical lines, comments, braces: conf-language.md §2, §3, §4.
#include <catch2/catch.hpp>

#include "files.hpp"

using Texts = std::vector<std::string>;

TEST_CASE("lines end in LF, CRLF or at the end of the file") {
    CHECK(read_text("a\nb\r\nc").lines() == "a|b|c");
    CHECK(read_text("").lines().empty());
    CHECK(read_text("# only\n  ! comments\n").diagnostics.exit_status() == 0);
}

TEST_CASE("a line of 1022 bytes is read, a longer one is reported and ignored whole") {
    const std::string longest(1'022, 'x');
    CHECK(read_text(longest + "\ny\n").lines() == longest + "|y");
    for (const std::size_t length : {1'023U, 1'024U, 70'000U, 1'000'000U}) {
        const auto read = read_text("a\n# " + std::string(length - 2, 'x') + "\nb");
        CHECK(read.lines() == "a|b");
        CHECK(read.errors() == Texts{"line too long - ignoring"});
        CHECK(read.diagnostics.list[0].where.line == 2);
        CHECK(read.diagnostics.exit_status() == 5);
    }
}

TEST_CASE("a line with a NUL is ignored with a message") {
    const auto read = read_text(std::string_view("foo\0bar\nbaz\n", 12));
    CHECK(read.lines() == "baz");
    CHECK(read.errors() == Texts{"configuration appears to have embedded NULs - ignoring line"});
}

TEST_CASE("comments, escapes and blanks") {
    struct Case {
        const char *written, *seen;
    };
    const Case cases[] = {
        {"smtp_alert foo#bar", "smtp_alert foo"},
        {"foo!bar", "foo"},
        {"smtp_alert \"foo # ! bar\" # c", "smtp_alert \"foo # ! bar\""},
        {"foo\\#bar\\!", "foo#bar!"},
        {"foo\\nbar foo\\\\bar", "foo\\nbar foo\\\\bar"},
        {"a\\\"b#c\\\"d", "a\\\"b"},
        {"'foo bar'", "'foo bar'"},
        {"smtp_alert \\\nfoo", "smtp_alert\\|foo"},
        {"foo   \\", "foo\\"},
        {" \t foo \t ", "foo"},
        {"caf\xc3\xa9", "caf\xc3\xa9"},
    };
    for (const auto& c : cases) {
        INFO(c.written);
        CHECK(read_text(c.written).lines() == c.seen);
    }
}

TEST_CASE("a quote left open is reported") {
    const auto read = read_text("a\nsmtp_alert \"foo\n");
    CHECK(read.errors() == Texts{"Unterminated quote 'smtp_alert \"foo'"});
    CHECK(read.diagnostics.list[0].where.line == 2);
    CHECK(read.diagnostics.exit_status() == 5);
    CHECK(read.diagnostics.refuses_reload());
}

TEST_CASE("each brace outside quotes is a line of its own") {
    struct Case {
        const char *written, *seen;
    };
    const Case cases[] = {
        {"global_defs { smtp_alert foo }", "global_defs|{|smtp_alert foo|}"},
        {"global_defs{{smtp_alert foo}}", "global_defs|{|{|smtp_alert foo|}|}"},
        {"a { b \"}{\" } c {\n}", "a|{|b \"}{\"|}|c|{|}"},
        {"{ '{print}' }", "{|'|{|print|}|'|}"},
        {"{ \"a\\\"{b}\" }", "{|\"a\\\"|{|b|}|\" }"},
    };
    for (const auto& c : cases) {
        INFO(c.written);
        CHECK(read_text(c.written).lines() == c.seen);
    }
}

TEST_CASE("surplus and missing braces are counted over the whole input") {
    CHECK(read_text("a { b }\n}\n").errors() == Texts{"Extra '}' found"});
    CHECK(read_text("a { b { c").errors() == Texts{"There are 2 missing '}'s or extra '{'s"});
    CHECK(read_text("router_id \"abc { x }").diagnostics.worst() == conf::Class::unmatched_quote);
    CHECK(read_text("a {\n b {\n }\n").diagnostics.list[0].related[0].first.line == 1);
}

TEST_CASE("a condition keeps or drops its line") {
    struct Case {
        const char *written, *seen;
    };
    const Case cases[] = {
        {"@me foo", "foo"},
        {"@you foo", ""},
        {"@^me foo", ""},
        {"  @^you foo", "foo"},
        {"@me @^you foo", "@^you foo"},
        {"@ me x", ""},
        {"@^ x", "x"},
        {"@me", ""},
        {"@me $A=foo\n${A}", "foo"},
        {"@me global_defs {\n}", "global_defs|{|}"},
        {"$I=me\n@$I foo\n@${I} foo", ""},
        {"a { @me b\n}", "a|{|b|}"},
        {"$A=@me foo\n$A", "@me foo"},
        {"@me ~SEQ(V,1,2) x$V", "x1|x2"},
    };
    for (const auto& c : cases) {
        INFO(c.written);
        CHECK(read_text(c.written).lines() == c.seen);
    }
}

TEST_CASE("a line that needs no work comes out as one that is worked on") {
    // A comment makes a line one that is worked on; what is in front of it must give the same, places included.
    for (const std::string line :
         {"",        " \t ",      "foo",           "  foo\t bar  ", "foo {",     " foo \t{ ", "foo{",
          "{",       "}",         "  }",           "} {",           "a { b",     "a } b",     "{ {",
          "a { b }", "include",   "included",      "includes x",    "@me foo {", "@you foo",  "caf\xc3\xa9 {",
          "$A",      "\x01 \x7f", "global_defs {", "random_seed 5", "it's"}) {
        INFO(line);
        const auto plain = read_text("a\n" + line + "\nb\n"), worked_on = read_text("a\n" + line + "#\nb\n");
        CHECK(plain.lines() == worked_on.lines());
        CHECK(plain.expanded.positions.stream == worked_on.expanded.positions.stream);
        CHECK(plain.messages() == worked_on.messages());
    }
}

TEST_CASE("a definition keeps the blanks of lines which need no work elsewhere") {
    CHECK(read_text("$A= \\\n b \t{ \\\n }\nx $A\n").lines() == "x b|{|}");
    CHECK(read_text("$A=b \t c \\\n\nx $A\n").lines() == "x b \t c");
}
