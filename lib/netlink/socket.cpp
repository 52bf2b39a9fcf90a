#include "lib/netlink/socket.hpp"

#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <algorithm>
#include <cassert>

namespace netlink {

namespace {

constexpr std::size_t kReadBuffer = 64 * 1024;

Result<UniqueFd> open_socket(int protocol, int receive_buffer, bool force) {
    UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
    if (!fd) return errno_error("open netlink socket");
    if (receive_buffer > 0) {
        const int option = force ? SO_RCVBUFFORCE : SO_RCVBUF;
        if (::setsockopt(fd.get(), SOL_SOCKET, option, &receive_buffer, sizeof receive_buffer) < 0 && force) {
            (void)::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        }
    }
    sockaddr_nl local{};
    local.nl_family = AF_NETLINK;
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&local), sizeof local) < 0)
        return errno_error("bind netlink socket");
    return fd;
}

/// The text of an extended acknowledgement, or nothing.
std::string extended_text(const nlmsghdr& header) {
    if ((header.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return {};
    const auto* error = static_cast<const nlmsgerr*>(nlmsg_data(&header));
    std::size_t skip = sizeof(nlmsgerr);
    if ((header.nlmsg_flags & NLM_F_CAPPED) == 0 && error->msg.nlmsg_len >= sizeof(nlmsghdr)) {
        skip += error->msg.nlmsg_len - sizeof(nlmsghdr);
    }
    skip = (skip + NLA_ALIGNTO - 1) / NLA_ALIGNTO * NLA_ALIGNTO;
    const auto length = static_cast<std::size_t>(nlmsg_datalen(&header));
    if (skip >= length) return {};
    auto* first = reinterpret_cast<nlattr*>(static_cast<char*>(nlmsg_data(&header)) + skip);
    const nlattr* text = nla_find(first, static_cast<int>(length - skip), NLMSGERR_ATTR_MSG);
    if (text == nullptr || nla_len(text) <= 0) return {};
    std::string words(static_cast<const char*>(nla_data(text)), static_cast<std::size_t>(nla_len(text)));
    while (!words.empty() && words.back() == '\0') words.pop_back();
    return words;
}

bool is_error(const nlmsghdr& header) {
    return header.nlmsg_type == NLMSG_ERROR && nlmsg_datalen(&header) >= static_cast<int>(sizeof(nlmsgerr));
}

/// One datagram into `buffer`. >0 size, 0 nothing there, <0 -errno.
ssize_t receive(int fd, std::byte* buffer) {
    for (;;) {
        const ssize_t size = ::recv(fd, buffer, kReadBuffer, MSG_DONTWAIT | MSG_TRUNC);
        if (size > static_cast<ssize_t>(kReadBuffer)) return -EMSGSIZE;
        if (size >= 0) return size;
        if (errno == EINTR) continue;
        return errno == EAGAIN ? 0 : -errno;
    }
}

template <typename Handler>
void each_message(std::span<std::byte> datagram, Handler handler) {
    auto* header = reinterpret_cast<nlmsghdr*>(datagram.data());
    int remaining = static_cast<int>(datagram.size());
    for (; nlmsg_ok(header, remaining) != 0; header = nlmsg_next(header, &remaining)) handler(*header);
}

}  // namespace

Result<RequestSocket> RequestSocket::open(int protocol, int receive_buffer) {
    auto fd = open_socket(protocol, receive_buffer, true);
    if (!fd) return fd.error();
    const int on = 1;
    (void)::setsockopt(fd->get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
    RequestSocket socket;
    socket.fd_ = std::move(*fd);
    socket.buffer_ = std::make_unique_for_overwrite<std::byte[]>(kReadBuffer);
    return socket;
}

Result<> RequestSocket::send(std::span<const std::byte> bytes) {
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    const ssize_t sent = ::sendto(fd_.get(), bytes.data(), bytes.size(), 0,
                                  reinterpret_cast<sockaddr*>(&kernel), sizeof kernel);
    if (sent < 0) return errno_error("send netlink request");
    return {};
}

Outcome RequestSocket::run(Batch& batch) {
    Outcome outcome;
    if (batch.empty()) return outcome;
    assert(batch.size() <= kBatchLimit);
    const std::uint32_t first = sequence_ + 1;
    for (const auto& entry : batch.entries_) {
        auto* header = reinterpret_cast<nlmsghdr*>(batch.bytes_.data() + entry.offset);
        header->nlmsg_seq = ++sequence_;
        if (&entry == &batch.entries_.back()) header->nlmsg_flags |= NLM_F_ACK;
    }
    if (auto sent = send(batch.bytes_); !sent) {
        for (const auto& entry : batch.entries_)
            outcome.failures.push_back({entry.tag, sent.error().code, 0, 0, {}});
        batch.clear();
        return outcome;
    }
    bool last_answered = false;
    while (!last_answered) {  // the kernel answers in the order of the requests
        const ssize_t size = receive(fd_.get(), buffer_.get());
        if (size == 0) break;
        if (size < 0) {
            outcome.unknown = true;
            continue;
        }
        each_message({buffer_.get(), static_cast<std::size_t>(size)}, [&](const nlmsghdr& header) {
            const std::uint32_t index = header.nlmsg_seq - first;
            if (!is_error(header) || index >= batch.entries_.size()) return;
            if (index + 1 == batch.entries_.size()) last_answered = true;
            const auto* error = static_cast<const nlmsgerr*>(nlmsg_data(&header));
            if (error->error == 0) return;
            outcome.failures.push_back({batch.entries_[index].tag, -error->error, error->msg.nlmsg_type,
                                        header.nlmsg_seq, extended_text(header)});
        });
    }
    if (!last_answered) outcome.unknown = true;
    batch.clear();
    return outcome;
}

Result<> RequestSocket::call(Request& request) {
    Batch batch;
    batch.add(request, 0);
    Outcome outcome = run(batch);
    if (!outcome.failures.empty()) {
        return Error{outcome.failures.front().code, "netlink request", {}, outcome.failures.front().text};
    }
    if (outcome.unknown) return Error{ENOBUFS, "netlink request", {}, {}};
    return {};
}

Result<> RequestSocket::dump(Request& request, const MessageHandler& handler) {
    auto bytes = request.message();
    auto* header = reinterpret_cast<nlmsghdr*>(bytes.data());
    header->nlmsg_flags |= NLM_F_DUMP;
    header->nlmsg_seq = ++sequence_;
    if (auto sent = send(bytes); !sent) return sent.error();
    bool done = false;
    int code = 0;
    while (!done) {
        const ssize_t size = receive(fd_.get(), buffer_.get());
        if (size <= 0)
            return Error{size == 0 ? EAGAIN : static_cast<int>(-size), "read netlink dump", {}, {}};
        each_message({buffer_.get(), static_cast<std::size_t>(size)}, [&](const nlmsghdr& message) {
            if (message.nlmsg_seq != sequence_) return;
            if ((message.nlmsg_flags & NLM_F_DUMP_INTR) != 0) code = EINTR;
            if (message.nlmsg_type == NLMSG_DONE) {
                done = true;
            } else if (is_error(message)) {
                code = -static_cast<const nlmsgerr*>(nlmsg_data(&message))->error;
                done = true;
            } else {
                handler(message);
            }
        });
    }
    if (code != 0) return Error{code, "netlink dump", {}, {}};
    return {};
}

Result<EventSocket> EventSocket::open(int protocol, int receive_buffer, bool force) {
    auto fd = open_socket(protocol, receive_buffer, force);
    if (!fd) return fd.error();
    EventSocket socket;
    socket.fd_ = std::move(*fd);
    socket.buffer_ = std::make_unique_for_overwrite<std::byte[]>(kReadBuffer);
    return socket;
}

Result<> EventSocket::join(int group) {
    if (::setsockopt(fd_.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0) {
        return errno_error("join netlink group", std::to_string(group));
    }
    return {};
}

Result<> EventSocket::leave(int group) {
    if (::setsockopt(fd_.get(), SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, &group, sizeof group) < 0) {
        return errno_error("leave netlink group", std::to_string(group));
    }
    return {};
}

bool EventSocket::read(const MessageHandler& handler, int limit) {
    bool complete = true;
    for (int i = 0; i < limit; ++i) {
        const ssize_t size = receive(fd_.get(), buffer_.get());
        if (size == 0) break;
        if (size < 0) {
            complete = false;
            if (size != -ENOBUFS) break;
            continue;
        }
        each_message({buffer_.get(), static_cast<std::size_t>(size)}, handler);
    }
    return complete;
}

}  // namespace netlink
