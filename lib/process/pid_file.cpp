#include "lib/process/pid_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace {

constexpr mode_t kMode = 0644;

Result<UniqueFd> open_or_make(const std::string& path) {
    UniqueFd fd{::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
    if (fd || errno != ENOENT) {
        if (!fd) return errno_error("open pid file", path);
        return fd;
    }
    fd = UniqueFd{::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kMode)};
    if (!fd) return errno_error("create pid file", path);
    if (::fchmod(fd.get(), kMode) != 0) return errno_error("chmod pid file", path);
    return fd;
}

}  // namespace

Result<PidFile> PidFile::acquire(const std::string& path) {
    auto fd = open_or_make(path);
    if (!fd) return fd.error();
    struct stat info {};
    if (::fstat(fd->get(), &info) != 0 || !S_ISREG(info.st_mode))
        return Error{EINVAL, "open pid file", path, "not a regular file"};
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    if (::fcntl(fd->get(), F_OFD_SETLK, &lock) != 0) return errno_error("lock pid file", path);
    if (::ftruncate(fd->get(), 0) != 0) return errno_error("truncate pid file", path);
    PidFile file;
    file.path_ = path;
    file.fd_ = std::move(*fd);
    // Between open and lock its last owner may have removed it: then the name stands for nothing, or for
    // another's file.
    if (!file.is_still_there()) return acquire(path);
    return file;
}

bool PidFile::is_still_there() const {
    struct stat by_name {
    }, by_descriptor{};
    return ::lstat(path_.c_str(), &by_name) == 0 && ::fstat(fd_.get(), &by_descriptor) == 0 &&
           by_name.st_dev == by_descriptor.st_dev && by_name.st_ino == by_descriptor.st_ino;
}

Result<> PidFile::write(pid_t pid) {
    if (!is_still_there()) {
        auto again = acquire(path_);
        if (!again) return again.error();
        *this = std::move(*again);
    }
    char text[16];
    const int length = std::snprintf(text, sizeof text, "%d\n", static_cast<int>(pid));
    if (::ftruncate(fd_.get(), 0) != 0 ||
        ::pwrite(fd_.get(), text, static_cast<std::size_t>(length), 0) != length)
        return errno_error("write pid file", path_);
    return {};
}

void PidFile::remove() {
    if (!fd_) return;
    if (is_still_there()) ::unlink(path_.c_str());
    fd_.reset();
}
