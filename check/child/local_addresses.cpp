// Address events.
#include "check/child/local_addresses.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>

#include "lib/log/log.hpp"
#include "lib/netlink/request.hpp"

namespace check {

namespace {

constexpr int kReceiveBuffer = 1024 * 1024;

}  // namespace

Result<> LocalAddresses::open(Changed changed, std::uint32_t receive_buffer) {
    changed_ = std::move(changed);
    auto requests = netlink::RequestSocket::open(NETLINK_ROUTE, kReceiveBuffer);
    if (!requests) return requests.error();
    requests_.emplace(std::move(*requests));
    const auto buffer =
        static_cast<int>(std::clamp<std::uint32_t>(receive_buffer, kReceiveBuffer, INT32_MAX / 2));
    auto events = netlink::EventSocket::open(NETLINK_ROUTE, buffer, true);
    if (!events) return events.error();
    for (const int group : {RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR}) {
        if (auto joined = events->join(group); !joined) return joined.error();
    }
    events_.emplace(std::move(*events));
    return dump(places_);
}

Result<> LocalAddresses::dump(std::map<net::IpAddress, std::set<Place>>& into) {
    constexpr int kAttempts = 5;  // the kernel asks to try again when addresses changed meanwhile
    for (int attempt = 0;; ++attempt) {
        into.clear();
        netlink::Request request(RTM_GETADDR, NLM_F_DUMP);
        ifaddrmsg header{};
        request.header(header);
        auto done = requests_->dump(request, [&](const nlmsghdr& message) {
            if (const auto address = netlink::parse_address(message)) {
                into[address->prefix.address].insert({address->ifindex, address->prefix.length});
            }
        });
        if (done || attempt == kAttempts || done.error().code != EINTR) return done;
    }
}

std::uint32_t LocalAddresses::count(const net::IpAddress& address) const {
    const auto at = places_.find(address);
    return at == places_.end() ? 0 : static_cast<std::uint32_t>(at->second.size());
}

void LocalAddresses::tell(const net::IpAddress& address, bool present) { changed_(address, present); }

void LocalAddresses::read() {
    const bool whole = events_->read([this](const nlmsghdr& message) {
        const bool added = message.nlmsg_type == RTM_NEWADDR;
        if (!added && message.nlmsg_type != RTM_DELADDR) return;
        const auto address = netlink::parse_address(message);
        if (!address) return;
        const net::IpAddress& ip = address->prefix.address;
        auto& places = places_[ip];
        const bool changed = added ? places.insert({address->ifindex, address->prefix.length}).second
                                   : places.erase({address->ifindex, address->prefix.length}) != 0;
        if (places.empty()) places_.erase(ip);
        if (changed) tell(ip, added);
    });
    if (!whole) dump_again();
}

/// Events were lost: what differs now is told as if it had just happened.
void LocalAddresses::dump_again() {
    std::map<net::IpAddress, std::set<Place>> now;
    if (auto done = dump(now); !done) {
        logging::info("{}", done.error().message());
        return;
    }
    now.swap(places_);
    for (const auto& [address, places] : now) {
        if (!places_.contains(address)) tell(address, false);
    }
    for (const auto& [address, places] : places_) {
        if (!now.contains(address)) tell(address, true);
    }
}

}  // namespace check
