// Every real file, read; printed; read again: the models are equal. Printed in two ways: laid out anew (keepalivedctl fmt)
// and with everything expanded (check --expanded, config_save_dir). Skipped where the corpus is absent.
// usage: conf_round_trip [FOLDER]
#include <fmt/format.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "conf/format.hpp"
#include "oracle_host.hpp"

namespace {

using conf_test::kSkipped;

std::string contents(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// A folder of its own with one file in it, whose text changes: what is relative to it stays the same.
class Folder {
  public:
    Folder() : path_((std::filesystem::temp_directory_path() / "conf_round_trip_XXXXXX").string()) {
        if (::mkdtemp(path_.data()) == nullptr) std::abort();
        std::filesystem::current_path(path_);
    }
    Folder(const Folder&) = delete;
    ~Folder() {
        std::filesystem::current_path("/");
        std::filesystem::remove_all(path_);
    }
    std::string holding(const std::string& text) const {
        const std::string name = "keepalived.conf";
        std::ofstream(name, std::ios::binary) << text;
        return name;
    }

  private:
    std::string path_;
};

conf::Generation read(const std::string& path, const conf::LiveFacts& host) {
    conf::ReadOptions options;
    options.pattern = path;
    options.config_id = "host";
    options.config_test = true;
    return conf::read(options, host);
}

std::string difference(const conf::Generation& first, const conf::Generation& second) {
    if (!(first.model == second.model)) return "another model";
    if (first.model_hash != second.model_hash) return "another hash of an equal model";
    return "";
}

class RoundTrip {
  public:
    void check(const std::filesystem::path& file, const std::vector<std::string>& interfaces) {
        const conf_test::OracleHost host(interfaces);
        const auto text = contents(file);
        const auto original = read(folder_.holding(text), host);
        const auto same = [&](std::string_view how, const std::string& printed) {
            const auto problem = difference(original, read(folder_.holding(printed), host));
            ++tried_;
            if (problem.empty()) return;
            ++wrong_;
            fmt::print("{}: {}: {}\n", file.filename().string(), how, problem);
        };
        same("fmt", conf::format_configuration(text));
        same("expanded", conf::expanded_text(original));
        // What is printed once is printed the same again.
        const auto once = conf::format_configuration(text);
        if (conf::format_configuration(once) != once) {
            ++wrong_;
            fmt::print("{}: fmt: formatted again, it is another text\n", file.filename().string());
        }
    }
    int summarise() const {
        fmt::print("{} round trips, {} wrong\n", tried_, wrong_);
        return wrong_ == 0 && tried_ > 0 ? 0 : 1;
    }

  private:
    Folder folder_;
    int tried_ = 0, wrong_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    const auto folder = conf_test::corpus_folder(argc, argv);
    std::ifstream oracles(folder / "oracle.jsonl");
    if (!oracles) {
        fmt::print("skipped: no corpus in {}\n", folder.string());
        return kSkipped;
    }
    const auto files = std::filesystem::absolute(folder / "files");
    RoundTrip round_trip;
    for (std::string line; std::getline(oracles, line);) {
        const auto oracle = nlohmann::json::parse(line);
        round_trip.check(files / oracle["file"].get<std::string>(),
                         oracle["interfaces"].get<std::vector<std::string>>());
    }
    return round_trip.summarise();
}
