// One netlink request under construction (libnl builds it), and batches of them (performance-notes §1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "lib/net/address.hpp"

struct nl_msg;
struct nlattr;

namespace netlink {

/// A request with its family header and attributes. Grows as needed up to kMaxRequest bytes.
class Request {
  public:
    /// @param flags  beside NLM_F_REQUEST, which is always there
    Request(std::uint16_t type, std::uint16_t flags);

    /// The family header (ifaddrmsg, rtmsg, …): call it once, before any attribute.
    template <typename Header>
    Request& header(const Header& header) {
        static_assert(std::is_trivially_copyable_v<Header>);
        return append(&header, sizeof(Header));
    }
    Request& u8(int attribute, std::uint8_t value);
    Request& u16(int attribute, std::uint16_t value);
    Request& u32(int attribute, std::uint32_t value);
    Request& u64(int attribute, std::uint64_t value);
    Request& flag(int attribute);
    Request& text(int attribute, std::string_view value);
    Request& bytes(int attribute, std::span<const std::uint8_t> value);
    Request& address(int attribute, const net::IpAddress& value) { return bytes(attribute, value.data()); }
    template <typename Value>
    Request& value(int attribute, const Value& value) {
        static_assert(std::is_trivially_copyable_v<Value>);
        return bytes(attribute, {reinterpret_cast<const std::uint8_t*>(&value), sizeof(Value)});
    }
    /// Raw bytes after what is there, without an attribute header (rtnexthop).
    Request& append(const void* data, std::size_t size);
    /// Opens a nested attribute; close() ends the innermost one.
    Request& open(int attribute);
    Request& close();

    std::span<const std::byte> message() const;
    std::span<std::byte> message();

  private:
    struct Free {
        void operator()(nl_msg* message) const;
    };
    std::unique_ptr<nl_msg, Free> message_;
    std::vector<std::size_t> nests_;  ///< offsets: the buffer may move
};

/// Requests for one sendmsg: the acknowledgement is asked for on the last one, errors come for each. The tag
/// names the object of the caller's that a request is for.
class Batch {
  public:
    void add(const Request& request, std::uint64_t tag);
    std::size_t size() const { return entries_.size(); }
    bool empty() const { return entries_.empty(); }
    void clear();

  private:
    friend class RequestSocket;
    struct Entry {
        std::size_t offset;
        std::uint64_t tag;
    };
    std::vector<std::byte> bytes_;
    std::vector<Entry> entries_;
};

}  // namespace netlink
