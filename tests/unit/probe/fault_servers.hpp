// Servers on loopback which do one thing wrong each, in the clear or over TLS.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "lib/process/unique_fd.hpp"
#include "tests/unit/probe/bench.hpp"

namespace probe_test {

enum class Fault {
    none,
    refuses,
    hangs,        ///< takes the connection and is silent
    resets,       ///< in the middle of its first words
    garbage,      ///< bytes of another protocol, then the end
    drips,        ///< a byte now and then, for ever
    endless,      ///< right words that never end
    huge_header,  ///< a header or line without end
    half_close,   ///< says that it has nothing to say, and stays
    unreachable,  ///< the network says no
    wrong_name,   ///< a certificate for somebody else
    expired,      ///< a certificate of yesterday
    kCount
};
inline constexpr std::size_t kFaults = static_cast<std::size_t>(Fault::kCount);
inline constexpr const char* kFaultNames[] = {"none",       "refuses",     "hangs",      "resets",
                                              "garbage",    "drips",       "endless",    "huge header",
                                              "half close", "unreachable", "wrong name", "expired"};
static_assert(std::size(kFaultNames) == kFaults);

enum class Speaks { http, https, smtp, nothing };

/// One connection's other side: plain or TLS.
struct Peer {
    int fd = -1;
    SSL* tls = nullptr;
    bool say(std::string_view text) const {
        if (tls != nullptr) return SSL_write(tls, text.data(), static_cast<int>(text.size())) > 0;
        while (!text.empty()) {
            const ssize_t sent = send(fd, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void hear() const {
        char bytes[4096];
        if (tls != nullptr) {
            (void)SSL_read(tls, bytes, sizeof bytes);
        } else {
            (void)recv(fd, bytes, sizeof bytes, 0);
        }
    }
    /// Until the client goes.
    void wait() const {
        char bytes[4096];
        while (recv(fd, bytes, sizeof bytes, 0) > 0) continue;
    }
};

/// A listener whose one connection is treated as the fault says.
class FaultServer {
  public:
    FaultServer(Speaks speaks, Fault fault);
    ~FaultServer();
    std::uint16_t port() const { return listener_.port; }

  private:
    Speaks speaks_;
    Fault fault_;
    Listener listener_;
    std::atomic<bool> over_ = false;
    std::thread thread_;

    void serve();
    void treat(const Peer& peer);
    void good(const Peer& peer) const;
};

}  // namespace probe_test
