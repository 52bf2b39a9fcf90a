#include "vrrp/tracking/process_connector.hpp"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>

#include "lib/process/unique_fd.hpp"

namespace vrrp::tracking {

namespace asio = boost::asio;

namespace {

constexpr int kEventsARead = 128;

/// The request as the kernel wants it: netlink header, connector header, one operation.
Result<> subscribe(int fd) {
    alignas(nlmsghdr) char request[NLMSG_SPACE(sizeof(cn_msg) + sizeof(proc_cn_mcast_op))]{};
    auto& netlink = *reinterpret_cast<nlmsghdr*>(request);
    netlink.nlmsg_len = NLMSG_LENGTH(sizeof(cn_msg) + sizeof(proc_cn_mcast_op));
    netlink.nlmsg_type = NLMSG_DONE;
    auto& connector = *static_cast<cn_msg*>(NLMSG_DATA(&netlink));
    connector.id = {CN_IDX_PROC, CN_VAL_PROC};
    connector.len = sizeof(proc_cn_mcast_op);
    const proc_cn_mcast_op operation = PROC_CN_MCAST_LISTEN;
    std::memcpy(connector.data, &operation, sizeof operation);
    if (send(fd, request, netlink.nlmsg_len, 0) < 0) return errno_error("listen to process events");
    return {};
}

Result<UniqueFd> bound_socket(std::uint32_t receive_buffer, bool force) {
    UniqueFd fd(socket(AF_NETLINK, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_CONNECTOR));
    if (!fd) return errno_error("open the process connector");
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = CN_IDX_PROC;
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return errno_error("bind the process connector");
    if (receive_buffer != 0)
        setsockopt(fd.get(), SOL_SOCKET, force ? SO_RCVBUFFORCE : SO_RCVBUF, &receive_buffer,
                   sizeof receive_buffer);
    return fd;
}

}  // namespace

struct ProcessConnector::Impl : std::enable_shared_from_this<ProcessConnector::Impl> {
    Impl(asio::io_context& loop, ProcessEvents handlers) : socket(loop), on(std::move(handlers)) {}

    asio::posix::stream_descriptor socket;
    ProcessEvents on;

    void wait();
    void read_events();
    void handle(const char* message, std::size_t length);
    void dispatch(const proc_event& event);
};

void ProcessConnector::Impl::wait() {
    socket.async_wait(asio::posix::stream_descriptor::wait_read,
                      [weak = weak_from_this()](const boost::system::error_code& error) {
                          const auto self = weak.lock();
                          if (self && !error) self->read_events();
                      });
}

void ProcessConnector::Impl::read_events() {
    const auto self = shared_from_this();
    for (int i = 0; i < kEventsARead && socket.is_open(); ++i) {
        alignas(nlmsghdr) char buffer[1024];
        sockaddr_nl from{};
        socklen_t from_size = sizeof from;
        const ssize_t length = recvfrom(socket.native_handle(), buffer, sizeof buffer, MSG_DONTWAIT,
                                        reinterpret_cast<sockaddr*>(&from), &from_size);
        if (length < 0 && errno == ENOBUFS) {
            on.lost();
            continue;
        }
        if (length <= 0) break;
        if (from.nl_pid == 0) handle(buffer, static_cast<std::size_t>(length));
    }
    if (socket.is_open()) wait();
}

void ProcessConnector::Impl::handle(const char* message, std::size_t length) {
    constexpr std::size_t kHeaders = NLMSG_HDRLEN + sizeof(cn_msg);
    if (length < kHeaders) return;
    cn_msg connector{};
    std::memcpy(&connector, message + NLMSG_HDRLEN, sizeof connector);
    if (connector.id.idx != CN_IDX_PROC || connector.id.val != CN_VAL_PROC) return;
    proc_event event{};
    std::memcpy(&event, message + kHeaders, std::min(length - kHeaders, sizeof event));
    dispatch(event);
}

void ProcessConnector::Impl::dispatch(const proc_event& event) {
    const auto& data = event.event_data;
    switch (event.what) {
        case proc_event::PROC_EVENT_NONE:
            if (data.ack.err == 0) on.acknowledged();
            break;
        case proc_event::PROC_EVENT_FORK:
            if (data.fork.child_pid == data.fork.child_tgid)
                on.forked(data.fork.parent_tgid, data.fork.child_tgid);
            break;
        case proc_event::PROC_EVENT_EXEC:
            on.changed(data.exec.process_tgid);
            break;
        case proc_event::PROC_EVENT_COMM:
            if (data.comm.process_pid == data.comm.process_tgid) on.changed(data.comm.process_tgid);
            break;
        case proc_event::PROC_EVENT_EXIT:
            if (data.exit.process_pid == data.exit.process_tgid) on.exited(data.exit.process_tgid);
            break;
        default:
            break;
    }
}

ProcessConnector::ProcessConnector(asio::io_context& loop, ProcessEvents events)
    : impl_(std::make_shared<Impl>(loop, std::move(events))) {}
ProcessConnector::~ProcessConnector() { close(); }

Result<> ProcessConnector::listen(std::uint32_t receive_buffer, bool force) {
    auto fd = bound_socket(receive_buffer, force);
    if (!fd) return fd.error();
    if (const auto asked = subscribe(fd->get()); !asked) return asked.error();
    impl_->socket.assign(fd->release());
    impl_->wait();
    return {};
}

void ProcessConnector::close() {
    boost::system::error_code ignored;
    impl_->socket.close(ignored);
}

}  // namespace vrrp::tracking
