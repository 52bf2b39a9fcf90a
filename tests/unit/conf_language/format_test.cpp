// keepalivedctl fmt: the layout, and that nothing of the meaning changes.
#include "conf/format.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <iterator>

#include "files.hpp"

namespace {

/// The logical lines with their blanks squeezed.
std::string meaning(const std::string& text) {
    static const ConfigFiles files;  // one place for all: ${_PWD} must not differ
    files.write("keepalived.conf", text);
    std::string squeezed;
    for (const char byte : read_pattern(files.path("keepalived.conf")).expanded.text) {
        const bool is_blank = byte == ' ' || byte == '\t';
        if (is_blank && !squeezed.empty() && squeezed.back() == ' ') continue;
        squeezed += is_blank ? ' ' : byte;
    }
    return squeezed;
}

}  // namespace

TEST_CASE("a configuration is laid out with four blanks a level and comments kept") {
    CHECK(conf::format_configuration(
              "! top\nglobal_defs\n\n{ smtp_alert   foo # why\n\n\n\n router_id \"a  b\"}\n"
              "vrrp_instance V{virtual_ipaddress{10.0.0.1 dev   eth0}nopreempt\n}") ==
          "! top\n"
          "global_defs {\n"
          "    smtp_alert foo  # why\n"
          "\n"
          "    router_id \"a  b\"\n"
          "}\n"
          "vrrp_instance V {\n"
          "    virtual_ipaddress {\n"
          "        10.0.0.1 dev eth0\n"
          "    }\n"
          "    nopreempt\n"
          "}\n");
}

TEST_CASE("lines whose meaning hangs on their being one line stay one line") {
    for (const char* line : {"@me a { b }", "~SEQ(V,1,2) a { b$V }", "~LST({A,B},{1,2}) x$A",
                             "include {a,b}.conf", "x ${M} }", "x \"a { b", "$K={ smtp_alert foo }"}) {
        CHECK(conf::format_configuration(line) == std::string(line) + "\n");
    }
    CHECK(conf::format_configuration("$M=a \\\n   b { \\\nc\nx { $M\n}") ==
          "$M=a \\\n    b { \\\n    c\nx { $M\n}\n");
}

TEST_CASE("formatting changes no meaning and formatting twice changes nothing") {
    const char* texts[] = {
        "a { b } c { d }\n",
        "a\n{\n}\n\n\n# c\n{ x \"{\" }\n",
        "notify \"/x 'a  b'\" root\nnotify '/x   y'\n",
        "$M=a \\\n\nb\n$M\n",
        "$M=a \\\n  b \\\n   c\n{ x $M\n}\n",
        "foo\\#bar  baz#qux\n",
        "x \\\ny\n",
        "} a {\n}}}\n",
    };
    for (const char* text : texts) {
        INFO(text);
        const std::string once = conf::format_configuration(text);
        CHECK(meaning(once) == meaning(text));
        CHECK(conf::format_configuration(once) == once);
    }
}

TEST_CASE("formatting keeps the meaning of every file of the corpus") {
    const auto folder = corpus_files();
    if (folder.empty()) return;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream stream(entry.path(), std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(stream), {}};
        INFO(entry.path().filename().string());
        const std::string once = conf::format_configuration(text);
        CHECK(meaning(once) == meaning(text));
        CHECK(conf::format_configuration(once) == once);
    }
}
