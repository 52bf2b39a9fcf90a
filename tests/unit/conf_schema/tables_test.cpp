// The tables against the list of all keywords of keepalived 2.4.3; properties which every row must have.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "conf/schema_table.hpp"
#include "source_tree.hpp"

namespace {

std::vector<std::string> columns(const std::string& line) {
    std::vector<std::string> fields;
    std::istringstream stream(line);
    for (std::string field; std::getline(stream, field, '\t');) fields.push_back(field);
    return fields;
}

const conf::Block* block_of(std::string_view path) {
    for (const auto* block : conf::all_blocks()) {
        if (block->path == path) return block;
    }
    return nullptr;
}

}  // namespace

TEST_CASE("every keyword of keepalived 2.4.3 has a row in its block, with its grammar, default and range") {
    const char* variable = std::getenv("KEEPALIVED_KEYWORDS");
    std::ifstream list(variable != nullptr ? variable : SOURCE_DIR "/../shared/spec/keywords.tsv");
    if (!list) {
        WARN("skipped: no keywords.tsv beside the tree");
        return;
    }
    std::string line;
    std::getline(list, line);
    std::size_t rows = 0;
    while (std::getline(list, line)) {
        const auto field = columns(line);
        REQUIRE(field.size() >= 9);
        INFO(field[0] << ' ' << field[1]);
        const auto* block = block_of(field[0]);
        REQUIRE(block != nullptr);
        const auto* keyword = block->find(field[1]);
        REQUIRE(keyword != nullptr);
        CHECK(std::string(keyword->args) == field[2]);
        CHECK(std::string(keyword->initial) == field[4]);
        CHECK(std::string(keyword->range.text) == field[5]);
        ++rows;
    }
    CHECK(rows == 531);
}

TEST_CASE("every row says what it does and can be read") {
    for (const auto* block : conf::all_blocks()) {
        std::set<std::string_view> names;
        for (const auto& keyword : block->keywords) {
            INFO(block->path << ' ' << keyword.name);
            CHECK_FALSE(keyword.help.empty());
            CHECK((keyword.set != nullptr || keyword.block != nullptr));
            CHECK(names.insert(keyword.name).second);
        }
    }
}

TEST_CASE("a range is read from the text that people see") {
    constexpr conf::Range whole("0..4294967295");
    STATIC_REQUIRE(whole.min_whole() == 0);
    STATIC_REQUIRE(whole.max_whole() == 4294967295);
    constexpr conf::Range negative("-253..253");
    STATIC_REQUIRE(negative.min_whole() == -253);
    STATIC_REQUIRE(negative.max_whole() == 253);
    constexpr conf::Range decimal("0.000001..18446744073709.551614");
    STATIC_REQUIRE(decimal.min == 1);
    STATIC_REQUIRE(decimal.max == 18446744073709551614U);
    constexpr conf::Range with_remark("0.01..255 (v2: rounded)");
    STATIC_REQUIRE(with_remark.min == 10'000);
    STATIC_REQUIRE(with_remark.max == 255'000'000);
}

TEST_CASE("a misspelt keyword is told from its neighbours, a misplaced one is sent home") {
    const auto* instance = block_of("vrrp_instance");
    REQUIRE(instance != nullptr);
    CHECK(conf::nearest(*instance, "prioritty") == "priority");
    CHECK(conf::nearest(*instance, "nopreemt") == "nopreempt");
    CHECK(conf::nearest(*instance, "zzzzzzzz").empty());
    CHECK(conf::home_of("virtual_ipaddress")->path == "vrrp_instance");
    CHECK(conf::home_of("nonsense") == nullptr);
    CHECK(conf::edit_distance("abc", "abd") == 1);
    CHECK(conf::edit_distance("", "abc") == 3);
}
