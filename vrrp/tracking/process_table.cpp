#include "vrrp/tracking/process_table.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <string>

#include "lib/process/unique_fd.hpp"
#include "vrrp/tracking/process_match.hpp"

namespace vrrp::tracking {

namespace {

constexpr std::size_t kCommandLineLimit = 64 * 1024;

std::string proc_file(pid_t pid, const char* name) {
    const UniqueFd fd(::open(("/proc/" + std::to_string(pid) + "/" + name).c_str(), O_RDONLY | O_CLOEXEC));
    std::string content;
    char part[4096];
    while (fd && content.size() < kCommandLineLimit) {
        const ssize_t length = ::read(fd.get(), part, sizeof part);
        if (length <= 0) break;
        content.append(part, static_cast<std::size_t>(length));
    }
    return content;
}

/// State letter of /proc/PID/stat; behind the name, which may itself hold brackets.
bool is_dead(pid_t pid) {
    const std::string stat = proc_file(pid, "stat");
    const auto bracket = stat.rfind(") ");
    return bracket == std::string::npos || stat[bracket + 2] == 'Z' || stat[bracket + 2] == 'X';
}

}  // namespace

std::vector<pid_t> all_pids() {
    std::vector<pid_t> pids;
    DIR* directory = opendir("/proc");
    if (directory == nullptr) return pids;
    while (const dirent* entry = readdir(directory)) {
        const std::string_view name = entry->d_name;
        pid_t pid = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (error == std::errc{} && end == name.data() + name.size()) pids.push_back(pid);
    }
    closedir(directory);
    return pids;
}

MatchSet matches_of(pid_t pid, const std::vector<conf::TrackProcess>& tracked) {
    Running running;
    bool have_comm = false, have_argv = false;
    MatchSet set;
    for (std::uint32_t index = 0; index < tracked.size(); ++index) {
        const bool by_command_line = needs_command_line(tracked[index]);
        if (by_command_line && !std::exchange(have_argv, true))
            running.argv = words_of(proc_file(pid, "cmdline"));
        if (!by_command_line && !std::exchange(have_comm, true)) {
            running.comm = proc_file(pid, "comm");
            if (running.comm.ends_with('\n')) running.comm.pop_back();
        }
        if (matches(tracked[index], running)) set.push_back(index);
    }
    if (!set.empty() && is_dead(pid)) return {};
    return set;
}

void ProcessTable::set(pid_t pid, MatchSet matches) {
    erase(pid);
    if (matches.empty()) return;
    for (const auto index : matches) ++counts_[index];
    matching_.emplace(pid, std::move(matches));
}

void ProcessTable::erase(pid_t pid) {
    const auto found = matching_.find(pid);
    if (found == matching_.end()) return;
    for (const auto index : found->second) --counts_[index];
    matching_.erase(found);
}

void ProcessTable::inherit(pid_t parent, pid_t child) {
    const auto found = matching_.find(parent);
    if (found != matching_.end()) set(child, MatchSet(found->second));
}

}  // namespace vrrp::tracking
