// A directory of the test's own, which other users may enter (scripts run as them); gone with its owner.
#pragma once

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

class Scratch {
  public:
    Scratch() {
        std::string pattern = (std::filesystem::temp_directory_path() / "keepalived-test-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
        ::chmod(path_.c_str(), 0755);
    }
    ~Scratch() { std::filesystem::remove_all(path_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
    const std::string& path() const { return path_; }

    std::string read(std::string_view name) const {
        std::ifstream file(*this / name);
        std::stringstream text;
        text << file.rdbuf();
        return text.str();
    }
    void write(std::string_view name, std::string_view text) const { std::ofstream(*this / name) << text; }
    /// An executable shell script; it starts in this directory.
    std::string script(std::string_view name, std::string_view body) const {
        write(name, "#!/bin/sh\ncd " + path_ + "\n" + std::string(body) + "\n");
        ::chmod((*this / name).c_str(), 0755);
        return *this / name;
    }
    bool has(std::string_view name) const { return std::filesystem::exists(*this / name); }

  private:
    std::string path_;
};
