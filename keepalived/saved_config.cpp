#include "keepalived/saved_config.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lib/log/log.hpp"
#include "lib/process/unique_fd.hpp"

namespace keepalived {
namespace {

constexpr int kFresh = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

void write_file(const std::string& path, const std::string& text, mode_t mode) {
    const UniqueFd fd{::open(path.c_str(), kFresh, mode)};
    if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        logging::info("Can't write {} ({}: {})", path, errno, std::strerror(errno));
}

}  // namespace

void save_configuration(const std::string& directory, const conf::Generation& generation, unsigned reading) {
    if (directory.empty()) return;
    constexpr mode_t kPrivateDirectory = 0700, kPrivate = 0600;
    if (::mkdir(directory.c_str(), kPrivateDirectory) == 0)
        ::chmod(directory.c_str(), kPrivateDirectory);
    else if (errno != EEXIST)
        return logging::info("Can't make directory {} ({}: {})", directory, errno, std::strerror(errno));
    const std::string path = fmt::format("{}/keepalived.conf.{}.{}", directory, ::getpid(), reading);
    write_file(path, conf::expanded_text(generation), kPrivate);
}

ReloadMarker::ReloadMarker(std::string path) : path_(std::move(path)) {
    if (path_.empty()) return;
    constexpr mode_t kReadable = 0644;
    const UniqueFd fd{::open(path_.c_str(), kFresh, kReadable)};
    if (fd)
        ::fchmod(fd.get(), kReadable);
    else
        logging::info("Can't write {} ({}: {})", path_, errno, std::strerror(errno));
}

ReloadMarker::~ReloadMarker() {
    if (!path_.empty()) ::unlink(path_.c_str());
}

std::string reload_marker_path(const std::optional<std::string>& configured, const std::string& pid_path,
                               const std::string& instance) {
    if (!configured) return {};
    if (!configured->empty()) return *configured;
    const std::string directory = pid_path.substr(0, pid_path.rfind('/'));
    return directory + "/keepalived" + (instance.empty() ? "" : "_" + instance) + ".reload";
}

void write_check_report(const std::string& path, const std::string& report) {
    constexpr mode_t kPrivate = 0600;
    write_file(path, report, kPrivate);
}

}  // namespace keepalived
