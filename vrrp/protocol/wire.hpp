// Bounds-checked reading and writing of network-order fields, for the codecs of this folder only.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <span>

namespace vrrp::protocol {

inline std::uint16_t get_u16(std::span<const std::uint8_t> at) {
    assert(at.size() >= 2);
    return static_cast<std::uint16_t>(at[0] << 8 | at[1]);
}

inline std::uint32_t get_u32(std::span<const std::uint8_t> at) {
    return static_cast<std::uint32_t>(get_u16(at)) << 16 | get_u16(at.subspan(2));
}

inline std::uint64_t get_u64(std::span<const std::uint8_t> at) {
    return static_cast<std::uint64_t>(get_u32(at)) << 32 | get_u32(at.subspan(4));
}

inline void put_u16(std::span<std::uint8_t> at, std::uint16_t value) {
    assert(at.size() >= 2);
    at[0] = static_cast<std::uint8_t>(value >> 8);
    at[1] = static_cast<std::uint8_t>(value);
}

/// Writes fields one after the other. The caller provides the room; running out of it is a fault of the
/// caller.
class Writer {
  public:
    explicit Writer(std::span<std::uint8_t> space) : space_(space) {}

    void u8(std::uint8_t value) {
        assert(used_ < space_.size());
        space_[used_++] = value;
    }
    void u16(std::uint16_t value) {
        u8(static_cast<std::uint8_t>(value >> 8));
        u8(static_cast<std::uint8_t>(value));
    }
    void u32(std::uint32_t value) {
        u16(static_cast<std::uint16_t>(value >> 16));
        u16(static_cast<std::uint16_t>(value));
    }
    void u64(std::uint64_t value) {
        u32(static_cast<std::uint32_t>(value >> 32));
        u32(static_cast<std::uint32_t>(value));
    }
    void bytes(std::span<const std::uint8_t> data) {
        assert(used_ + data.size() <= space_.size());
        std::copy(data.begin(), data.end(), space_.begin() + static_cast<std::ptrdiff_t>(used_));
        used_ += data.size();
    }
    void zeros(std::size_t count) {
        for (; count > 0; --count) u8(0);
    }

    std::size_t size() const { return used_; }
    std::span<const std::uint8_t> written() const { return space_.first(used_); }

  private:
    std::span<std::uint8_t> space_;
    std::size_t used_ = 0;
};

}  // namespace vrrp::protocol
