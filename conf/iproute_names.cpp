#include "conf/iproute_names.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace conf {

namespace {

namespace fs = std::filesystem;

struct BuiltIn {
    const char* name;
    std::uint32_t number;
};

struct TableFile {
    const char* file;
    std::uint32_t max;
    std::vector<BuiltIn> built_in;
};

const TableFile& table_file(NameTable table) {
    static const std::array<TableFile, 7> files{{
        {"rt_tables", UINT32_MAX, {{"default", 253}, {"main", 254}, {"local", 255}}},
        {"rt_dsfield", 255, {}},
        {"rt_realms", 255, {}},
        {"rt_protos",
         255,
         {{"none", 0},
          {"redirect", 1},
          {"kernel", 2},
          {"boot", 3},
          {"static", 4},
          {"gated", 8},
          {"ra", 9},
          {"mrt", 10},
          {"zebra", 11},
          {"bird", 12},
          {"dnrouted", 13},
          {"xorp", 14},
          {"ntk", 15},
          {"dhcp", 16},
          {"babel", 42}}},
        {"group", INT32_MAX, {}},
        {"rt_scopes", 255, {{"global", 0}, {"site", 200}, {"link", 253}, {"host", 254}, {"nowhere", 255}}},
        {"rt_addrprotos", 255, {{"unspecified", 0}, {"kernel_lo", 1}, {"kernel_ra", 2}, {"kernel_ll", 3}}},
    }};
    return files[static_cast<std::size_t>(table)];
}

/// One file: the first line with the name wins.
std::optional<std::uint32_t> find_in_file(const fs::path& path, const std::string& name, std::uint32_t max) {
    std::ifstream stream(path);
    for (std::string line; std::getline(stream, line);) {
        line.erase(std::min(line.find('#'), line.size()));
        std::istringstream words(line);
        std::string number, word, surplus;
        if (!(words >> number >> word) || words >> surplus || word != name) continue;
        char* end = nullptr;
        errno = 0;
        const unsigned long long value = std::strtoull(number.c_str(), &end, 0);
        if (errno != 0 || *end != '\0' || number[0] == '-' || value > max) continue;
        return static_cast<std::uint32_t>(value);
    }
    return std::nullopt;
}

/// The *.conf of a directory in order of name.
std::vector<fs::path> conf_files(const fs::path& directory) {
    std::vector<fs::path> files;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory, error)) {
        const auto& path = entry.path();
        const bool is_hidden = path.filename().string().starts_with(".");
        if (!is_hidden && path.extension() == ".conf" && entry.is_regular_file(error)) files.push_back(path);
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// etc's file hides usr's, etc's *.conf hide their namesakes.
std::vector<fs::path> files_of(const TableFile& table, const fs::path& usr, const fs::path& etc) {
    std::vector<fs::path> files;
    std::error_code error;
    const bool etc_has_it = fs::is_regular_file(etc / table.file, error);
    files.push_back((etc_has_it ? etc : usr) / table.file);
    const std::string directory = std::string(table.file) + ".d";
    const auto own = conf_files(etc / directory);
    if (usr != etc) {
        std::set<fs::path> hidden;
        for (const auto& path : own) hidden.insert(path.filename());
        for (const auto& path : conf_files(usr / directory)) {
            if (hidden.count(path.filename()) == 0) files.push_back(path);
        }
    }
    files.insert(files.end(), own.begin(), own.end());
    return files;
}

}  // namespace

std::optional<std::uint32_t> iproute_number(NameTable table, const std::string& name,
                                            const std::string& usr_dir, const std::string& etc_dir) {
    const TableFile& known = table_file(table);
    for (const auto& path : files_of(known, usr_dir, etc_dir)) {
        if (const auto number = find_in_file(path, name, known.max)) return number;
    }
    for (const auto& entry : known.built_in) {
        if (name == entry.name) return entry.number;
    }
    return std::nullopt;
}

}  // namespace conf
