// The nftables entries of no_accept and of VMACs (vrrp-behaviour.md §7.1). libnftables is loaded when they are first
// needed; tables and chains are built when a generation starts, a transition only adds and deletes elements.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "vrrp/child/kernel_view.hpp"

namespace vrrp {

class Firewall {
  public:
    explicit Firewall(const KernelView& kernel);
    ~Firewall();

    /// Tables, chains and sets for the model; those of an earlier run go away.
    void configure();
    /// The virtual addresses of a master with no_accept are (not) guarded.
    void guard(std::uint32_t instance, bool hold);
    void remove_if_built() {
        if (built_) remove_all();
    }
    /// Calls that took longer than 5 ms.
    std::uint64_t slow_calls() const { return slow_calls_; }

  private:
    struct Library;

    void remove_all();
    bool run(const std::string& commands);
    std::string last_error() const;
    bool needs_no_accept(net::Family family) const;
    std::string table_text(net::Family family) const;
    std::vector<std::pair<std::string, std::string>> vmacs(net::Family family) const;
    std::string parent_elements() const;

    const KernelView& kernel_;
    std::unique_ptr<Library> library_;
    std::set<std::uint32_t> guarded_;
    std::string identity_;  ///< of what is loaded  ///< the tables as they were built
    bool built_ = false;
    bool unusable_ = false;
    std::uint64_t slow_calls_ = 0;
};

}  // namespace vrrp
