#include "lib/netlink/request.hpp"

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <cassert>
#include <cstring>
#include <new>
#include <string>

namespace netlink {

namespace {

constexpr std::size_t kMaxRequest = 8192;

void must(int result) {
    // libnl fails only when the message is full: kMaxRequest is far above every request of ours.
    if (result < 0) throw std::bad_alloc();
}

}  // namespace

void Request::Free::operator()(nl_msg* message) const { nlmsg_free(message); }

Request::Request(std::uint16_t type, std::uint16_t flags) : message_(nlmsg_alloc_size(kMaxRequest)) {
    if (!message_) throw std::bad_alloc();
    if (nlmsg_put(message_.get(), 0, 0, type, 0, NLM_F_REQUEST | flags) == nullptr) throw std::bad_alloc();
}

Request& Request::append(const void* data, std::size_t size) {
    must(nlmsg_append(message_.get(), const_cast<void*>(data), size, NLMSG_ALIGNTO));
    return *this;
}

Request& Request::u8(int attribute, std::uint8_t value) { return this->value(attribute, value); }
Request& Request::u16(int attribute, std::uint16_t value) { return this->value(attribute, value); }
Request& Request::u32(int attribute, std::uint32_t value) { return this->value(attribute, value); }
Request& Request::u64(int attribute, std::uint64_t value) { return this->value(attribute, value); }

Request& Request::flag(int attribute) { return bytes(attribute, {}); }

Request& Request::text(int attribute, std::string_view value) {
    must(nla_put_string(message_.get(), attribute, std::string(value).c_str()));
    return *this;
}

Request& Request::bytes(int attribute, std::span<const std::uint8_t> value) {
    must(nla_put(message_.get(), attribute, static_cast<int>(value.size()), value.data()));
    return *this;
}

Request& Request::open(int attribute) {
    nests_.push_back(nlmsg_hdr(message_.get())->nlmsg_len);
    return bytes(attribute, {});
}

Request& Request::close() {
    assert(!nests_.empty());
    nlmsghdr* header = nlmsg_hdr(message_.get());
    auto* nest = reinterpret_cast<nlattr*>(reinterpret_cast<std::byte*>(header) + nests_.back());
    nest->nla_len = static_cast<std::uint16_t>(header->nlmsg_len - nests_.back());
    nests_.pop_back();
    return *this;
}

std::span<const std::byte> Request::message() const {
    const nlmsghdr* header = nlmsg_hdr(message_.get());
    return {reinterpret_cast<const std::byte*>(header), header->nlmsg_len};
}

std::span<std::byte> Request::message() {
    nlmsghdr* header = nlmsg_hdr(message_.get());
    return {reinterpret_cast<std::byte*>(header), header->nlmsg_len};
}

void Batch::add(const Request& request, std::uint64_t tag) {
    const auto message = request.message();
    entries_.push_back({bytes_.size(), tag});
    bytes_.insert(bytes_.end(), message.begin(), message.end());
    bytes_.resize((bytes_.size() + NLMSG_ALIGNTO - 1) / NLMSG_ALIGNTO * NLMSG_ALIGNTO);
}

void Batch::clear() {
    bytes_.clear();
    entries_.clear();
}

}  // namespace netlink
