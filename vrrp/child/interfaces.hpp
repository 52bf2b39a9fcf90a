// The mirror of the kernel's links and addresses: filled by a dump, kept by events, never by what we ask for. After each
// batch of ours the events it caused are read, so the mirror is what the kernel holds now (design.md, idea 2).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/netlink/objects.hpp"
#include "lib/netlink/socket.hpp"
#include "lib/time/instant.hpp"

namespace vrrp {

/// An address that is no virtual one: a candidate for the source of adverts.
struct LocalAddress {
    net::Prefix prefix;
    std::uint32_t flags = 0;  ///< IFA_F_*
};

/// Settings of an interface which we changed, as they were before, and how many instances need the change.
struct OriginalSettings {
    std::int32_t arp_ignore = 0, arp_filter = 0, promote_secondaries = 0;
    std::uint32_t arp_users = 0, promote_users = 0;
};

struct Interface {
    netlink::Link link;
    std::vector<LocalAddress> addresses;  ///< as the kernel lists them: primary first
    bool up = false;                      ///< UP and RUNNING, after the debounce delay
    bool seen_up = false;
    std::optional<bool> polled;   ///< the link as linkbeat polling sees it, instead of RUNNING
    Instant change_due = kNever;  ///< a change of `up` waits until then
    Microseconds down_delay{0}, up_delay{0};
    OriginalSettings originals;
    std::int64_t told_wallclock_us = 0;  ///< when the kernel last told about the link
    bool removed_by_us = false;          ///< its end is no news

    bool is_running() const;  ///< UP and RUNNING now, or UP and a link when that is polled
};

class Interfaces {
  public:
    Interface* find(std::uint32_t ifindex);
    const Interface* find(std::uint32_t ifindex) const;
    const Interface* find(std::string_view name) const;
    std::uint32_t index_of(std::string_view name) const;  ///< 0 = there is none
    std::string name_of(std::uint32_t ifindex) const;     ///< "" = there is none
    /// Up, and its base (macvlan, ipvlan) too.
    bool is_up(std::uint32_t ifindex) const;
    const std::map<std::uint32_t, Interface>& all() const { return interfaces_; }

    /// A link as told by the kernel. @return what it was before (ifindex 0: new)
    netlink::Link update(netlink::Link link);
    void remove(std::uint32_t ifindex);
    void add_address(const netlink::InterfaceAddress& address);
    /// False: it was not known.
    bool remove_address(const netlink::InterfaceAddress& address);
    void forget_addresses();

  private:
    std::map<std::uint32_t, Interface> interfaces_;
    std::map<std::string, std::uint32_t, std::less<>> by_name_;
};

}  // namespace vrrp
