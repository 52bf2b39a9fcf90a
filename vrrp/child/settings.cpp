#include "vrrp/child/settings.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "lib/process/unique_fd.hpp"

namespace vrrp {

namespace {

std::string full_path(const std::string& path) { return "/proc/sys/net/" + path; }

}  // namespace

std::optional<int> read_setting(const std::string& path) {
    UniqueFd fd(::open(full_path(path).c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return std::nullopt;
    char text[32];
    const ssize_t size = ::read(fd.get(), text, sizeof text);
    int value = 0;
    if (size <= 0 || std::from_chars(text, text + size, value).ec != std::errc()) return std::nullopt;
    return value;
}

bool write_setting(const std::string& path, int value) {
    UniqueFd fd(::open(full_path(path).c_str(), O_WRONLY | O_CLOEXEC));
    const std::string text = std::to_string(value);
    return fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

void ChangedSettings::set(const std::string& path, int value) {
    const auto present = read_setting(path);
    if (!present) return;
    originals_.emplace(path, *present);
    if (*present != value) (void)write_setting(path, value);
}

std::optional<int> ChangedSettings::original(const std::string& path) const {
    const auto found = originals_.find(path);
    return found == originals_.end() ? std::nullopt : std::optional<int>(found->second);
}

void ChangedSettings::restore() {
    for (const auto& [path, value] : originals_) (void)write_setting(path, value);
    originals_.clear();
}

}  // namespace vrrp
