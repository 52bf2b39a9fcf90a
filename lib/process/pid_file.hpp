// Pid files: locked by an open-file-description lock, which lasts as long as any process keeps the
// descriptor; 0644 whatever the umask; never through a symbolic link (cli-signals.md §6).
#pragma once

#include <sys/types.h>

#include <string>

#include "lib/process/unique_fd.hpp"
#include "lib/result.hpp"

class PidFile {
  public:
    /// Opens (makes) and locks. A stale file is taken over, emptied, its mode kept.
    /// Error code EAGAIN: another process has it locked.
    static Result<PidFile> acquire(const std::string& path);

    PidFile() = default;
    PidFile(PidFile&&) noexcept = default;
    PidFile& operator=(PidFile&&) noexcept = default;

    const std::string& path() const { return path_; }
    int fd() const { return fd_.get(); }
    explicit operator bool() const { return static_cast<bool>(fd_); }

    /// Writes "<pid>\n"; makes and locks the file anew when somebody deleted it meanwhile.
    Result<> write(pid_t pid);
    /// Removes the file, if it is still ours, and lets go of the lock.
    void remove();

  private:
    bool is_still_there() const;

    std::string path_;
    UniqueFd fd_;
};
