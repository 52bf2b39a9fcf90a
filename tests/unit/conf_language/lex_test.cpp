// Words, positions, script words: conf-language.md §4.
#include "conf/lex.hpp"

#include <catch2/catch.hpp>

#include "files.hpp"

using Texts = std::vector<std::string>;

namespace {

Texts words_of(std::string_view line, conf::Diagnostics& diagnostics) {
    const auto read = read_text(line);
    conf::DiagnosticSink sink(diagnostics);
    conf::StatementReader reader(read.expanded.text, read.expanded.positions, sink);
    Texts words;
    for (const auto& word : reader.next().words) words.emplace_back(word.text);
    return words;
}

/// "line:column+length" of each word of each statement.
std::string places(std::string_view text) {
    const auto read = read_text(text);
    conf::Diagnostics diagnostics;
    conf::DiagnosticSink sink(diagnostics);
    conf::StatementReader reader(read.expanded.text, read.expanded.positions, sink);
    std::string result;
    while (!reader.next().is_end()) {
        for (const auto& word : reader.current().words) {
            if (!result.empty()) result += ' ';
            result += std::to_string(word.where.line) + ":" + std::to_string(word.where.column) + "+" +
                      std::to_string(word.where.length);
        }
    }
    return result;
}

}  // namespace

TEST_CASE("words are split at white space and quotes") {
    struct Case {
        const char* line;
        Texts words;
    };
    const Case cases[] = {
        {"a b\tc\vd", {"a", "b", "c", "d"}},
        {"a \"b c\" d", {"a", "b c", "d"}},
        {"foo\"bar\"", {"foo", "bar"}},
        {"\"foo\"bar", {"foo", "bar"}},
        {"a \"\"", {"a", ""}},
        {"a \"b 'c' \\d\"", {"a", "b 'c' \\d"}},
        {"'foo bar'", {"'foo", "bar'"}},
    };
    for (const auto& c : cases) {
        INFO(c.line);
        conf::Diagnostics diagnostics;
        CHECK(words_of(c.line, diagnostics) == c.words);
        CHECK(diagnostics.list.empty());
    }
}

TEST_CASE("an unmatched quote drops the rest of the line and is reported") {
    conf::Diagnostics diagnostics;
    CHECK(words_of("smtp_alert \"foo bar", diagnostics) == Texts{"smtp_alert"});
    REQUIRE(diagnostics.list.size() == 1);
    CHECK(diagnostics.list[0].text == "Unmatched quote: 'smtp_alert \"foo bar'");
    CHECK(diagnostics.list[0].where.column == 12);
}

TEST_CASE("every word knows its place in the file as written") {
    CHECK(places("  priority  100") == "1:3+8 1:13+3");
    CHECK(places("a { bc d } e") == "1:1+1 1:3+1 1:5+2 1:8+1 1:10+1 1:12+1");
    CHECK(places("\n\nx \"y z\"") == "3:1+1 3:3+5");
    CHECK(places("x\\#y z") == "1:1+4 1:6+1");
    CHECK(places("@me  foo bar") == "1:6+3 1:10+3");
    CHECK(places("$A=1 2\nx $A y\n") == "2:1+1 2:3+2 2:3+2 2:6+1");
    CHECK(places("$A=q\nx${A}y z\n") == "2:1+6 2:8+1");
    CHECK(places("~SEQ(V,1,2) x ${V} y\n") == "1:13+1 1:15+4 1:20+1 1:13+1 1:15+4 1:20+1");
    CHECK(places("$M=a b \\\nc\nx $M\n") == "3:1+1 3:3+2 3:3+2 3:3+2");
}

TEST_CASE("a problem carries the chain of expansions and includes that led to it") {
    const ConfigFiles files;
    files.write("main.conf", "$A=bad word\n\ninclude part.conf\n");
    files.write("part.conf", "~SEQ(V,1,2) x${V} $A\n");
    const auto read = read_pattern(files.path("main.conf"));
    conf::Diagnostics diagnostics;
    conf::DiagnosticSink sink(diagnostics);
    conf::StatementReader reader(read.expanded.text, read.expanded.positions, sink);
    reader.next();
    reader.next();
    sink.report(conf::Class::unknown_keyword, reader.current().where, "Unknown keyword 'x2'");
    REQUIRE(diagnostics.list.size() == 1);
    const auto& problem = diagnostics.list[0];
    CHECK(problem.where == conf::Span{1, 1, 13, 5});
    REQUIRE(problem.related.size() == 3);
    CHECK(problem.related[0].second == "in the expansion of $A");
    CHECK(problem.related[0].first.line == 1);
    CHECK(problem.related[1].second == "in ~SEQ(V,1,2) with V = 2");
    CHECK(problem.related[2].second == "included from here");
    CHECK(problem.related[2].first.line == 3);
}

TEST_CASE("of a thousand expansions the chain shows the innermost") {
    std::string line;
    for (int count = 0; count < 200; ++count) line += "$A ";
    const auto read = read_text("$A=${_RANDOM x}\n" + line + "\n");
    REQUIRE(read.diagnostics.list.size() > 1);
    for (const auto& problem : read.diagnostics.list) CHECK(problem.related.size() <= 9);
}

TEST_CASE("blocks can be entered, passed over and left") {
    const auto read = read_text("a { b { c }\n\"d\n }\ne\nf {\n g {\n }\n h\n}\ni\n");
    conf::Diagnostics diagnostics;
    conf::DiagnosticSink sink(diagnostics);
    conf::StatementReader reader(read.expanded.text, read.expanded.positions, sink);
    CHECK(reader.next().keyword() == "a");
    CHECK(reader.is_block_next());
    reader.skip_block();
    CHECK(reader.depth() == 0);
    CHECK(reader.next().keyword() == "e");
    CHECK_FALSE(reader.open_block());
    CHECK(reader.next().keyword() == "f");
    CHECK(reader.open_block());
    CHECK(reader.depth() == 1);
    CHECK(reader.next().keyword() == "g");
    reader.leave_block();
    CHECK(reader.next().keyword() == "i");
    CHECK(reader.next().is_end());
    CHECK(reader.next().is_end());
    CHECK(diagnostics.list.empty());
}

TEST_CASE("script keywords are split and decoded as by a shell") {
    CHECK(conf::split_script("notify a\"b c\"d 'e f' g\\ h").words ==
          Texts{"notify", "ab cd", "e f", "g\\ h"});
    const auto words = conf::split_script("notify_master \"/x.sh 'a b' \\\"c d\\\" \\x41\\tz plain\"").words;
    REQUIRE(words.size() == 2);
    CHECK(conf::decode_argv(words[1]).words == Texts{"/x.sh", "a b", "\"c", "d\"", "A\tz", "plain"});
    CHECK(conf::decode_argv("\\a\\b\\E\\f\\n\\r\\t\\v \\x4\\x4a \\101\\7 \\cA \\q").words ==
          Texts{"\a\b\x1b\f\n\r\t\v", "\x04J", "A\a", "\x01", "q"});
    CHECK(conf::split_script("notify \"abc").error == "String 'notify \"abc': missing terminating \"");
    CHECK_FALSE(conf::decode_argv("abc\\").error.empty());
    CHECK(conf::quote_words({"a", "b c"}) == "'a' 'b c'");
}
