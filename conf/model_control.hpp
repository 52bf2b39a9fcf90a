// How the suite is watched and controlled: the control socket, HTTP, metrics, logs (beyond.md, operator.md, metrics.md).
// All of it is our own; everything is off or neutral unless the file says otherwise.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/net/address.hpp"
#include "lib/time/instant.hpp"

namespace conf {

/// ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH.
struct Listener {
    net::IpAddress address;  ///< none: `path`
    std::uint16_t port = 0;
    std::string path;
    std::string token_file;  ///< http_listen: without it nothing can be changed
    friend bool operator==(const Listener&, const Listener&) = default;
};

/// Which of the names in use today are served beside our own (metrics.md §2).
enum class MetricsCompat : std::uint8_t { none, a, b, ab };

struct Control {
    std::vector<Listener> http_listen, metrics_listen;
    std::string socket = "/run/keepalived/control.sock";
    std::string group = "keepalived";
    std::string metrics_path = "/metrics";
    MetricsCompat metrics_compat = MetricsCompat::a;
    std::uint32_t metrics_max_series = 200'000;
    bool metrics_checker_detail = false;
    std::string metrics_certificate, metrics_key;  ///< metrics_tls; empty = plain
    bool log_json = false;
    Seconds reload_confirm{0};  ///< 0 = a reload needs no confirmation
    friend bool operator==(const Control&, const Control&) = default;
};

}  // namespace conf
