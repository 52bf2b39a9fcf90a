// IPVS requests. Attribute numbers and order: lvs-behaviour.md §4 (as observed on the wire).
#include "lib/netlink/ipvs/messages.hpp"

#include <arpa/inet.h>
#include <linux/ip_vs.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <memory>
#include <new>

#include "lib/netlink/ipvs/attributes.hpp"

namespace netlink::ipvs {

namespace {

struct FreeMessage {
    void operator()(nl_msg* message) const { nlmsg_free(message); }
};
using Message = std::unique_ptr<nl_msg, FreeMessage>;

constexpr std::size_t kMaxMessage = 1024;

Message begin(std::uint16_t family, Command command, std::uint32_t sequence, int flags) {
    Message message(nlmsg_alloc_size(kMaxMessage));
    if (!message || genlmsg_put(message.get(), 0, sequence, family, 0, NLM_F_REQUEST | flags,
                                static_cast<std::uint8_t>(command), IPVS_GENL_VERSION) == nullptr) {
        throw std::bad_alloc();
    }
    return message;
}

class Nest {
  public:
    Nest(nl_msg* message, int type)
        : message_(message), start_(nla_nest_start(message, type | NLA_F_NESTED)) {
        if (start_ == nullptr) throw std::bad_alloc();
    }
    Nest(const Nest&) = delete;
    Nest& operator=(const Nest&) = delete;
    ~Nest() { nla_nest_end(message_, start_); }

  private:
    nl_msg* message_;
    nlattr* start_;
};

void put_address(nl_msg* message, int attribute, const net::IpAddress& address) {
    nla_put(message, attribute, static_cast<int>(address.bytes.size()), address.bytes.data());
}

std::uint32_t netmask_on_the_wire(net::Family family, std::uint32_t netmask) {
    if (family == net::Family::ipv6) return netmask == 0 ? 128 : netmask;
    return netmask == 0 ? 0xffffffffU : htonl(netmask);
}

void put_service_key(nl_msg* message, const ServiceKey& key) {
    nla_put_u16(message, IPVS_SVC_ATTR_AF, static_cast<std::uint16_t>(net::address_family(key.family)));
    if (key.fwmark != 0) {
        nla_put_u32(message, IPVS_SVC_ATTR_FWMARK, key.fwmark);
        return;
    }
    nla_put_u16(message, IPVS_SVC_ATTR_PROTOCOL, key.protocol);
    put_address(message, IPVS_SVC_ATTR_ADDR, key.address);
    nla_put_u16(message, IPVS_SVC_ATTR_PORT, htons(key.port));
}

/// Which attributes of the service a request carries: in requests for destinations the persistence is left
/// out.
enum class Part : std::uint8_t { whole, of_destination };

void put_service(nl_msg* message, const Service& service, Part part) {
    const Nest nest(message, IPVS_CMD_ATTR_SERVICE);
    put_service_key(message, service.key);
    nla_put_string(message, IPVS_SVC_ATTR_SCHED_NAME, service.scheduler.c_str());
    const bool whole = part == Part::whole;
    const bool persistent = whole && (service.flags & kFlagPersistent) != 0;
    if (persistent && !service.persistence_engine.empty()) {
        nla_put_string(message, IPVS_SVC_ATTR_PE_NAME, service.persistence_engine.c_str());
    }
    const ip_vs_flags flags{persistent ? service.flags : service.flags & ~kFlagPersistent, ~0U};
    nla_put(message, IPVS_SVC_ATTR_FLAGS, sizeof flags, &flags);
    nla_put_u32(message, IPVS_SVC_ATTR_TIMEOUT, whole ? service.timeout : 0);
    nla_put_u32(message, IPVS_SVC_ATTR_NETMASK,
                netmask_on_the_wire(service.key.family, whole ? service.netmask : 0));
}

void put_destination(nl_msg* message, const Destination& destination) {
    const Nest nest(message, IPVS_CMD_ATTR_DEST);
    nla_put_u16(message, IPVS_DEST_ATTR_ADDR_FAMILY,
                static_cast<std::uint16_t>(net::address_family(destination.key.address.family)));
    put_address(message, IPVS_DEST_ATTR_ADDR, destination.key.address);
    nla_put_u16(message, IPVS_DEST_ATTR_PORT, htons(destination.key.port));
    nla_put_u32(message, IPVS_DEST_ATTR_FWD_METHOD, destination.forward);
    nla_put_u32(message, IPVS_DEST_ATTR_WEIGHT, destination.weight);
    if (destination.forward == kForwardTunnel) {
        nla_put_u8(message, kDestTunnelType, destination.tunnel_type);
        if (destination.tunnel_type == kTunnelGue)
            nla_put_u16(message, kDestTunnelPort, htons(destination.tunnel_port));
        if (destination.tunnel_type != 0) nla_put_u16(message, kDestTunnelFlags, destination.tunnel_flags);
    }
    nla_put_u32(message, IPVS_DEST_ATTR_U_THRESH, destination.upper_threshold);
    nla_put_u32(message, IPVS_DEST_ATTR_L_THRESH, destination.lower_threshold);
}

void put_daemon(nl_msg* message, Command command, const Daemon& daemon) {
    const Nest nest(message, IPVS_CMD_ATTR_DAEMON);
    nla_put_u32(message, IPVS_DAEMON_ATTR_STATE, static_cast<std::uint32_t>(daemon.state));
    if (command != Command::new_daemon) {
        nla_put_u32(message, IPVS_DAEMON_ATTR_SYNC_ID, 0);
        return;
    }
    nla_put_string(message, IPVS_DAEMON_ATTR_MCAST_IFN, daemon.interface.c_str());
    nla_put_u32(message, IPVS_DAEMON_ATTR_SYNC_ID, static_cast<std::uint32_t>(daemon.sync_id));
    if (daemon.max_length) nla_put_u16(message, IPVS_DAEMON_ATTR_SYNC_MAXLEN, *daemon.max_length);
    if (daemon.port) nla_put_u16(message, IPVS_DAEMON_ATTR_MCAST_PORT, *daemon.port);  // host order (run)
    if (daemon.ttl) nla_put_u8(message, IPVS_DAEMON_ATTR_MCAST_TTL, *daemon.ttl);
    if (daemon.group.is_v4()) nla_put_u32(message, IPVS_DAEMON_ATTR_MCAST_GROUP, htonl(daemon.group.to_v4()));
    if (daemon.group.is_v6()) put_address(message, IPVS_DAEMON_ATTR_MCAST_GROUP6, daemon.group);
}

}  // namespace

void Requests::append(void* message) {
    const auto* header = nlmsg_hdr(static_cast<nl_msg*>(message));
    const auto* start = reinterpret_cast<const std::uint8_t*>(header);
    offsets_.push_back(bytes_.size());
    bytes_.insert(bytes_.end(), start, start + header->nlmsg_len);
    bytes_.resize((bytes_.size() + NLMSG_ALIGNTO - 1) / NLMSG_ALIGNTO * NLMSG_ALIGNTO);
}

void Requests::clear() {
    bytes_.clear();
    offsets_.clear();
}

void Requests::service(Command command, const Service& service, std::uint32_t sequence, std::uint16_t flags) {
    const Message message = begin(family_id_, command, sequence, flags);
    put_service(message.get(), service, Part::whole);
    append(message.get());
}

void Requests::destination(Command command, const Service& service, const Destination& destination,
                           std::uint32_t sequence, std::uint16_t flags) {
    const Message message = begin(family_id_, command, sequence, flags);
    put_service(message.get(), service, Part::of_destination);
    put_destination(message.get(), destination);
    append(message.get());
}

void Requests::daemon(Command command, const Daemon& daemon, std::uint32_t sequence, std::uint16_t flags) {
    const Message message = begin(family_id_, command, sequence, flags);
    put_daemon(message.get(), command, daemon);
    append(message.get());
}

void Requests::timeouts(const Timeouts& timeouts, std::uint32_t sequence, std::uint16_t flags) {
    const Message message = begin(family_id_, Command::set_config, sequence, flags);
    nla_put_u32(message.get(), IPVS_CMD_ATTR_TIMEOUT_TCP, timeouts.tcp);
    nla_put_u32(message.get(), IPVS_CMD_ATTR_TIMEOUT_TCP_FIN, timeouts.tcp_fin);
    nla_put_u32(message.get(), IPVS_CMD_ATTR_TIMEOUT_UDP, timeouts.udp);
    append(message.get());
}

void Requests::plain(Command command, std::uint32_t sequence, std::uint16_t flags) {
    const Message message = begin(family_id_, command, sequence, flags);
    append(message.get());
}

void Requests::dump_destinations(const ServiceKey& key, std::uint32_t sequence) {
    const Message message = begin(family_id_, Command::get_dest, sequence, NLM_F_DUMP);
    {
        const Nest nest(message.get(), IPVS_CMD_ATTR_SERVICE);
        put_service_key(message.get(), key);
    }
    append(message.get());
}

}  // namespace netlink::ipvs
