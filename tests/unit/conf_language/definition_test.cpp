// Definitions and built-in ones: conf-language.md §6.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "files.hpp"

using Texts = std::vector<std::string>;

TEST_CASE("definitions are replaced where they are used") {
    struct Case {
        const char *written, *seen;
    };
    const Case cases[] = {
        {"$A=  foo bar # c\nx $A", "x foo bar"},
        {"$1A=x", "$1A=x"},
        {"$A-B=x", "$A-B=x"},
        {"$A =x", "$A =x"},
        {"$A=\nx ${A}y", "x y"},
        {"$A=\"foo bar\"\nx $A", "x \"foo bar\""},
        {"$A=1\n$B=${A}x\n$A=2\n$B", "2x"},
        {"$K={ smtp_alert foo }\nglobal_defs ${K}", "global_defs|{|smtp_alert foo|}"},
        {"$A=1\n$A/x $A.x $Abar \"$A\"", "$A/x $A.x $Abar \"$A\""},
        {"$A=1\nf($A) $A,$A", "f(1) 1,1"},
        {"$A=1\nx${A}y \"${A}\"", "x1y \"1\""},
        {"$A=1\n$(A)", "$(A)"},
        {"$A=1\n$$A", "$1"},
        {"$A=1\n{ foo $A }", "{|foo 1|}"},
        {"x ${ZZZ}", "x $|{|ZZZ|}"},
        {"x $ZZZ", "x $ZZZ"},
        {"$A=a#b\nx \"${A}\"", "x \"a\""},
        {"vrrp_instance V {\n$A=foo\n}\n$A", "vrrp_instance V|{|}|foo"},
        {"} $A=x\n{ $A }", "}|{|x|}"},
    };
    for (const auto& c : cases) {
        INFO(c.written);
        CHECK(read_text(c.written).lines() == c.seen);
    }
}

TEST_CASE("multi-line definitions become lines of their own") {
    struct Case {
        const char *written, *seen;
    };
    const Case cases[] = {
        {"$M=a \\\nb \\\nc\nx $M", "x a|b|c"},
        {"$M= \\\na \\\nb\n$M", "a|b"},
        {"$M=a \\\n\\\nb\n$M", "a|b"},
        {"$M=a \\\n\nb\n$M", "b|a"},
        {"$M=a \\ # c\nb\n$M", "a|b"},
        {"$M=a # c \\\nb\n$M", "b|a"},
        {"$M=a \\\nb\nx ${M}", "x a|b"},
        {"$H=n1 \\\nn2\n$ALL=m1 \\\n$H \\\nm2\n$ALL", "m1|n1|n2|m2"},
        {"$M=a \\\n@you b \\\n@me c\n$M", "a|c"},
        {"$M=a \\\n~SEQ(V,1,2) b$V \\\nc\n$M", "a|b1|b2|c"},
        {"$M=a { \\\nb }\n$M", "a|{|b|}"},
        {"$M=a \\\nb\n~SEQ(V,1,2) $M", "a|b|a|b"},
        {"$M=a \\\nb ${M}x\n", ""},
    };
    for (const auto& c : cases) {
        INFO(c.written);
        CHECK(read_text(c.written).lines() == c.seen);
    }
}

TEST_CASE("an include inside a multi-line definition is read in place") {
    const ConfigFiles files;
    files.write("main.conf", "$M=a \\\ninclude part.conf \\\nc\n$M\n");
    files.write("part.conf", "b1\nb2\n");
    CHECK(read_pattern(files.path("main.conf")).lines() == "a|b1|b2|c");
}

TEST_CASE("a definition that leads to itself ends in an error") {
    CHECK(read_text("$A=$A\nx $A").errors() == Texts{"Definition $A refers to itself"});
    CHECK(read_text("$A=y $B\n$B=z $A\nx $A").errors() == Texts{"Definition $A refers to itself"});
    for (const char* text : {"$M=a \\\n$M\n$M", "$S=~SEQ(V,1,2) $S\n$S"}) {
        INFO(text);
        const auto read = read_text(text);
        CHECK(read.expanded.stopped);
        CHECK(read.expanded.text.empty());
        CHECK(read.diagnostics.exit_status() == 5);
        CHECK(read.diagnostics.refuses_reload());
    }
}

TEST_CASE("substitutions that double and double end in an error") {
    std::string text = "$Z=\n";
    for (char name = 'A'; name < 'Z'; ++name) {
        text += std::string("$") + name + "=${" + static_cast<char>(name + 1) + "}${" +
                static_cast<char>(name + 1) + "}\n";
    }
    CHECK(read_text(text + "x ${A}\n").expanded.stopped);
}

TEST_CASE("a reference that would make the line too long stays as it is") {
    const std::string value(600, 'x');
    const auto read = read_text("$A=" + value + "\n$A $A\n");
    CHECK(read.lines() == value + " $A");
    CHECK(read.errors().empty());
    CHECK(read.messages().size() == 1);
}

TEST_CASE("built-in definitions") {
    const ConfigFiles files;
    ::setenv("KEEPALIVED_TEST_VALUE", "of the environment", 1);
    ::unsetenv("KEEPALIVED_TEST_UNSET");
    struct Case {
        std::string written, seen;
    };
    const Case cases[] = {
        {"x ${_PWD}", "x " + files.path("")},
        {"x ${_INSTANCE}y $_INSTANCE", "x mey me"},
        {"x ${_ENV KEEPALIVED_TEST_VALUE}", "x of the environment"},
        {"x${_ENV KEEPALIVED_TEST_UNSET}y${_ENV KEEPALIVED_TEST_UNSET}", "xy"},
        {"x${_HASH}y", "x"},
        {"\"x${_HASH}y\" \"${_BANG}\"", "\"x#y\" \"!\""},
        {"$_PWD=zz\nx $_PWD", "x zz"},
        {"${_RANDOM 7 7}", "7"},
    };
    for (const auto& c : cases) {
        INFO(c.written);
        files.write("k.conf", c.written);
        std::string seen = c.seen;
        if (!seen.empty() && seen.back() == '/') seen.pop_back();
        CHECK(read_pattern(files.path("k.conf")).lines() == seen);
    }
}

TEST_CASE("built-in definitions with bad parameters are left as text") {
    CHECK(read_text("${_RANDOM x}").errors()[0] == "Definition _RANDOM requires numeric parameters only.");
    CHECK(read_text("${_RANDOM 1 2 3}").errors()[0] ==
          "Definition _RANDOM requires between 0 and 2 parameters, 3 specified.");
    CHECK(read_text("${_ENV}").errors()[0] == "Definition _ENV requires 1 parameter, 0 specified.");
    const auto swapped = read_text("x ${_RANDOM 9 3}");
    CHECK(swapped.errors() == Texts{"${_RANDOM}: min 9 exceeds max 3, using 9"});
    CHECK(swapped.lines() == "x 9");
}

TEST_CASE("random_seed makes ${_RANDOM} the sequence of random()") {
    const auto read =
        read_text("global_defs {\nrandom_seed 5\n${_RANDOM}\n${_RANDOM 1 6}\n${_RANDOM 10}\n}\n");
    ::srandom(5);
    const auto a = ::random() % 32768, b = ::random() % 6 + 1, c = ::random() % 32758 + 10;
    CHECK(read.lines() == "global_defs|{|random_seed 5|" + std::to_string(a) + "|" + std::to_string(b) + "|" +
                              std::to_string(c) + "|}");
}
