#include "vrrp/tracking/process_match.hpp"

#include <algorithm>

namespace vrrp::tracking {

using conf::ParamMatch;

namespace {

/// A path is compared by its last component: that is what the kernel calls the process.
std::string_view comm_of(std::string_view process) {
    if (const auto slash = process.rfind('/'); slash != std::string_view::npos)
        process.remove_prefix(slash + 1);
    return process.substr(0, kCommLength);
}

bool parameters_match(const conf::TrackProcess& tracked, const std::vector<std::string>& argv) {
    const auto& wanted = tracked.parameters;
    const std::size_t given = argv.size() - 1;
    if (tracked.param_match == ParamMatch::none) return true;
    if (tracked.param_match == ParamMatch::exact && given != wanted.size()) return false;
    if (given < wanted.size()) return false;
    if (wanted.empty()) return true;
    const auto same = [&](std::size_t i) { return argv[i + 1] == wanted[i]; };
    for (std::size_t i = 0; i + 1 < wanted.size(); ++i)
        if (!same(i)) return false;
    if (tracked.param_match == ParamMatch::partial) return argv[wanted.size()].starts_with(wanted.back());
    return same(wanted.size() - 1);
}

}  // namespace

std::vector<std::string> words_of(std::string_view cmdline) {
    std::vector<std::string> words;
    while (!cmdline.empty()) {
        const auto end = std::min(cmdline.find('\0'), cmdline.size());
        words.emplace_back(cmdline.substr(0, end));
        cmdline.remove_prefix(std::min(end + 1, cmdline.size()));
    }
    return words;
}

bool needs_command_line(const conf::TrackProcess& tracked) {
    return tracked.full_command || tracked.param_match != ParamMatch::none || !tracked.parameters.empty();
}

bool matches(const conf::TrackProcess& tracked, const Running& running) {
    if (!needs_command_line(tracked)) return running.comm == comm_of(tracked.process);
    if (running.argv.empty() || running.argv.front() != tracked.process) return false;
    return parameters_match(tracked, running.argv);
}

}  // namespace vrrp::tracking
