// Control channel over SOCK_SEQPACKET: one message a packet, descriptors beside it.
#include "lib/process/control.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace control {
namespace {

constexpr std::size_t kControlSpace = CMSG_SPACE(sizeof(int) * kMaxDescriptors);

void take_descriptors(msghdr& header, std::vector<UniqueFd>& into) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
            into.emplace_back(fd);
        }
    }
}

}  // namespace

void Message::set_text(std::string_view words) {
    text.fill('\0');
    std::copy_n(words.begin(), std::min(words.size(), text.size() - 1), text.begin());
}

std::string_view Message::text_view() const { return {text.data(), ::strnlen(text.data(), text.size())}; }

Result<std::pair<Channel, Channel>> Channel::pair() {
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return errno_error("make control channel");
    return std::pair{Channel{UniqueFd{ends[0]}}, Channel{UniqueFd{ends[1]}}};
}

Result<> Channel::send(const Message& message, std::span<const int> descriptors) {
    if (descriptors.size() > kMaxDescriptors)
        return Error{EINVAL, "send control message", {}, "too many descriptors"};
    iovec body{const_cast<Message*>(&message), sizeof message};
    alignas(cmsghdr) std::array<char, kControlSpace> space{};
    msghdr header{};
    header.msg_iov = &body;
    header.msg_iovlen = 1;
    if (!descriptors.empty()) {
        header.msg_control = space.data();
        header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        cmsghdr* part = CMSG_FIRSTHDR(&header);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(part), descriptors.data(), descriptors.size_bytes());
    }
    if (::sendmsg(fd_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return errno_error("send control message");
    return {};
}

Result<std::optional<Received>> Channel::receive() {
    Received received;
    iovec body{&received.message, sizeof received.message};
    alignas(cmsghdr) std::array<char, kControlSpace> space{};
    msghdr header{};
    header.msg_iov = &body;
    header.msg_iovlen = 1;
    header.msg_control = space.data();
    header.msg_controllen = space.size();
    const ssize_t got = ::recvmsg(fd_.get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return std::optional<Received>{};
    if (got < 0) return errno_error("receive control message");
    take_descriptors(header, received.descriptors);
    if (got == 0) return Error{ECONNRESET, "receive control message", {}, {}};
    const bool whole = static_cast<std::size_t>(got) == sizeof(Message) &&
                       (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
    if (!whole || received.message.version != kProtocolVersion)
        return Error{EPROTO, "receive control message", {}, "other size or version"};
    received.message.text.back() = '\0';
    received.message.options.ident_suffix.back() = '\0';
    return std::optional<Received>{std::move(received)};
}

}  // namespace control
