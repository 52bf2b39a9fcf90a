// HMAC-MD5 and HMAC-SHA256 (RFC 2104) by libcrypto, which is loaded when the first one is computed: a process without
// authentication does not pay 1.4 MiB for it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace digest {

std::array<std::uint8_t, 16> hmac_md5(std::span<const std::uint8_t> key, std::span<const std::uint8_t> data);
std::array<std::uint8_t, 32> hmac_sha256(std::span<const std::uint8_t> key,
                                         std::span<const std::uint8_t> data);

/// Takes as long for the first differing byte as for the last. Of the same length, else false.
bool equal_in_constant_time(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);

}  // namespace digest
