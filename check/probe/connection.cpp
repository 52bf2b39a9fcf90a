// Sockets of network checks.
#include "check/probe/connection.hpp"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>

namespace check {

namespace asio = boost::asio;

SocketAddress socket_address(const conf::Endpoint& endpoint, const std::string& scope_interface) {
    SocketAddress made;
    if (endpoint.address.is_v6()) {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(endpoint.port);
        std::memcpy(&address.sin6_addr, endpoint.address.bytes.data(), 16);
        if (endpoint.address.is_link_local()) address.sin6_scope_id = if_nametoindex(scope_interface.c_str());
        std::memcpy(made.storage, &address, sizeof address);
        made.length = sizeof address;
    } else {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(endpoint.port);
        std::memcpy(&address.sin_addr, endpoint.address.bytes.data(), 4);
        std::memcpy(made.storage, &address, sizeof address);
        made.length = sizeof address;
    }
    return made;
}

Result<UniqueFd> open_socket(const conf::Connection& connection, int type, int protocol) {
    const int family = connection.destination.address.is_v6() ? AF_INET6 : AF_INET;
    UniqueFd fd(socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
    if (!fd) return errno_error("socket");
    if (connection.settings->fwmark != 0 &&
        setsockopt(fd.get(), SOL_SOCKET, SO_MARK, &connection.settings->fwmark,
                   sizeof connection.settings->fwmark) < 0) {
        return errno_error("set the mark of a check's socket");
    }
    if (!connection.settings->bind_if.empty() &&
        setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, connection.settings->bind_if.c_str(),
                   static_cast<socklen_t>(connection.settings->bind_if.size())) < 0) {
        return errno_error("bind", connection.settings->bind_if);
    }
    if (!connection.settings->bind.address.is_none()) {
        const SocketAddress address = socket_address(connection.settings->bind, connection.settings->bind_if);
        if (bind(fd.get(), reinterpret_cast<const sockaddr*>(address.storage), address.length) < 0) {
            return errno_error("bind", connection.settings->bind.address.to_string());
        }
    }
    return fd;
}

std::string bind_failure(int error, std::string_view line) {
    return "Checker bind failed: " + std::string(std::strerror(error)) + "\n" + std::string(line);
}

bool is_remote_error(int error) {
    switch (error) {
        case ENETUNREACH:
        case EHOSTUNREACH:
        case ECONNREFUSED:
        case EHOSTDOWN:
        case ENETDOWN:
        case ECONNRESET:
        case ECONNABORTED:
        case ETIMEDOUT:
            return true;
        default:
            return false;
    }
}

void Deadline::start(Microseconds limit) {
    *expired_ = false;
    timer_.expires_after(limit);
    timer_.async_wait([expired = expired_, socket = &socket_](const boost::system::error_code& error) {
        if (error) return;
        *expired = true;
        boost::system::error_code ignored;
        socket->cancel(ignored);
    });
}

std::optional<ConnectResult> begin_connect(const conf::Connection& connection, UniqueFd& socket) {
    auto opened = open_socket(connection, SOCK_STREAM, IPPROTO_TCP);
    if (opened.has_error()) {
        return ConnectResult{Connected::local, opened.error().code, opened.error().doing == "bind"};
    }
    socket = std::move(*opened);
    const SocketAddress address = socket_address(connection.destination, connection.settings->bind_if);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(address.storage), address.length) == 0) {
        return ConnectResult{Connected::yes, 0};
    }
    if (errno == EINPROGRESS) return std::nullopt;
    const int cause = errno;
    return ConnectResult{is_remote_error(cause) ? Connected::refused : Connected::local, cause};
}

ConnectResult connect_error(int socket) {
    int cause = 0;
    socklen_t length = sizeof cause;
    getsockopt(socket, SOL_SOCKET, SO_ERROR, &cause, &length);
    if (cause == 0) return {Connected::yes, 0};
    return {is_remote_error(cause) ? Connected::refused : Connected::local, cause};
}

asio::awaitable<ConnectResult, asio::io_context::executor_type> connect(TcpSocket& socket,
                                                                        const conf::Connection& connection,
                                                                        Deadline& deadline) {
    UniqueFd fd;
    const auto at_once = begin_connect(connection, fd);
    if (at_once && at_once->outcome != Connected::yes) co_return *at_once;
    const bool v6 = connection.destination.address.is_v6();
    boost::system::error_code error;
    socket.assign(v6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), fd.release(), error);
    if (error) co_return ConnectResult{Connected::local, error.value()};
    if (at_once) co_return *at_once;
    deadline.start(connection.settings->timeout);
    co_await socket.async_wait(
        TcpSocket::wait_write,
        asio::redirect_error(asio::use_awaitable_t<asio::io_context::executor_type>{}, error));
    deadline.stop();
    if (deadline.expired()) co_return ConnectResult{Connected::timeout, ETIMEDOUT};
    if (error) co_return ConnectResult{Connected::local, error.value()};
    co_return connect_error(socket.native_handle());
}

}  // namespace check
