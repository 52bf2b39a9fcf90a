// The connection keywords at work: a non-blocking socket with mark, interface and bind address, connected within the
// time-out (lvs-behaviour.md §7, "Common socket"). For probes' .cpp files only: it brings Asio along.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "conf/model_lvs.hpp"
#include "lib/process/unique_fd.hpp"
#include "lib/result.hpp"

namespace check {

using TcpSocket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// What became of an attempt to connect.
enum class Connected : std::uint8_t {
    yes,
    refused,  ///< the peer or the network said no: a failed check
    timeout,
    local,  ///< no socket, bind failed, an odd errno: the check could not be made
};

struct ConnectResult {
    Connected outcome = Connected::local;
    int error = 0;  ///< errno
    bool bind_failed = false;
};

/// A socket of the connection's family with SO_MARK, SO_BINDTODEVICE and bind applied. error.doing is "bind" when it was that.
Result<UniqueFd> open_socket(const conf::Connection& connection, int type, int protocol);

/// "Checker bind failed: <why>", and the check's own line below it.
std::string bind_failure(int error, std::string_view line);

/// The errnos of connect(2) which mean that the check failed; every other one is a local error.
bool is_remote_error(int error);

/// sockaddr of an endpoint. @param scope_interface  for IPv6 link-local destinations; may be empty
struct SocketAddress {
    alignas(8) unsigned char storage[32]{};
    unsigned length = 0;
};
SocketAddress socket_address(const conf::Endpoint& endpoint, const std::string& scope_interface);

/// A socket as open_socket makes it, on its way to the destination. Nothing: it has to be waited for (until it can be
/// written to); else what became of it at once.
std::optional<ConnectResult> begin_connect(const conf::Connection& connection, UniqueFd& socket);
/// After the wait: what SO_ERROR says.
ConnectResult connect_error(int socket);

/// One attempt's time limit: closes the socket when it is over, so that whatever waits on it ends. No second coroutine is
/// needed for it (awaitable_operators cost 7 µs a check: performance-notes.md §8).
class Deadline {
  public:
    Deadline(boost::asio::io_context& loop, TcpSocket& socket) : timer_(loop), socket_(socket) {}
    void start(Microseconds limit);
    void stop() { timer_.cancel(); }
    bool expired() const { return *expired_; }

  private:
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>,
                                      boost::asio::io_context::executor_type>
        timer_;
    TcpSocket& socket_;
    std::shared_ptr<bool> expired_ = std::make_shared<bool>(false);
};

/// Connects within connection.timeout.
boost::asio::awaitable<ConnectResult, boost::asio::io_context::executor_type> connect(
    TcpSocket& socket, const conf::Connection& connection, Deadline& deadline);

}  // namespace check
