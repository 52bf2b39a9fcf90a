// The kernel's IPVS connection synchronisation where it follows a virtual router (lvs_sync_daemon IF inst NAME):
// sending while that instance is master, receiving otherwise (lvs-behaviour.md §10).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "conf/model.hpp"
#include "lib/netlink/ipvs/messages.hpp"
#include "lib/process/unique_fd.hpp"
#include "lib/result.hpp"

namespace vrrp {

class SyncDaemon {
  public:
    /// A generation. @param socket  opened in net_namespace_ipvs, none = our own namespace's
    void configure(const conf::Model& model, UniqueFd socket);
    /// The instance it follows; nullopt: nothing to do.
    std::optional<std::uint32_t> instance() const { return instance_; }
    /// Makes the kernel run the daemon of that role and no other. Cheap when nothing changed.
    void follow(bool is_master);
    void stop();

  private:
    using Requests = netlink::ipvs::Requests;

    Result<> open(UniqueFd socket);
    std::vector<netlink::ipvs::Daemon> running();
    void call(netlink::ipvs::Command command, const netlink::ipvs::Daemon& daemon);

    std::optional<netlink::ipvs::Daemon> wanted_;  ///< of both roles, `state` is set when it is used
    std::optional<std::uint32_t> instance_;
    std::optional<bool> told_master_;
    UniqueFd socket_;
    std::uint16_t family_ = 0;
    std::uint32_t sequence_ = 0;
};

}  // namespace vrrp
