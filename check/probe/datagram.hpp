// One datagram out, answers in, until somebody is satisfied or the time is over: DNS_CHECK, UDP_CHECK, PING_CHECK. Asio
// stays in the .cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "conf/model_lvs.hpp"
#include "lib/process/unique_fd.hpp"

namespace boost::asio {
class io_context;
}

namespace check {

enum class DatagramEnd : std::uint8_t {
    answered,  ///< `accept` said yes
    timeout,
    refused,      ///< ICMP error, or an answer for which `accept` said no
    send_failed,  ///< connect or send refused at once
    bind_failed,
    local_error,
};

struct DatagramResult {
    DatagramEnd end = DatagramEnd::local_error;
    int error = 0;  ///< errno
};

struct DatagramRequest {
    conf::Connection connection;
    int type = 0;      ///< SOCK_DGRAM
    int protocol = 0;  ///< IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6
    std::vector<std::uint8_t> payload;
    /// For each answer: true = done well, false = done badly, nullopt = not for us, wait on.
    std::function<std::optional<bool>(std::span<const std::uint8_t>)> accept;
};

class DatagramExchange {
  public:
    using Done = std::function<void(const DatagramResult&)>;
    explicit DatagramExchange(boost::asio::io_context& loop) : loop_(loop) {}
    ~DatagramExchange() { cancel(); }
    DatagramExchange(const DatagramExchange&) = delete;
    DatagramExchange& operator=(const DatagramExchange&) = delete;

    /// `done` is called once, from the loop. @param keep  a socket to use instead of a new one; the one used is put there
    void start(DatagramRequest request, Done done, std::shared_ptr<UniqueFd> keep = nullptr);
    void cancel();

    struct Run;

  private:
    boost::asio::io_context& loop_;
    std::weak_ptr<Run> run_;
};

}  // namespace check
