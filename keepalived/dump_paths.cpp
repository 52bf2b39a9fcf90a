#include "keepalived/dump_paths.hpp"

namespace keepalived {
namespace {

/// A configured path over the default one: "/d/" a directory, "/d/f" a file, "f" a name in the default directory.
std::string replace(const std::string& directory, const std::string& name, const std::string& configured) {
    if (configured.empty()) return directory + "/" + name;
    std::string path = configured.front() == '/' ? configured : directory + "/" + configured;
    if (path.back() == '/') path += name;
    return path;
}

/// Before the extension of the last part.
std::string with_suffix(const std::string& path, const std::string& suffix) {
    const std::size_t slash = path.rfind('/');
    const std::size_t dot = path.rfind('.');
    if (dot == std::string::npos || (slash != std::string::npos && dot < slash)) return path + suffix;
    return path.substr(0, dot) + suffix + path.substr(dot);
}

std::string process_suffix(Role role) {
    switch (role) {
        case Role::supervisor:
            return "_parent";
        case Role::checker:
            return "_check";
        case Role::bfd:
            return "_bfd";
        case Role::lagg:
            return "_lagg";
        default:
            return "";
    }
}

std::string instance_suffix(const DumpRules& rules) {
    if (!rules.use_instance || (rules.net_namespace.empty() && rules.instance.empty())) return {};
    const bool both = !rules.net_namespace.empty() && !rules.instance.empty();
    return "." + rules.net_namespace + (both ? "_" : "") + rules.instance;
}

}  // namespace

std::string dump_path(const DumpRules& rules, control::Dump kind, Role role) {
    switch (kind) {
        case control::Dump::stats:
        case control::Dump::stats_clear:
            return replace(rules.directory, "keepalived.stats", rules.stats_dump_file);
        case control::Dump::json:
            return replace(rules.directory, "keepalived.json", rules.json_dump_file);
        default:
            break;
    }
    const std::string base = replace(rules.directory, "keepalived.data", rules.state_dump_file);
    return with_suffix(base, process_suffix(role) + instance_suffix(rules));
}

mode_t dump_mode(control::Dump kind, mode_t umask) {
    return kind == control::Dump::json ? 0600 : static_cast<mode_t>(0666 & ~umask);
}

}  // namespace keepalived
