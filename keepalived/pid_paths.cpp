#include "keepalived/pid_paths.hpp"

namespace keepalived {

bool uses_pid_directory(const PidRules& rules) {
    return rules.use_pid_dir || !rules.net_namespace.empty() || !rules.instance.empty();
}

std::string pid_path(const PidRules& rules, Role role) {
    if (const std::string& given = rules.given[index_of(role)]; !given.empty()) return given;
    const char* base = nullptr;
    switch (role) {
        case Role::supervisor:
            base = "keepalived";
            break;
        case Role::vrrp:
            base = "vrrp";
            break;
        case Role::checker:
            base = "checkers";
            break;
        case Role::bfd:
            base = "bfd";
            break;
        case Role::lagg:
            base = "lagg";
            break;
        default:
            return {};
    }
    const std::string directory = uses_pid_directory(rules) ? kPidDirectory : "/run";
    const std::string suffix = rules.instance.empty() ? "" : "_" + rules.instance;
    return directory + "/" + base + suffix + ".pid";
}

}  // namespace keepalived
