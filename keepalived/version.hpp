// What we call ourselves: the version whose surface is the contract first, because tools parse it, then our own.
#pragma once

#include <string>
#include <vector>

namespace keepalived {

/// "Keepalived v2.4.3 (08/13,2026)"
std::string compatible_version();
/// "keepalived++ 1.0.0"
std::string own_version();
/// "Linux 6.1.0 #1 SMP …": uname's sysname, release, version.
std::string running_kernel();
/// "6.1.187": the headers this was built with.
std::string built_kernel();
/// The line "Running on …", or the warning when built for a newer kernel.
std::string kernel_line();
/// "Config options:  VRRP VRRP_AUTH …": words which other tools look for. @param libexec  what is not there is not named
std::string config_options(const std::string& libexec);
/// The whole text of -v.
std::string version_text(const std::string& libexec);
/// "Command line: 'a' 'b'", wrapped at 100 columns, continued under its first word.
std::vector<std::string> command_line_text(const std::vector<std::string>& words);

}  // namespace keepalived
