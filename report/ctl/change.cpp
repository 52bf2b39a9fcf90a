// keepalivedctl fmt and diff.
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "conf/difference.hpp"
#include "conf/format.hpp"
#include "conf/reader.hpp"
#include "lib/process/unique_fd.hpp"
#include "report/ctl/offline.hpp"

namespace report::ctl {

namespace {

/// The new text under the old name, all of it or nothing; owner and mode stay.
int replace_file(const std::string& path, const std::string& text, std::ostream& err) {
    const auto failed = [&](const char* doing) {
        fmt::print(err, "{}: {}: {}\n", path, doing, std::strerror(errno));
        return 1;
    };
    struct stat state {};
    if (::stat(path.c_str(), &state) != 0) return failed("stat");
    std::string temporary = path + ".XXXXXX";
    const UniqueFd fd(::mkstemp(temporary.data()));
    if (!fd) return failed("create a file beside it");
    const bool written = ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                         ::fchmod(fd.get(), state.st_mode & 07777) == 0 &&
                         (::geteuid() != 0 || ::fchown(fd.get(), state.st_uid, state.st_gid) == 0) &&
                         ::fsync(fd.get()) == 0 && ::rename(temporary.c_str(), path.c_str()) == 0;
    if (written) return 0;
    const int status = failed("write");
    ::unlink(temporary.c_str());
    return status;
}

}  // namespace

int format(const FormatOptions& options, std::ostream& out, std::ostream& err) {
    int status = 0;
    for (const auto& path : options.files) {
        std::ifstream stream(path, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(stream), {}};
        if (!stream) {
            fmt::print(err, "{}: cannot be read\n", path);
            return 1;
        }
        const std::string formatted = conf::format_configuration(text);
        if (options.check) {
            if (formatted == text) continue;
            fmt::print(out, "{} is not formatted\n", path);
            status = 1;
        } else if (!options.write) {
            out << formatted;
        } else if (formatted != text) {
            status |= replace_file(path, formatted, err);
        }
    }
    return status;
}

int diff(const std::string& old_file, const std::string& new_file, const std::string& config_id,
         std::ostream& out, std::ostream& err) {
    const auto read = [&](const std::string& pattern) {
        conf::ReadOptions options;
        options.pattern = pattern;
        options.config_id = config_id;
        options.config_test = true;
        return conf::read(options);
    };
    const auto running = read(old_file), next = read(new_file);
    for (const auto* generation : {&running, &next}) {
        if (!generation->main_file_missing) continue;
        for (const auto& problem : generation->diagnostics.list) {
            fmt::print(err, "{}\n", render(problem, generation->diagnostics.files, conf::Style::log_line));
        }
        return 1;
    }
    if (next.diagnostics.refuses_reload())
        fmt::print(out, "a reload would be refused: see keepalivedctl check {}\n", new_file);
    const auto lines = conf::difference(running.model, next.model);
    for (const auto& line : lines) fmt::print(out, "{}\n", line);
    if (lines.empty()) fmt::print(out, "nothing changes\n");
    return 0;
}

}  // namespace report::ctl
