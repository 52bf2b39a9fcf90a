// ~SEQ and ~LST: conf-language.md §7.
#include <catch2/catch.hpp>

#include "files.hpp"

using Texts = std::vector<std::string>;

TEST_CASE("repetitions replay the rest of the line") {
    struct Case {
        const char *written, *seen;
    };
    const Case cases[] = {
        {"~SEQ(V,3) x$V", "x1|x2|x3"},
        {"~SEQ(V, -2) x$V", "x-1|x-2"},
        {"~SEQ(V,0) x$V", "x1|x0"},
        {"~SEQ ( V , 1, 2, 6 )x$V", "x1|x3|x5"},
        {"~SEQ(V, 6, -2, 1) x$V", "x6|x4|x2"},
        {"~SEQ(V,3,1) x$V", "x3|x2|x1"},
        {"~SEQ(V,0x0e,020) x$V", "x14|x15|x16"},
        {"~SEQx(V,9,11) x${V}y", "x9y|xay|xby"},
        {"~SEQ(V,9223372036854775806,9223372036854775807) x$V", "x9223372036854775806|x9223372036854775807"},
        {"~SEQ(V,1,2)smtp_alert", "smtp_alert|smtp_alert"},
        {"~SEQ(V,1,2) x\ny $V", "x|x|y 2"},
        {"$N=2\n~SEQ(V,1,$N) x\n~SEQ(V,1,${N}) y", "x|x|y|y"},
        {"~SEQ(V,1,2) ~SEQ(W,${V},3) a${V}b${W}", "a1b1|a1b2|a1b3|a2b2|a2b3"},
        {"~SEQ(V,1,2) ~LST(W,a,b) ${V}$W", "1a|1b|2a|2b"},
        {"~SEQ(V,1,2) a { b$V }", "a|{|b1|}|a|{|b2|}"},
        {"~SEQ(V,1,3) @i$V foo", ""},
        {"~SEQ(V,1,2)", ""},
        {"$S=~SEQ(V,1,2) x$V\n$S", "x1|x2"},
        {"x ~SEQ(V,1,2) y", "x ~SEQ(V,1,2) y"},
        {"~FOO(A,1,2)", "~FOO(A,1,2)"},
        {"~LST(A,,b) x${A}y", "xy|xby"},
        {"~LST({A,B}, {1, 2}, {3}, 4) x$A y$B", "x1 y2|x3 y|x4 y"},
        {"~LST({A},{1},2) x$A", "x1|x2"},
        {"$N=7\n~LST(A,$N) x$A", "x7"},
        {"$N=7\n~LST(A,$N) x${A}y", "x$Ny"},
    };
    for (const auto& c : cases) {
        INFO(c.written);
        const auto read = read_text(c.written);
        CHECK(read.lines() == c.seen);
        CHECK(read.errors().empty());
    }
}

TEST_CASE("a malformed repetition is reported and its line ignored") {
    struct Case {
        const char *written, *error;
    };
    const Case cases[] = {
        {"~SEQ(V,1,0,5) x", "Invalid ~SEQ values '~SEQ(V,1,0,5) x'"},
        {"~SEQ(V,1,-1,5) x", "Invalid ~SEQ values '~SEQ(V,1,-1,5) x'"},
        {"~SEQ x", "Invalid ~SEQ definition '~SEQ x'"},
        {"~SEQ(V) x", "Invalid ~SEQ definition '~SEQ(V) x'"},
        {"~SEQ(V,a) x", "Invalid ~SEQ definition '~SEQ(V,a) x'"},
        {"~SEQ(V,1,2", "~SEQ missing terminating ')' '~SEQ(V,1,2'"},
        {"~SEQx(V,-1,2) x", "~SEQx is only valid for positive numbers '~SEQx(V,-1,2) x'"},
        {"~LST(A) x", "Invalid ~LST specification '~LST(A) x'"},
        {"~LST(A,\"a b\") x", "Invalid ~LST specification '~LST(A,\"a b\") x'"},
        {"~LST({A},{1,2}) x", "~LST specification has too many values '~LST({A},{1,2}) x'"},
    };
    for (const auto& c : cases) {
        INFO(c.written);
        const auto read = read_text(std::string(c.written) + "\nafter\n");
        CHECK(read.lines() == "after");
        CHECK(read.errors() == Texts{c.error});
        CHECK(read.diagnostics.exit_status() == 5);
    }
    CHECK(read_text("$M=1 \\\n2\n~SEQ(V,1,$M) x").errors() ==
          Texts{"~SEQ parameter is multiline definition '~SEQ(V,1,$M) x'"});
}

TEST_CASE("a repetition of a billion lines ends in an error") {
    for (const char* text : {"~SEQ(V,1,1000000000) x$V", "~SEQ(V,1,9223372036854775807) $A=x",
                             "~SEQ(A,1,1000) ~SEQ(B,1,1000) ~SEQ(C,1,1000) x { y }"}) {
        INFO(text);
        const auto read = read_text(text);
        CHECK(read.expanded.stopped);
        CHECK(read.diagnostics.exit_status() == 5);
    }
}

TEST_CASE("a sequence whose text needs only its number comes out as a list of the same numbers") {
    // A list is always worked on round by round.
    const std::string_view sequence_head = "~SEQ(N, 8, 12) ", list_head = "~LST(N, 8, 9, 10, 11, 12) ";
    const auto longer = static_cast<std::uint32_t>(list_head.size() - sequence_head.size());
    for (const std::string text : {"a $N",
                                   "a ${N}",
                                   "  a${N}b ${N}\tc",
                                   "fwmark $N inet",
                                   "a $N, b",
                                   "a $N.5",
                                   "a $N$N",
                                   "a ${N}${N}",
                                   "a ${N",
                                   "a $M",
                                   "$N x",
                                   "i${N} x",
                                   "a { b $N }",
                                   "a \"$N\"",
                                   "a \\$N",
                                   "a ${N 1}",
                                   "a $$N",
                                   "a",
                                   "@me a $N",
                                   "~SEQ(M, 1, 2) a ${M} b ${N}",
                                   "~LST(M, x, y) ~SEQ(O, 9, 11) a ${O}"}) {
        INFO(text);
        const auto sequence = read_text("x\n" + std::string(sequence_head) + text + "\ny $N\n");
        const auto list = read_text("x\n" + std::string(list_head) + text + "\ny $N\n");
        CHECK(sequence.lines() == list.lines());
        CHECK(sequence.messages() == list.messages());
        conf::PositionReader in_sequence(sequence.expanded.positions), in_list(list.expanded.positions);
        for (std::size_t line = 0; line < 100; ++line) {
            in_sequence.next();
            in_list.next();
            auto moved = in_list.current();  // its head is longer
            for (auto& piece : moved.pieces) piece.column -= moved.line == 2 ? longer : 0;
            CHECK(in_sequence.current().pieces == moved.pieces);
            CHECK(in_sequence.current().line == moved.line);
            CHECK(in_sequence.current().expansions == moved.expansions);
        }
    }
}

TEST_CASE("the variable of a sequence keeps its last value") {
    CHECK(read_text("~SEQ(N, 1, 3) x $N\ny $N").lines() == "x 1|x 2|x 3|y 3");
    CHECK(read_text("~SEQx(N, 9, 11) x$N\ny $N").lines() == "x9|xa|xb|y b");
    CHECK(read_text("~SEQx(N, 222, 222) i${N}\n").lines() == "ide");
}
