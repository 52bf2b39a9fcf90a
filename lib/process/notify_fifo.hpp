// Notify FIFOs: made, checked and owned as conf-global.md §7.7 says. The opener keeps the descriptor as long
// as the suite runs, so that a reader never sees end of file (decisions.md §5).
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>

#include "lib/process/unique_fd.hpp"
#include "lib/result.hpp"

namespace process {

struct FifoSpec {
    std::string path;
    uid_t uid = 0;
    gid_t gid = 0;
};

class NotifyFifo {
  public:
    NotifyFifo() = default;
    NotifyFifo(NotifyFifo&& other) noexcept { *this = std::move(other); }
    NotifyFifo& operator=(NotifyFifo&& other) noexcept;
    ~NotifyFifo();

    /// Makes the FIFO (0644 & ~umask) or takes an existing one of ours; opens it read-write, non-blocking,
    /// not through a symbolic link. The error's message() is the reference's log line.
    static Result<NotifyFifo> open(const FifoSpec& spec);

    int fd() const { return fd_.get(); }
    const std::string& path() const { return path_; }
    explicit operator bool() const { return static_cast<bool>(fd_); }
    /// Closes, and removes the FIFO if it was made here.
    void close();

  private:
    std::string path_;
    UniqueFd fd_;
    bool created_ = false;
};

/// One line into the FIFO, whole or not at all; false when it was lost (no space).
bool write_fifo_line(int fd, std::string_view line);

}  // namespace process
