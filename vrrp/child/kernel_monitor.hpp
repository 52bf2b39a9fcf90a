// Reads the kernel's events into the mirror, and says what they mean for the instances.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "lib/netlink/socket.hpp"
#include "vrrp/child/kernel_objects.hpp"
#include "vrrp/child/kernel_view.hpp"
#include "vrrp/child/linkbeat.hpp"

namespace vrrp {

class KernelMonitor {
  public:
    KernelMonitor(KernelView& kernel, KernelObjects& objects) : kernel_(kernel), objects_(objects) {}

    Result<> open(const conf::Model& model);
    int fd() const { return events_.fd(); }
    /// Route and rule groups are joined only when the model has such objects.
    void configure(const conf::Model& model);

    /// Fills the mirror from dumps. Presence of the indexed addresses is found anew.
    Result<> dump();
    Result<> dump_addresses();
    /// Reads all events there are now.
    void read();
    /// Changes of link state whose debounce time is over.
    void run_due(Instant now);
    Instant next_deadline() const;

    /// What changed since the last call; cleared by it.
    struct Changes {
        bool links = false;                     ///< an interface came, went, changed its name or its state
        bool names = false;                     ///< places have to be found anew
        bool sources = false;                   ///< addresses other than virtual ones changed
        std::set<std::uint32_t> came_up;        ///< interfaces whose objects are to be set again
        std::set<std::uint32_t> addresses_of;   ///< owners whose presence of addresses changed
        std::set<std::uint32_t> virtual_links;  ///< macvlans and ipvlans that went away
    };
    Changes take_changes();

  private:
    void handle(const nlmsghdr& message);
    void on_link(const nlmsghdr& message);
    void on_link_removed(const nlmsghdr& message);
    void on_address(const nlmsghdr& message, bool added);
    void settle(Interface& entry, bool initial);
    void set_up(Interface& entry, bool up);
    void report_foreign(const netlink::InterfaceAddress& address);
    bool is_news(const Interface& entry) const;
    void set_delays();
    void poll_links();
    Microseconds capped(Microseconds delay, const std::string& interface) const;

    KernelView& kernel_;
    KernelObjects& objects_;
    netlink::EventSocket events_;
    Changes changes_;
    std::set<int> joined_;
    std::set<std::string, std::less<>> watched_;  ///< the interfaces which instances depend on
    Linkbeat linkbeat_;
    bool dumping_ = false;
};

}  // namespace vrrp
