// The kernel's process events (connector, CN_IDX_PROC): forks, execs, changes of name, exits.
// Only the initial network and pid namespaces have them; elsewhere nothing is ever acknowledged.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "lib/result.hpp"

namespace boost::asio {
class io_context;
}

namespace vrrp::tracking {

struct ProcessEvents {
    std::function<void()> acknowledged;                     ///< events come from now on
    std::function<void(pid_t parent, pid_t child)> forked;  ///< processes only, never threads
    std::function<void(pid_t)> changed;                     ///< exec, or a new name
    std::function<void(pid_t)> exited;
    std::function<void()> lost;  ///< events were dropped: count again
};

class ProcessConnector {
  public:
    ProcessConnector(boost::asio::io_context& loop, ProcessEvents events);
    ~ProcessConnector();

    /// Asks the kernel for events. @param receive_buffer  bytes; 0 = the system's default
    Result<> listen(std::uint32_t receive_buffer, bool force);
    void close();

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace vrrp::tracking
