// One AF_PACKET socket for all gratuitous ARPs and neighbour advertisements of a process (performance-notes
// §3).
#pragma once

#include <cstdint>
#include <span>

#include "lib/process/unique_fd.hpp"
#include "lib/result.hpp"

namespace net {

class PacketSocket {
  public:
    static Result<PacketSocket> open();
    /// A whole frame, link-layer header included. errno, 0 = sent. @param ethertype  0x0806, 0x86dd
    int send(std::span<const std::uint8_t> frame, std::uint32_t ifindex, std::uint16_t ethertype);
    int fd() const { return fd_.get(); }

  private:
    UniqueFd fd_;
};

}  // namespace net
