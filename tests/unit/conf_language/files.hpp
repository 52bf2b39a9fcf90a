// Configuration files in a directory of their own, and what reading them gives.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "conf/expand.hpp"
#include "conf/lex.hpp"
#include "source_tree.hpp"

/// The corpus of real files; an empty path where it is absent.
inline std::filesystem::path corpus_files() {
    const char* variable = std::getenv("KEEPALIVED_CORPUS");
    const std::filesystem::path folder = variable != nullptr ? variable : SOURCE_DIR "/../shared/corpus";
    return std::filesystem::exists(folder / "files") ? folder / "files" : std::filesystem::path();
}

class ConfigFiles {
  public:
    ConfigFiles() {
        std::string name = (std::filesystem::temp_directory_path() / "keepalived-conf-XXXXXX").string();
        directory_ = std::filesystem::canonical(::mkdtemp(name.data()));
    }
    ~ConfigFiles() { std::filesystem::remove_all(directory_); }
    ConfigFiles(const ConfigFiles&) = delete;
    ConfigFiles& operator=(const ConfigFiles&) = delete;

    std::string path(const std::string& name) const { return (directory_ / name).string(); }

    void write(const std::string& name, std::string_view text) const {
        std::filesystem::create_directories((directory_ / name).parent_path());
        std::ofstream(directory_ / name) << text;
    }

  private:
    std::filesystem::path directory_;
};

/// What came out of reading: the logical lines joined by '|', and the problems.
struct Read {
    conf::ExpandedText expanded;
    conf::Diagnostics diagnostics;

    std::string lines() const {
        std::string text = expanded.text;
        for (char& byte : text) byte = byte == '\n' ? '|' : byte;
        if (!text.empty()) text.pop_back();
        return text;
    }
    std::vector<std::string> errors() const {
        std::vector<std::string> texts;
        for (const auto& diagnostic : diagnostics.list) {
            if (!diagnostic.log_only) texts.push_back(diagnostic.text);
        }
        return texts;
    }
    std::vector<std::string> messages() const {
        std::vector<std::string> texts;
        for (const auto& diagnostic : diagnostics.list) texts.push_back(diagnostic.text);
        return texts;
    }
};

inline Read read_pattern(const std::string& pattern, bool all_config = false) {
    Read read;
    conf::DiagnosticSink sink(read.diagnostics);
    read.expanded = conf::expand({pattern, "me", all_config}, sink);
    return read;
}

inline Read read_text(std::string_view text) {
    const ConfigFiles files;
    files.write("keepalived.conf", text);
    return read_pattern(files.path("keepalived.conf"));
}
