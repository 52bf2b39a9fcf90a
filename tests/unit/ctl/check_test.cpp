// keepalivedctl check: what people and editors see, byte for byte. After a change that is meant, write the golden files
// anew: KEEPALIVED_WRITE_GOLDEN=1 build/release/tests/unit_ctl
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "report/ctl/offline.hpp"
#include "source_tree.hpp"

namespace {

const std::filesystem::path kGolden = SOURCE_DIR "/tests/unit/ctl/golden";

/// What a command prints when it runs beside the golden files, so that names in it are short.
std::string checked(report::ctl::CheckOptions options, int status) {
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(kGolden);
    options.pattern = "problems.conf";
    options.config_id = "lb1";
    std::ostringstream out;
    CHECK(report::ctl::check(options, out) == status);
    std::filesystem::current_path(before);
    return out.str();
}

std::string golden(const std::string& name, const std::string& now) {
    if (std::getenv("KEEPALIVED_WRITE_GOLDEN") != nullptr) std::ofstream(kGolden / name) << now;
    std::ifstream stream(kGolden / name);
    return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("check shows every problem with its place, a caret, a hint and how the reader came there") {
    const std::string text = checked({}, 1);
    CHECK(text == golden("problems.txt", text));
    CHECK(text.find('\033') == std::string::npos);
}

TEST_CASE("check has the same as JSON, with the keys of the manual page") {
    const std::string text = checked({.json = true}, 1);
    CHECK(text == golden("problems.json", text));
    const auto report = nlohmann::json::parse(text);
    std::ifstream stream(SOURCE_DIR "/doc/keepalivedctl.1");
    const std::string page(std::istreambuf_iterator<char>(stream), {});
    const auto is_documented = [&](const std::string& key) {
        INFO(key);
        // ".It Cm key", ".Cm key ," and the like
        CHECK((page.find(" " + key + "\n") != std::string::npos ||
               page.find(" " + key + " ") != std::string::npos));
    };
    for (const auto& [key, value] : report.items()) is_documented(key);
    for (const auto& problem : report["diagnostics"]) {
        for (const auto& [key, value] : problem.items()) is_documented(key);
        is_documented(problem["class"]);
        if (problem["where"].is_null()) continue;
        for (const auto& [key, value] : problem["where"].items()) is_documented(key);
    }
}

TEST_CASE("colours are the same text with colours in it") {
    const std::string plain = checked({}, 1), coloured = checked({.colour = true}, 1);
    std::string stripped;
    for (std::size_t at = 0; at < coloured.size(); ++at) {
        if (coloured[at] == '\033') {
            at = coloured.find('m', at);
        } else {
            stripped += coloured[at];
        }
    }
    CHECK(coloured.find("\033[1;31merror:\033[0m") != std::string::npos);
    CHECK(stripped == plain);
}

TEST_CASE("a keyword is explained, a misspelt one is guessed") {
    std::ostringstream out;
    CHECK(report::ctl::explain({"virtual_router_id"}, out) == 0);
    CHECK(out.str().find("where    vrrp_instance\n") != std::string::npos);
    CHECK(report::ctl::explain({"virtul_router_id", "zzzzzz"}, out) == 1);
    CHECK(
        out.str().ends_with("There is no keyword virtul_router_id. Did you mean virtual_router_id?\n"
                            "There is no keyword zzzzzz.\n"));
}
