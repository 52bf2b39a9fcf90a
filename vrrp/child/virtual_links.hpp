// The macvlan and ipvlan interfaces of use_vmac, use_ipvlan, and of single addresses: made, adopted, set up, removed
// (vrrp-behaviour.md §7, §7.2).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lib/netlink/socket.hpp"
#include "vrrp/child/kernel_view.hpp"
#include "vrrp/child/settings.hpp"
#include "vrrp/rows.hpp"

namespace vrrp {

class VirtualLinks {
  public:
    VirtualLinks(KernelView& kernel, netlink::RequestSocket& requests)
        : kernel_(kernel), requests_(requests) {}

    /// Makes what the model wants and the kernel does not have. True: something was made, the events tell what.
    bool create();
    /// IPv6 instances send from the link-local address of the parent, which the VMAC gets, too. True: one was added.
    bool complete_addresses();
    /// Those of an older generation that the model does not want any more.
    void remove_unwanted();
    void remove_all();

    /// Instances whose interface cannot be made: they are in FAULT until a reload.
    const std::set<std::uint32_t>& failed() const { return failed_; }
    /// ifindexes of those made by us.
    std::vector<std::uint32_t> created() const;
    /// Settings of parents and of single interfaces (promote_secondaries) for the instances of the model.
    void apply_settings();
    void restore_settings();
    /// What the settings of the whole namespace were before we changed them: a successor has to know.
    void tell_originals(rows::Process& row) const;
    /// After a crash: what the predecessor made, and what it found before it changed it.
    void adopt(const rows::Interface& row);
    void adopt(const rows::Process& row);

  private:
    struct Wanted {
        std::string name, base;
        std::uint32_t instance = 0;
        net::LinkAddress mac;
        net::Family family = net::Family::ipv4;  ///< of the adverts or of the address
        bool any_ipv6 = false;
        const conf::Vmac* vmac = nullptr;  ///< null: the VMAC of a single address
    };

    std::vector<Wanted> wanted() const;
    bool matches(const Wanted& wanted, const netlink::Link& link) const;
    bool create(const Wanted& wanted);
    void set_up(const Wanted& wanted, std::uint32_t ifindex);
    void set_up_parent(const Wanted& wanted);
    void clear_all_rp_filter();
    void remove(const std::string& name);
    bool add_address(std::uint32_t ifindex, const net::Prefix& prefix);

    KernelView& kernel_;
    netlink::RequestSocket& requests_;
    std::map<std::string, std::string> created_;  ///< and the instance for which it was made
    std::set<std::uint32_t> failed_;
    ChangedSettings settings_;
    bool rp_filter_cleared_ = false;
};

}  // namespace vrrp
