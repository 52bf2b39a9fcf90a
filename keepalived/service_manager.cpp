#include "keepalived/service_manager.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace keepalived {
namespace {

bool started_by_systemd() {
    if (::getppid() != 1) return false;
    std::ifstream comm{"/proc/1/comm"};
    std::string name;
    return std::getline(comm, name) && name == "systemd";
}

}  // namespace

void ServiceManager::connect() {
    const char* path = std::getenv("NOTIFY_SOCKET");
    if (path == nullptr || !started_by_systemd()) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::size_t length = std::strlen(path);
    if (length < 2 || length >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) return;
    std::memcpy(address.sun_path, path, length);
    if (path[0] == '@') address.sun_path[0] = '\0';
    ::unsetenv("NOTIFY_SOCKET");
    UniqueFd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
    if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) return;
    socket_ = std::move(fd);
    send("");
}

void ServiceManager::send(std::string_view text) const {
    if (socket_) (void)!::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void ServiceManager::ready() {
    send(fmt::format("READY=1\nMAINPID={}{}", ::getpid(), complained_ ? "\nSTATUS=" : ""));
    complained_ = false;
}
void ServiceManager::reloading() const { send("RELOADING=1"); }
void ServiceManager::stopping() const { send("STOPPING=1"); }
void ServiceManager::failed(int error_number) const { send(fmt::format("ERRNO={}", error_number)); }
void ServiceManager::reload_refused(std::string_view reason) {
    complained_ = true;
    std::string line{reason.substr(0, reason.find('\n'))};
    send(fmt::format("READY=1\nMAINPID={}\nSTATUS=Reload refused: {}", ::getpid(), line));
}

}  // namespace keepalived
