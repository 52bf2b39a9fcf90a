// BFD sessions of a configuration (bfd-behaviour.md §2).
#pragma once

#include <cstdint>
#include <string>

#include "conf/span.hpp"
#include "lib/net/address.hpp"
#include "lib/time/instant.hpp"

namespace conf {

struct BfdInstance {
    std::string name;  ///< at most 31 bytes
    Span where;
    net::IpAddress neighbor;
    net::IpAddress source;  ///< none = the kernel chooses
    Microseconds min_rx{10'000}, min_tx{10'000}, idle_tx{1'000'000};
    std::uint8_t multiplier = 5;
    bool passive = false;
    std::uint8_t ttl = 255;     ///< default filled in: 255 (IPv4), 64 (IPv6)
    std::uint8_t max_hops = 0;  ///< 255 = no check of the received TTL
    bool multihop = false;      ///< UDP port 4784 instead of 3784
    std::int32_t weight = 0;    ///< default of track_bfd
    bool reverse = false;
    bool for_vrrp = true, for_checker = true;  ///< who is told
    friend bool operator==(const BfdInstance& a, const BfdInstance& b);
};

}  // namespace conf
