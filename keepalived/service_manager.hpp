// systemd's notification protocol, as the reference uses it (cli-signals.md §10): datagrams to NOTIFY_SOCKET, only when
// pid 1 is systemd and started us.
#pragma once

#include <string>
#include <string_view>

#include "lib/process/unique_fd.hpp"

namespace keepalived {

class ServiceManager {
  public:
    /// Opens the socket (an empty datagram is the first thing sent) and takes NOTIFY_SOCKET out of the environment.
    void connect();
    void ready();            ///< READY=1, MAINPID; takes back what reload_refused said
    void reloading() const;  ///< RELOADING=1
    void stopping() const;   ///< STOPPING=1
    void failed(int error_number) const;
    /// The reload is over, and this is why the old configuration stays.
    void reload_refused(std::string_view reason);

  private:
    void send(std::string_view text) const;
    UniqueFd socket_;
    bool complained_ = false;  ///< STATUS= holds the reason of a refusal
};

}  // namespace keepalived
