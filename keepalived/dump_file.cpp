#include "keepalived/dump_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace keepalived {

Result<DumpFile> DumpFile::create(const std::string& final_path, mode_t mode) {
    DumpFile file;
    std::string name = final_path + "XXXXXX";
    file.fd_ = UniqueFd{::mkostemp(name.data(), O_CLOEXEC)};
    if (!file.fd_) return errno_error("create", final_path);
    file.final_ = final_path;
    file.temporary_ = std::move(name);
    if (::fchmod(file.fd_.get(), mode) != 0) return errno_error("chmod", file.temporary_);
    return file;
}

DumpFile::DumpFile(DumpFile&& other) noexcept
    : final_(std::exchange(other.final_, {})),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::move(other.fd_)) {}

DumpFile& DumpFile::operator=(DumpFile&& other) noexcept {
    std::swap(final_, other.final_);
    std::swap(temporary_, other.temporary_);
    std::swap(fd_, other.fd_);
    return *this;
}

DumpFile::~DumpFile() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<> DumpFile::publish() {
    if (::rename(temporary_.c_str(), final_.c_str()) != 0) return errno_error("rename", temporary_);
    temporary_.clear();
    return {};
}

}  // namespace keepalived
