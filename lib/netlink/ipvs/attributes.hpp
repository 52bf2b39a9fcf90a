// Attribute numbers of IPVS destinations that the headers of Debian 12 may lack, shared by requests and
// replies.
#pragma once

#include <cstdint>

namespace netlink::ipvs {

inline constexpr int kDestTunnelType = 13;
inline constexpr int kDestTunnelPort = 14;
inline constexpr int kDestTunnelFlags = 15;
inline constexpr std::uint32_t kForwardTunnel = 2;
inline constexpr std::uint32_t kForwardMask = 0x7;  ///< IP_VS_CONN_F_FWD_MASK
inline constexpr std::uint8_t kTunnelGue = 1;

}  // namespace netlink::ipvs
