#include "lib/net/raw_socket.hpp"

#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

#include <cstring>

namespace net {

namespace {

constexpr std::size_t kLargestDatagram = 8192;
constexpr int kMembershipsASocket = 20;  // net.ipv4.igmp_max_memberships' default
constexpr int kVrrpChecksumOffset = 6;
constexpr int kClassInternetworkControl = 0xc0;

Result<> option(int fd, int level, int name, int value, const char* doing) {
    if (::setsockopt(fd, level, name, &value, sizeof value) < 0) return errno_error(doing);
    return {};
}

/// A socket that only joins or only sends keeps nothing: one instruction, "return 0".
void drop_all_input(int fd) {
    sock_filter nothing{BPF_RET | BPF_K, 0, 0, 0};
    const sock_fprog program{1, &nothing};
    (void)::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

Result<UniqueFd> raw_socket(Family family, int protocol) {
    UniqueFd fd(::socket(address_family(family), SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
    if (!fd) return errno_error("open raw socket", std::to_string(protocol));
    return fd;
}

IpAddress address_of(const sockaddr_storage& socket_address) {
    if (socket_address.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(socket_address);
        return IpAddress::from_bytes(Family::ipv4, {reinterpret_cast<const std::uint8_t*>(&v4.sin_addr), 4});
    }
    if (socket_address.ss_family == AF_INET6) {
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(socket_address);
        return IpAddress::from_bytes(Family::ipv6, {v6.sin6_addr.s6_addr, 16});
    }
    return {};
}

void read_control(msghdr& message, Datagram& datagram, std::uint32_t& overflow) {
    for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr;
         control = CMSG_NXTHDR(&message, control)) {
        const void* data = CMSG_DATA(control);
        if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
            in_pktinfo info;
            std::memcpy(&info, data, sizeof info);
            datagram.ifindex = static_cast<std::uint32_t>(info.ipi_ifindex);
            datagram.destination = IpAddress::from_bytes(
                Family::ipv4, {reinterpret_cast<const std::uint8_t*>(&info.ipi_addr), 4});
        } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo info;
            std::memcpy(&info, data, sizeof info);
            datagram.ifindex = info.ipi6_ifindex;
            datagram.destination = IpAddress::from_bytes(Family::ipv6, {info.ipi6_addr.s6_addr, 16});
        } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_HOPLIMIT) {
            std::memcpy(&datagram.ttl, data, sizeof datagram.ttl);
        } else if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SO_RXQ_OVFL) {
            std::memcpy(&overflow, data, sizeof overflow);
        }
    }
}

Result<> change_membership(int fd, bool join, const IpAddress& group, std::uint32_t ifindex) {
    if (group.is_v4()) {
        ip_mreqn request{};
        std::memcpy(&request.imr_multiaddr, group.bytes.data(), 4);
        request.imr_ifindex = static_cast<int>(ifindex);
        if (::setsockopt(fd, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &request,
                         sizeof request) < 0) {
            return errno_error("join", group.to_string());
        }
        return {};
    }
    ipv6_mreq request{};
    std::memcpy(&request.ipv6mr_multiaddr, group.bytes.data(), 16);
    request.ipv6mr_interface = ifindex;
    if (::setsockopt(fd, IPPROTO_IPV6, join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &request, sizeof request) <
        0) {
        return errno_error("join", group.to_string());
    }
    return {};
}

}  // namespace

Result<RawReceiver> RawReceiver::open(Family family, std::uint8_t protocol, int receive_buffer) {
    auto fd = raw_socket(family, protocol);
    if (!fd) return fd.error();
    RawReceiver receiver;
    receiver.family_ = family;
    receiver.fd_ = std::move(*fd);
    const int raw = receiver.fd_.get();
    if (::setsockopt(raw, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof receive_buffer) < 0) {
        (void)::setsockopt(raw, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    (void)option(raw, SOL_SOCKET, SO_RXQ_OVFL, 1, "");
    if (family == Family::ipv4) {
        if (auto done = option(raw, IPPROTO_IP, IP_PKTINFO, 1, "set IP_PKTINFO"); !done) return done.error();
        return receiver;
    }
    for (const int name : {IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT}) {
        if (auto done = option(raw, IPPROTO_IPV6, name, 1, "set IPV6_RECVPKTINFO"); !done)
            return done.error();
    }
    if (protocol == 112) {
        if (auto done = option(raw, IPPROTO_IPV6, IPV6_CHECKSUM, kVrrpChecksumOffset, "set IPV6_CHECKSUM");
            !done) {
            return done.error();
        }
    }
    return receiver;
}

namespace {

/// Room for the datagrams of one call. A call which returns fewer than it could has emptied the socket: no second one
/// is needed to learn that, which is what a lonely packet would cost most.
constexpr unsigned kDatagramsACall = 8;

struct Batch {
    alignas(8) std::uint8_t bytes[kDatagramsACall][kLargestDatagram];
    alignas(cmsghdr) char control[kDatagramsACall][256];
    sockaddr_storage from[kDatagramsACall];
    iovec parts[kDatagramsACall];
    mmsghdr messages[kDatagramsACall];

    void prepare() {
        for (unsigned i = 0; i < kDatagramsACall; ++i) {
            parts[i] = {bytes[i], sizeof bytes[i]};
            msghdr& header = messages[i].msg_hdr;
            header = {};
            header.msg_name = &from[i];
            header.msg_namelen = sizeof from[i];
            header.msg_iov = &parts[i];
            header.msg_iovlen = 1;
            header.msg_control = control[i];
            header.msg_controllen = sizeof control[i];
        }
    }
};

}  // namespace

RawReceiver::Taken RawReceiver::read(const std::function<void(const Datagram&)>& handler, int limit) {
    Batch batch;
    int taken = 0;
    while (taken < limit) {
        batch.prepare();
        const int got = ::recvmmsg(fd_.get(), batch.messages, kDatagramsACall, MSG_DONTWAIT, nullptr);
        if (got < 0) {
            if (errno == EINTR || errno == ENETDOWN) {
                ++taken;
                continue;
            }
            return {taken, false};
        }
        for (unsigned i = 0; i < static_cast<unsigned>(got); ++i) {
            const std::size_t size = batch.messages[i].msg_len;
            const std::uint8_t* bytes = batch.bytes[i];
            Datagram datagram;
            datagram.bytes = {bytes, size};
            datagram.source = address_of(batch.from[i]);
            read_control(batch.messages[i].msg_hdr, datagram, overflow_);
            if (family_ == Family::ipv4) {
                if (size < sizeof(iphdr)) continue;
                datagram.ttl = bytes[8];
                datagram.destination = IpAddress::from_bytes(Family::ipv4, {bytes + 16, 4});
            }
            handler(datagram);
        }
        taken += got;
        if (static_cast<unsigned>(got) < kDatagramsACall) return {taken, false};
    }
    return {taken, true};
}

Result<> RawReceiver::join(const IpAddress& group, std::uint32_t ifindex) {
    if (memberships_.contains({group, ifindex})) return {};
    if (family_ == Family::ipv6) {
        if (auto done = change_membership(fd_.get(), true, group, ifindex); !done) return done.error();
        memberships_[{group, ifindex}] = 0;
        return {};
    }
    std::size_t chosen = 0;
    while (chosen < helpers_.size() && helpers_[chosen].used >= kMembershipsASocket) ++chosen;
    if (chosen == helpers_.size()) {
        auto fd = raw_socket(Family::ipv4, IPPROTO_RAW);
        if (!fd) return fd.error();
        drop_all_input(fd->get());
        helpers_.push_back({std::move(*fd), 0});
    }
    if (auto done = change_membership(helpers_[chosen].fd.get(), true, group, ifindex); !done)
        return done.error();
    ++helpers_[chosen].used;
    memberships_[{group, ifindex}] = chosen;
    return {};
}

void RawReceiver::leave(const IpAddress& group, std::uint32_t ifindex) {
    const auto found = memberships_.find({group, ifindex});
    if (found == memberships_.end()) return;
    const int fd = family_ == Family::ipv6 ? fd_.get() : helpers_[found->second].fd.get();
    (void)change_membership(fd, false, group, ifindex);
    if (family_ == Family::ipv4) --helpers_[found->second].used;
    memberships_.erase(found);
}

Result<RawSender> RawSender::open(Family family, std::uint8_t protocol) {
    auto fd = raw_socket(family, protocol);
    if (!fd) return fd.error();
    RawSender sender;
    sender.family_ = family;
    sender.fd_ = std::move(*fd);
    const int raw = sender.fd_.get();
    (void)option(raw, SOL_SOCKET, SO_RCVBUF, 0, "");
    drop_all_input(raw);
    if (family == Family::ipv4) {
        if (auto done = option(raw, IPPROTO_IP, IP_HDRINCL, 1, "set IP_HDRINCL"); !done) return done.error();
        (void)option(raw, IPPROTO_IP, IP_MULTICAST_LOOP, 0, "");
        (void)option(raw, IPPROTO_IP, IP_TOS, kClassInternetworkControl, "");
        (void)option(raw, SOL_SOCKET, SO_PRIORITY, 6, "");
        return sender;
    }
    if (protocol == 112) {
        if (auto done = option(raw, IPPROTO_IPV6, IPV6_CHECKSUM, kVrrpChecksumOffset, "set IPV6_CHECKSUM");
            !done) {
            return done.error();
        }
    }
    (void)option(raw, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255, "");
    (void)option(raw, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, "");
    (void)option(raw, IPPROTO_IPV6, IPV6_TCLASS, kClassInternetworkControl, "");
    return sender;
}

int RawSender::send(std::span<const std::uint8_t> packet, const Outgoing& where) {
    alignas(cmsghdr) char control[128]{};
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    iovec part{const_cast<std::uint8_t*>(packet.data()), packet.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (family_ == Family::ipv4) {
        v4.sin_family = AF_INET;
        std::memcpy(&v4.sin_addr, where.destination.bytes.data(), 4);
        message.msg_name = &v4;
        message.msg_namelen = sizeof v4;
        in_pktinfo info{};
        info.ipi_ifindex = static_cast<int>(where.ifindex);
        header->cmsg_level = IPPROTO_IP;
        header->cmsg_type = IP_PKTINFO;
        header->cmsg_len = CMSG_LEN(sizeof info);
        std::memcpy(CMSG_DATA(header), &info, sizeof info);
        message.msg_controllen = CMSG_SPACE(sizeof info);
    } else {
        v6.sin6_family = AF_INET6;
        std::memcpy(&v6.sin6_addr, where.destination.bytes.data(), 16);
        if (where.destination.is_link_local() || where.destination.is_multicast())
            v6.sin6_scope_id = where.ifindex;
        message.msg_name = &v6;
        message.msg_namelen = sizeof v6;
        in6_pktinfo info{};
        info.ipi6_ifindex = where.ifindex;
        std::memcpy(&info.ipi6_addr, where.source.bytes.data(), 16);
        header->cmsg_level = IPPROTO_IPV6;
        header->cmsg_type = IPV6_PKTINFO;
        header->cmsg_len = CMSG_LEN(sizeof info);
        std::memcpy(CMSG_DATA(header), &info, sizeof info);
        message.msg_controllen = CMSG_SPACE(sizeof info);
        if (where.hop_limit >= 0) {
            header = CMSG_NXTHDR(&message, header);
            // glibc's CMSG_NXTHDR wants the room to be announced; it is there, the buffer is larger.
            if (header == nullptr) header = reinterpret_cast<cmsghdr*>(control + message.msg_controllen);
            header->cmsg_level = IPPROTO_IPV6;
            header->cmsg_type = IPV6_HOPLIMIT;
            header->cmsg_len = CMSG_LEN(sizeof where.hop_limit);
            std::memcpy(CMSG_DATA(header), &where.hop_limit, sizeof where.hop_limit);
            message.msg_controllen += CMSG_SPACE(sizeof where.hop_limit);
        }
    }
    for (;;) {
        if (::sendmsg(fd_.get(), &message, MSG_DONTWAIT | (where.direct ? MSG_DONTROUTE : 0)) >= 0) return 0;
        if (errno != EINTR) return errno;
    }
}

}  // namespace net
