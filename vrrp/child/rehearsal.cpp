#include "vrrp/child/rehearsal.hpp"

#include <array>
#include <cstdint>
#include <set>

#include "lib/netlink/request.hpp"
#include "vrrp/objects/addresses.hpp"
#include "vrrp/protocol/advert.hpp"

namespace vrrp {

namespace {

void rehearse_advert(const protocol::VirtualRouterConfig& config, const net::IpAddress& any) {
    std::array<std::uint8_t, protocol::kMaxAdvertSize> packet{};
    protocol::AdvertFields fields;
    fields.source = fields.destination = any;
    (void)protocol::encode_advert(config, fields, packet);
}

void rehearse_announcement(const net::IpAddress& address) {
    std::array<std::uint8_t, protocol::kMaxAnnouncementSize> frame{};
    net::LinkAddress mac;
    mac.length = 6;
    if (address.is_v4()) {
        (void)protocol::encode_gratuitous_arp(mac, mac, false, address, frame);
    } else {
        (void)protocol::encode_unsolicited_na(mac, false, address, false, frame);
    }
}

}  // namespace

void rehearse_takeover(const conf::Model& model, const protocol::Router& router) {
    // One of each family and authentication will do: thousands share the same code.
    std::set<std::array<int, 3>> done;
    for (protocol::InstanceIndex i = 0; i < model.instances.size(); ++i) {
        const protocol::VirtualRouterConfig& config = router.config().instances[i];
        const std::array<int, 3> kind{static_cast<int>(config.family), static_cast<int>(config.auth_type),
                                      config.hmac.has_value()};
        if (model.instances[i].vips.empty() || !done.insert(kind).second) continue;
        const conf::Address& vip = model.instances[i].vips.front();
        netlink::Batch batch;
        batch.add(objects::add_address(vip, 1), 0);
        rehearse_advert(config, vip.prefix.address);
        rehearse_announcement(vip.prefix.address);
    }
}

}  // namespace vrrp
