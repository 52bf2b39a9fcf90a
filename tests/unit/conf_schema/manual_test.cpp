// keepalived.conf(5): complete, and its examples work.
#include "conf/manual.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <map>

#include "conf/schema_table.hpp"
#include "reading.hpp"
#include "source_tree.hpp"

namespace {

std::string page() {
    std::ifstream outline(SOURCE_DIR "/doc/keepalived.conf.5.in");
    const std::string text(std::istreambuf_iterator<char>(outline), {});
    return conf::manual_page(text);
}

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
    return found;
}

}  // namespace

TEST_CASE("the manual page names every keyword of every block") {
    const std::string text = page();
    std::map<std::string_view, std::size_t> rows;
    for (const auto* block : conf::all_blocks()) {
        for (const auto& keyword : block->keywords) ++rows[keyword.name];
    }
    for (const auto& [name, times] : rows) {
        INFO(name);
        // As often as there are blocks which know it.
        const std::string item = ".It Cm \"\\&" + std::string(name) + "\"";
        CHECK(count(text, item + "\n") + count(text, item + " ") == times);
    }
}

TEST_CASE("each example of the manual page is a configuration without a word to say about it") {
    const auto examples = conf::manual_examples(page());
    CHECK(examples.size() > 25);
    for (const auto& example : examples) {
        INFO(example);
        const auto outcome = reading::read(example);
        CHECK(outcome.problems == std::vector<std::string>{});
        // An example may include what is not on this host.
        auto logged = outcome.logged;
        std::erase_if(logged,
                      [](const std::string& line) { return line.find("Config files missing") != line.npos; });
        CHECK(logged == std::vector<std::string>{});
    }
}

TEST_CASE("a place in the outline for a block which is not there is a mistake") {
    CHECK_THROWS(conf::manual_page("@KEYWORDS vrrp_instnce@\n"));
    CHECK_THROWS(conf::manual_page("@KEYWORDS vrrp_instance\n"));
    CHECK(conf::manual_page("@KEYWORDS@\n").find(".Ss \\&vrrp_instance\n") != std::string::npos);
}

TEST_CASE("what the tables say is no macro and no escape") {
    const std::string text = conf::manual_page("@KEYWORDS vrrp_instance@\n");
    for (const auto& line : {"\n.\n", "\n'", "\n\n"}) CHECK(count(text, line) == 0);
    CHECK(conf::manual_examples(".Bd -literal -offset indent\na \\e\n\\&.b\n.Ed\n") ==
          std::vector<std::string>{"a \\\n.b\n"});
}
