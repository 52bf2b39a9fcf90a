// Exit codes of the daemon and of its children (cli-signals.md §5). Those of a child marked permanent end the
// daemon.
#pragma once

namespace exit_code {

inline constexpr int kOk = 0;
inline constexpr int kFatal = 1;         ///< permanent: e.g. the kernel lacks what the child is for
inline constexpr int kConfig = 2;        ///< permanent: the configuration cannot be run
inline constexpr int kNoPermission = 4;  ///< permanent: not root, no capability
inline constexpr int kNoConfig = 6;      ///< the daemon: main file missing, failed include check
inline constexpr int kSoftware = 70;     ///< the event loop broke
inline constexpr int kNoMemory = 204;

constexpr bool is_permanent(int code) { return code == kFatal || code == kConfig || code == kNoPermission; }

}  // namespace exit_code
