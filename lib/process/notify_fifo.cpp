#include "lib/process/notify_fifo.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace process {

namespace {

constexpr mode_t kMode = 0644;

bool is_ours(const struct stat& status, const FifoSpec& spec) {
    return S_ISFIFO(status.st_mode) && (status.st_uid == geteuid() || status.st_uid == spec.uid);
}

Error not_ours(const std::string& path) {
    return {0, "notify fifo " + path + " is not a fifo we own - not using", {}, {}};
}

}  // namespace

NotifyFifo& NotifyFifo::operator=(NotifyFifo&& other) noexcept {
    if (this == &other) return *this;
    close();
    path_ = std::move(other.path_);
    fd_ = std::move(other.fd_);
    created_ = std::exchange(other.created_, false);
    return *this;
}

NotifyFifo::~NotifyFifo() { close(); }

Result<NotifyFifo> NotifyFifo::open(const FifoSpec& spec) {
    NotifyFifo fifo;
    fifo.path_ = spec.path;
    fifo.created_ = mkfifo(spec.path.c_str(), kMode) == 0;
    if (!fifo.created_ && errno != EEXIST) return errno_error("Unable to create notify fifo", spec.path);

    fifo.fd_.reset(::open(spec.path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
    if (!fifo.fd_) {
        if (errno == ELOOP) return not_ours(spec.path);
        return errno_error("Unable to open notify fifo", spec.path);
    }
    // What was opened is judged, not what the name means by now.
    struct stat status {};
    if (fstat(fifo.fd_.get(), &status) != 0 || !is_ours(status, spec)) {
        fifo.created_ = false;
        return not_ours(spec.path);
    }
    if (fifo.created_ && fchown(fifo.fd_.get(), spec.uid, spec.gid) != 0)
        return errno_error("Unable to change the owner of notify fifo", spec.path);
    return fifo;
}

void NotifyFifo::close() {
    if (created_) unlink(path_.c_str());
    created_ = false;
    fd_.reset();
}

bool write_fifo_line(int fd, std::string_view line) {
    // Up to PIPE_BUF bytes go in whole or not at all (pipe(7)); a line is far shorter.
    return fd >= 0 && ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

}  // namespace process
