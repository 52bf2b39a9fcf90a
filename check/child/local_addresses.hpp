// Which addresses are on this host, for ha_suspend and -a (lvs-behaviour.md §10): the child joins address events only for
// these (decisions.md §7).
#pragma once

#include <functional>
#include <map>
#include <set>

#include "lib/net/address.hpp"
#include "lib/netlink/objects.hpp"
#include "lib/netlink/socket.hpp"
#include "lib/result.hpp"

namespace check {

class LocalAddresses {
  public:
    /// @param changed  an address came (true) or went (false): its first or last place, or any with `every`
    using Changed = std::function<void(const net::IpAddress&, bool present)>;

    /// Opens the sockets and reads what there is; `changed` is not called for that.
    /// @param receive_buffer  lvs_netlink_monitor_rcv_bufs; 0 = ours
    Result<> open(Changed changed, std::uint32_t receive_buffer);
    bool is_open() const { return events_.has_value(); }
    int fd() const { return events_->fd(); }
    void read();
    /// On how many interfaces the address is.
    std::uint32_t count(const net::IpAddress& address) const;

  private:
    /// The same address may be on several interfaces.
    using Place = std::pair<std::uint32_t, std::uint8_t>;  // interface, prefix length
    std::map<net::IpAddress, std::set<Place>> places_;
    std::optional<netlink::RequestSocket> requests_;
    std::optional<netlink::EventSocket> events_;
    Changed changed_;

    Result<> dump(std::map<net::IpAddress, std::set<Place>>& into);
    void dump_again();
    void tell(const net::IpAddress& address, bool present);
};

}  // namespace check
