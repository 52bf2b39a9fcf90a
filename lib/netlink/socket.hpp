// Netlink sockets: one for requests, one for events (performance-notes §1). Neither ever waits: the kernel
// carries a request out inside sendmsg, so its answer is in the socket when sendmsg returns.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lib/netlink/request.hpp"
#include "lib/process/unique_fd.hpp"
#include "lib/result.hpp"

struct nlmsghdr;

namespace netlink {

/// At most so many requests a sendmsg: the worst case is one answer for each, and they have to fit the
/// buffer.
inline constexpr std::size_t kBatchLimit = 200;

/// A request that the kernel refused. `text` is the kernel's own explanation (NETLINK_EXT_ACK), often empty.
struct Failure {
    std::uint64_t tag = 0;
    int code = 0;  ///< errno value
    std::uint16_t type = 0;
    std::uint32_t sequence = 0;
    std::string text;
};

struct Outcome {
    std::vector<Failure> failures;
    bool unknown = false;  ///< answers were lost: look at what the kernel holds
};

using MessageHandler = std::function<void(const nlmsghdr&)>;

/// Requests and their answers.
class RequestSocket {
  public:
    static Result<RequestSocket> open(int protocol, int receive_buffer);

    /// Sends the batch (at most kBatchLimit requests) and collects the errors. Clears the batch.
    Outcome run(Batch& batch);
    /// One request, one answer.
    Result<> call(Request& request);
    /// A request with NLM_F_DUMP; every message of the answer goes to `handler`.
    /// Error EINTR: what was dumped changed meanwhile, ask again.
    Result<> dump(Request& request, const MessageHandler& handler);

  private:
    Result<> send(std::span<const std::byte> bytes);

    UniqueFd fd_;
    std::uint32_t sequence_ = 0;
    std::unique_ptr<std::byte[]> buffer_;  ///< not cleared: pages that are never read into stay unused
};

/// Multicast groups of rtnetlink (RTNLGRP_*).
class EventSocket {
  public:
    /// @param force  the buffer size may exceed net.core.rmem_max
    static Result<EventSocket> open(int protocol, int receive_buffer, bool force);
    Result<> join(int group);
    Result<> leave(int group);
    int fd() const { return fd_.get(); }
    /// Reads until there is nothing more; at most `limit` datagrams. False: messages were lost (ENOBUFS),
    /// dump again.
    bool read(const MessageHandler& handler, int limit = 4096);

  private:
    UniqueFd fd_;
    std::unique_ptr<std::byte[]> buffer_;
};

}  // namespace netlink
