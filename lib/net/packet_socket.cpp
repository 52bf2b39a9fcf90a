#include "lib/net/packet_socket.hpp"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

namespace net {

Result<PacketSocket> PacketSocket::open() {
    // Protocol 0: it receives nothing, so nothing has to be dropped.
    UniqueFd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return errno_error("open packet socket");
    PacketSocket socket;
    socket.fd_ = std::move(fd);
    return socket;
}

int PacketSocket::send(std::span<const std::uint8_t> frame, std::uint32_t ifindex, std::uint16_t ethertype) {
    sockaddr_ll where{};
    where.sll_family = AF_PACKET;
    where.sll_ifindex = static_cast<int>(ifindex);
    where.sll_protocol = htons(ethertype);
    for (;;) {
        if (::sendto(fd_.get(), frame.data(), frame.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&where),
                     sizeof where) >= 0) {
            return 0;
        }
        if (errno != EINTR) return errno;
    }
}

}  // namespace net
