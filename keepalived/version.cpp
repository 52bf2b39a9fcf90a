#include "keepalived/version.hpp"

#include <fmt/format.h>
#include <linux/version.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <vector>

namespace keepalived {
namespace {

std::string distribution() {
    std::ifstream file{"/etc/os-release"};
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("PRETTY_NAME=")) continue;
        std::string name = line.substr(line.find('=') + 1);
        std::erase(name, '"');
        return name;
    }
    return {};
}

bool built_for_newer_kernel() {
    utsname system{};
    unsigned major = 0, minor = 0, patch = 0;
    if (::uname(&system) != 0 || std::sscanf(system.release, "%u.%u.%u", &major, &minor, &patch) < 2)
        return false;
    return LINUX_VERSION_CODE > (major << 16) + (minor << 8) + std::min(patch, 255U);
}

}  // namespace

std::string compatible_version() { return "Keepalived v2.4.3 (08/13,2026)"; }

std::string own_version() { return "keepalived++ " KEEPALIVED_VERSION; }

std::string running_kernel() {
    utsname system{};
    ::uname(&system);
    return fmt::format("{} {} {}", system.sysname, system.release, system.version);
}

std::string built_kernel() {
    return fmt::format("{}.{}.{}", LINUX_VERSION_CODE >> 16 & 0xff, LINUX_VERSION_CODE >> 8 & 0xff,
                       LINUX_VERSION_CODE & 0xff);
}

std::string kernel_line() {
    if (built_for_newer_kernel())
        return fmt::format("WARNING - keepalived was built for newer Linux {}, running on {}", built_kernel(),
                           running_kernel());
    return fmt::format("Running on {} (built for Linux {})", running_kernel(), built_kernel());
}

std::string config_options(const std::string& libexec) {
    struct Option {
        const char* words;
        const char* executable;
    };
    constexpr Option kOptions[] = {
        {"VRRP VRRP_AUTH VRRP_VMAC OLD_CHKSUM_COMPAT NFTABLES", "keepalived_vrrp"},
        {"LVS REGEX", "keepalived_healthcheckers"},
        {"JSON", "keepalived_report"},
        {"BFD", "keepalived_bfd"},
        {"SNMP_V3_FOR_V2 SNMP_VRRP SNMP_CHECKER SNMP_RFCV2 SNMP_RFCV3", "keepalived_snmp"},
        {"DBUS", "keepalived_dbus"},
    };
    std::string text = "Config options: ";
    for (const Option& option : kOptions)
        if (::access((libexec + "/" + option.executable).c_str(), F_OK) == 0)
            text += std::string{" "} + option.words;
    return text + " INIT=systemd SYSTEMD_NOTIFY";
}

std::string version_text(const std::string& libexec) {
    const std::string distro = distribution();
    return fmt::format(
        "{}\n{}\n\nCopyright(C) 2026 the keepalived++ authors; licence Apache-2.0\n\n"
        "Built with kernel headers for Linux {}\nRunning on {}\n{}\nconfigure options: \n\n{}\n\nSystem "
        "options: \n",
        compatible_version(), own_version(), built_kernel(), running_kernel(),
        distro.empty() ? "" : fmt::format("Distro: {}\n", distro), config_options(libexec));
}

std::vector<std::string> command_line_text(const std::vector<std::string>& words) {
    constexpr std::size_t kColumns = 100;
    const std::string head = "Command line:";
    std::vector<std::string> lines{head};
    for (const std::string& word : words) {
        const std::string quoted = fmt::format(" '{}'", word);
        if (lines.back().size() + quoted.size() > kColumns && lines.back().size() > head.size())
            lines.emplace_back(head.size(), ' ');
        lines.back() += quoted;
    }
    return lines;
}

}  // namespace keepalived
