// What `keepalived -t` would say of each FILE on this host, one line of JSON a file: for differential.py, which holds it
// against another keepalived. usage: conf_outcomes FILE…
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "conf/reader.hpp"

namespace {

using nlohmann::json;

json outcome(const std::string& file) {
    conf::ReadOptions options;
    options.pattern = file;
    options.config_test = options.reference_complaints = true;
    const auto generation = conf::read(options);
    auto problems = json::array();
    for (const auto& diagnostic : generation.diagnostics.list) {
        if (diagnostic.severity == conf::Class::note) continue;
        problems.push_back({{"line", diagnostic.where.line},
                            {"text", diagnostic.text},
                            {"class", static_cast<int>(diagnostic.severity)},
                            {"counts", !diagnostic.log_only}});
    }
    return {{"file", file}, {"exit", generation.diagnostics.exit_status()}, {"problems", problems}};
}

}  // namespace

int main(int argc, char** argv) {
    for (int at = 1; at < argc; ++at) {
        fmt::print("{}\n", outcome(argv[at]).dump(-1, ' ', false, json::error_handler_t::replace));
    }
    return 0;
}
