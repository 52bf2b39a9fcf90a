// Hints for what people slip on, and where a "}" was lost.
#include "conf/slips.hpp"

#include <catch2/catch.hpp>

#include "conf/lost_brace.hpp"
#include "files.hpp"

namespace {

/// The hint for words of a line which begin where the first of them is found.
std::string hint_for(const std::string& line, const std::string& words) {
    const auto at = line.find(words);
    REQUIRE(at != std::string::npos);
    return conf::slip_hint(
        line, {0, 1, static_cast<std::uint32_t>(at + 1), static_cast<std::uint32_t>(words.size())});
}

}  // namespace

TEST_CASE("characters that only look right are named with the plain ones") {
    CHECK(hint_for("vrrp_instance VI_1 ｛", "｛") == "｛ (U+FF5B) is not `{`: type the plain character");
    CHECK(hint_for("    script “/x.sh”", "“/x.sh”") == "“ (U+201C) is not `\"`: type the plain character");
    CHECK(hint_for("state　MASTER", "state　MASTER") ==
          "there is a character U+3000 where a blank was meant");
    CHECK(hint_for("weight –20", "–20") == "– (U+2013) is not `-`: type the plain character");
    CHECK(hint_for("\xef\xbb\xbfglobal_defs {", "\xef\xbb\xbfglobal_defs") ==
          "the text begins with a byte order mark (U+FEFF): save the file without one");
    CHECK(hint_for("vrrp_instance Répartiteur", "Répartiteur").empty());
    CHECK(hint_for("broken \xe2\x80", "\xe2\x80").empty());
}

TEST_CASE("signs of other languages are recognised") {
    CHECK(hint_for("priority = 101", "=") == "a blank stands between a keyword and its value, no `=`");
    CHECK(hint_for("path=/", "path=/") == "a blank stands between a keyword and its value, no `=`");
    CHECK(hint_for("auth_pass secret=9", "secret=9").empty());
    CHECK(hint_for("priority 101;", "101;") == "a statement ends with its line, without `;`");
    CHECK(hint_for("10.0.0.1, 10.0.0.2", "10.0.0.1,") == "blanks or new lines separate words, no `,`");
    CHECK(hint_for("// the master", "//") == "a comment begins with `#` or `!` and ends with the line");
    CHECK(hint_for("real_server 10.0.0.2:80 {", "10.0.0.2:80") ==
          "a blank stands between address and port: `10.0.0.2 80`");
    CHECK(hint_for("fd00::2", "fd00::2").empty());
    CHECK(hint_for("interface {{ iface }}", "{") == "a template which was not filled in?");
}

TEST_CASE("a name that nothing defines is named, and how it would be") {
    const std::string how = ": a line `$VRID=VALUE` would, `${_ENV VRID}` is taken from the environment";
    CHECK(hint_for("virtual_router_id $VRID", "$VRID") == "nothing above defines `$VRID`" + how);
    CHECK(hint_for("virtual_router_id ${VRID}", "$") == "nothing above defines `$VRID`" + how);
    CHECK(hint_for("$IFACE = eth0", "$IFACE") == "a definition has no blank before its `=`: `$IFACE=…`");
    CHECK(hint_for("auth_pass pa$$", "pa$$").empty());
}

TEST_CASE("a mask is given as a length") {
    CHECK(hint_for("10.0.0.1/255.255.255.0", "10.0.0.1/255.255.255.0") ==
          "the length of a prefix stands behind its address: `/24`, no mask");
    CHECK(hint_for("10.0.0.1 netmask 255.255.0.0", "255.255.0.0") ==
          "the length of a prefix stands behind its address: `/16`, no mask");
    CHECK(hint_for("10.0.0.1/24", "10.0.0.1/24").empty());
    CHECK(hint_for("10.0.0.1 255.0.255.0", "255.0.255.0").empty());
}

TEST_CASE("a place outside the line gives no hint") {
    CHECK(conf::slip_hint("a;", {0, 1, 0, 0}).empty());
    CHECK(conf::slip_hint("a;", {0, 1, 9, 4}).empty());
}

TEST_CASE("the indentation shows which block lacks its brace") {
    const auto lost = [](const char* text) {
        const ConfigFiles files;
        files.write("keepalived.conf", text);
        const auto found = conf::find_lost_brace(files.path("keepalived.conf"));
        return found ? std::pair(found->opened, found->seen) : std::pair(0U, 0U);
    };
    CHECK(lost("vrrp_instance A {\n    virtual_ipaddress {\n        10.0.0.1\n}\n") == std::pair(2U, 4U));
    CHECK(lost("vrrp_script s {\n\tscript /bin/true\n\nvrrp_instance A {\n}\n") == std::pair(1U, 4U));
    CHECK(lost("vrrp_instance A {\nvirtual_ipaddress { # { {\n10.0.0.1\n}\n") == std::pair(0U, 0U));
    CHECK(lost("vrrp_instance A\n{\n  x \"{\"\n}\n") == std::pair(0U, 0U));
}

TEST_CASE("a file with too few closing braces names both places") {
    const auto read = read_text("vrrp_instance A {\n    virtual_ipaddress {\n        10.0.0.1\n}\n");
    REQUIRE(read.diagnostics.list.size() == 1);
    const auto& related = read.diagnostics.list[0].related;
    REQUIRE(related.size() == 2);
    CHECK(related[0].first.line == 1);
    CHECK(related[1].first.line == 2);
    CHECK(related[1].second == "the block which begins here lacks its '}', by the indentation of line 4");
}
