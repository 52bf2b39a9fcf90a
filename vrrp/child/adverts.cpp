#include "vrrp/child/adverts.hpp"

#include <algorithm>
#include <cstring>

#include "lib/log/log.hpp"
#include "lib/time/clock.hpp"
#include "vrrp/protocol/advert.hpp"

namespace vrrp {

namespace {

constexpr int kReceiveBuffer = 8 * 1024 * 1024;
/// Packets this close to each other are a burst; a burst is read in slices of this length.
constexpr Nanoseconds kBurstGap = std::chrono::microseconds(500);
constexpr Nanoseconds kBurstSlice = std::chrono::milliseconds(1);
constexpr int kStillABurst = 2;  ///< packets in a slice
constexpr std::size_t kIpv4 = 0, kIpv4Ah = 1, kIpv6 = 2;

constexpr net::Family family_of(std::size_t pair) {
    return pair == kIpv6 ? net::Family::ipv6 : net::Family::ipv4;
}
constexpr std::uint8_t protocol_of(std::size_t pair) {
    return pair == kIpv4Ah ? protocol::kProtocolAh : protocol::kProtocolVrrp;
}

/// kernel_rx_buf_size, else what vrrp_rx_bufs_policy gives one instance.
std::uint64_t buffer_of(const conf::VrrpInstance& instance, const conf::Global& global, std::uint32_t mtu) {
    using Policy = conf::Global::RxPolicy;
    if (instance.kernel_rx_buf_size != 0) return instance.kernel_rx_buf_size;
    switch (global.rx_policy) {
        case Policy::none:
            return 0;
        case Policy::mtu:
            return std::uint64_t{mtu} * global.rx_multiplier;
        case Policy::advert:
            return std::uint64_t{protocol::kMaxAdvertSize} * global.rx_multiplier;
        case Policy::bytes:
            return global.rx_bytes;
    }
    return 0;
}

/// The sum over the instances of the socket, or ours if that is more.
int receive_buffer(const KernelView& kernel, const conf::Model& model) {
    constexpr std::uint32_t kUsualMtu = 1500;
    std::uint64_t wanted = 0;
    for (const auto& instance : model.instances) {
        const Interface* entry = kernel.interfaces.find(instance.interface);
        wanted += buffer_of(instance, model.global, entry == nullptr ? kUsualMtu : entry->link.mtu);
    }
    return static_cast<int>(std::clamp<std::uint64_t>(wanted, kReceiveBuffer, 1U << 30));
}

}  // namespace

Adverts::Adverts(net::EventLoop& loop, const KernelView& kernel, Received received)
    : loop_(loop), kernel_(kernel), received_(std::move(received)), packet_(protocol::kMaxAdvertSize) {}

Adverts::~Adverts() {
    for (auto& pair : pairs_) {
        if (pair.is_open) loop_.unwatch(pair.receiver.fd());
    }
}

std::size_t Adverts::pair_of(const conf::VrrpInstance& instance) {
    if (instance.family == net::Family::ipv6) return kIpv6;
    return instance.auth_type == conf::AuthType::ah ? kIpv4Ah : kIpv4;
}

std::uint64_t Adverts::key_of(std::size_t pair, std::uint8_t vrid, std::uint32_t ifindex) {
    return std::uint64_t{pair} << 40 | std::uint64_t{vrid} << 32 | ifindex;
}

Result<> Adverts::open(const conf::Model& model) {
    std::array<bool, kPairs> needed{};
    for (const auto& instance : model.instances) needed[pair_of(instance)] = true;
    std::array<Pair, kPairs> fresh;
    for (std::size_t i = 0; i < kPairs; ++i) {
        if (!needed[i] || pairs_[i].is_open) continue;
        auto receiver = net::RawReceiver::open(family_of(i), protocol_of(i), receive_buffer(kernel_, model));
        if (!receiver) return receiver.error();
        auto sender = net::RawSender::open(family_of(i), protocol_of(i));
        if (!sender) return sender.error();
        fresh[i] = {std::move(*receiver), std::move(*sender), true};
    }
    for (std::size_t i = 0; i < kPairs; ++i) {
        if (!fresh[i].is_open) continue;
        pairs_[i] = std::move(fresh[i]);
        loop_.watch_packets(pairs_[i].receiver.fd(), [this, i] { on_readable(i); });
    }
    return {};
}

void Adverts::attach() {
    std::array<std::set<Membership>, kPairs> wanted;
    table_.clear();
    for (protocol::InstanceIndex i = 0; i < kernel_.model->instances.size(); ++i) {
        const auto& instance = kernel_.model->instances[i];
        const Placement& placement = kernel_.placements[i];
        const std::size_t pair = pair_of(instance);
        if (placement.adverts == 0 && !(instance.unicast && instance.interface.empty())) continue;
        table_.push_back({key_of(pair, instance.vrid, placement.adverts), i});
        if (!instance.unicast) wanted[pair].insert({instance.mcast_dst, placement.adverts});
    }
    std::sort(table_.begin(), table_.end());
    table_.shrink_to_fit();
    last_error_.assign(kernel_.model->instances.size(), 0);
    for (std::size_t pair = 0; pair < kPairs; ++pair) {
        if (!pairs_[pair].is_open) continue;
        std::erase_if(joined_[pair], [&](const Membership& membership) {
            if (wanted[pair].contains(membership)) return false;
            pairs_[pair].receiver.leave(membership.first, membership.second);
            return true;
        });
        for (const auto& [group, ifindex] : wanted[pair]) {
            if (joined_[pair].contains({group, ifindex})) continue;
            if (auto done = pairs_[pair].receiver.join(group, ifindex); !done) {
                logging::info("{} on {}", done.error().message(), kernel_.interfaces.name_of(ifindex));
                continue;
            }
            joined_[pair].insert({group, ifindex});
        }
    }
}

void Adverts::on_readable(std::size_t pair) {
    Moderation& moderation = pairs_[pair].moderation;
    const Instant now = monotonic_now();
    if (moderates_ && now - moderation.last_read < kBurstGap && moderation.look_at == kNever) {
        moderation.look_at = now + kBurstSlice;
        loop_.pause(pairs_[pair].receiver.fd());
    }
    moderation.last_read = now;
    (void)read(pair);
}

void Adverts::read_moderated(Instant now, bool all) {
    for (std::size_t i = 0; i < kPairs; ++i) {
        Moderation& moderation = pairs_[i].moderation;
        if (moderation.look_at == kNever) continue;
        const bool is_time = moderation.look_at <= now;
        if (!is_time && !all) continue;
        const int taken = read(i);
        if (!is_time) continue;
        moderation.last_read = now;
        if (taken >= kStillABurst) {
            moderation.look_at = now + kBurstSlice;
        } else {
            moderation.look_at = kNever;
            loop_.resume(pairs_[i].receiver.fd());
        }
    }
}

void Adverts::set_smallest_interval(Nanoseconds interval) { moderates_ = interval >= 256 * kBurstSlice; }

Instant Adverts::next_deadline() const {
    Instant earliest = kNever;
    for (const auto& pair : pairs_) earliest = std::min(earliest, pair.moderation.look_at);
    return earliest;
}

/// @return packets read
int Adverts::read(std::size_t pair) {
    const auto [datagrams, more] =
        pairs_[pair].receiver.read([this, pair](const net::Datagram& datagram) { dispatch(pair, datagram); });
    if (more) loop_.again([this, pair] { (void)read(pair); });
    return datagrams;
}

void Adverts::dispatch(std::size_t pair, const net::Datagram& datagram) {
    const auto vrid = protocol::vrid_of(family_of(pair), datagram.bytes);
    if (!vrid) return;
    const protocol::InstanceIndex instance = find(pair, *vrid, datagram);
    if (instance != protocol::kNone) return received_(instance, datagram);
    // AH has a socket of its own, so that another authentication looks like another router: it is told and counted.
    const protocol::InstanceIndex other =
        pair == kIpv6 ? protocol::kNone : find(pair == kIpv4 ? kIpv4Ah : kIpv4, *vrid, datagram);
    if (other != protocol::kNone) return received_(other, datagram);
    report_unknown(*vrid, datagram);
}

protocol::InstanceIndex Adverts::find(std::size_t pair, std::uint8_t vrid,
                                      const net::Datagram& datagram) const {
    const protocol::InstanceIndex found = find_at(key_of(pair, vrid, datagram.ifindex), datagram);
    if (found != protocol::kNone) return found;
    // Unicast without an interface: in a VRF, which the packet's interface belongs to, or anywhere.
    const Interface* entry = kernel_.interfaces.find(datagram.ifindex);
    if (entry != nullptr && entry->link.master != 0) {
        const protocol::InstanceIndex in_vrf = find_at(key_of(pair, vrid, entry->link.master), datagram);
        if (in_vrf != protocol::kNone) return in_vrf;
    }
    return find_at(key_of(pair, vrid, 0), datagram);
}

/// Multicast: the group must be the instance's. Unicast: our own address; instances which share it differ in their peers.
protocol::InstanceIndex Adverts::find_at(std::uint64_t key, const net::Datagram& datagram) const {
    protocol::InstanceIndex fallback = protocol::kNone;
    const auto by_key = [](const Route& a, const Route& b) { return a.key < b.key; };
    const auto [begin, end] = std::equal_range(table_.begin(), table_.end(), Route{key, 0}, by_key);
    for (auto route = begin; route != end; ++route) {
        const auto& instance = kernel_.model->instances[route->instance];
        if (!instance.unicast) {
            if (datagram.destination == instance.mcast_dst) return route->instance;
            continue;
        }
        if (datagram.destination != kernel_.placements[route->instance].told_source) continue;
        const bool is_peer = std::any_of(instance.unicast_peers.begin(), instance.unicast_peers.end(),
                                         [&](const auto& peer) { return peer.address == datagram.source; });
        if (is_peer) return route->instance;
        fallback = route->instance;
    }
    return fallback;
}

void Adverts::report_unknown(std::uint8_t vrid, const net::Datagram& datagram) {
    ++unknown_;
    if (!log_unknown_) return;
    logging::info("Unknown VRID({}) received on interface({}). ignoring...", vrid,
                  kernel_.interfaces.name_of(datagram.ifindex));
}

void Adverts::send(const protocol::SendAdvert& action, const protocol::VirtualRouterConfig& config,
                   protocol::VirtualRouterState& state, std::int64_t wallclock_us) {
    const auto& instance = kernel_.model->instances[action.instance];
    const Placement& placement = kernel_.placements[action.instance];
    Pair& pair = pairs_[pair_of(instance)];
    if (!pair.is_open) return;
    protocol::AdvertFields fields = protocol::advert_fields(action, state, wallclock_us);
    net::Outgoing where;
    where.source = state.source;
    where.ifindex = placement.adverts;
    int code = 0;
    const auto send_to = [&](const net::IpAddress& destination) {
        fields.destination = where.destination = destination;
        const std::size_t size = protocol::encode_advert(config, fields, packet_);
        const int result = pair.sender.send({packet_.data(), size}, where);
        if (result != 0) code = result;
    };
    if (config.unicast) {
        where.hop_limit = config.unicast_ttl;
        for (const auto& peer : config.peers) send_to(peer.address);
    } else {
        where.direct = true;
        send_to(config.group);
    }
    report_error(action.instance, code, state.state == protocol::State::fault);
}

/// Once for each kind of error, until a send succeeds again: a cable that is out is not worth a line a second. Of the two
/// good-byes on the way to FAULT each is told, but for a link that is down (run: 2.2.7).
void Adverts::report_error(protocol::InstanceIndex instance, int code, bool is_goodbye) {
    if (is_goodbye ? code == ENETUNREACH : last_error_[instance] == code) return;
    last_error_[instance] = code;
    if (code == 0) return;
    logging::info("({}): send advert error {} ({})", kernel_.model->instances[instance].name, code,
                  std::strerror(code));
}

std::uint32_t Adverts::overflow() const {
    std::uint32_t sum = 0;
    for (const auto& pair : pairs_) sum += pair.is_open ? pair.receiver.overflow() : 0;
    return sum;
}

std::pair<int, int> Adverts::descriptors(protocol::InstanceIndex instance) const {
    const auto& configured = kernel_.model->instances[instance];
    const bool without_interface = configured.unicast && configured.interface.empty();
    const Pair& pair = pairs_[pair_of(configured)];
    if (!pair.is_open || (kernel_.placements[instance].adverts == 0 && !without_interface)) return {-1, -1};
    return {pair.receiver.fd(), pair.sender.fd()};
}

void Adverts::log_sockets() const {
    if (!logging::detailed()) return;
    std::set<std::string> shown;
    for (protocol::InstanceIndex i = 0; i < kernel_.model->instances.size(); ++i) {
        const auto& instance = kernel_.model->instances[i];
        const auto [in, out] = descriptors(i);
        const net::IpAddress& address =
            instance.unicast ? kernel_.placements[i].told_source : instance.mcast_dst;
        std::string line = fmt::format(
            "VRRP sockpool: [ifindex({:3}), family({}), proto({}), fd({},{}) {}, address({})]",
            in < 0 ? 0 : kernel_.placements[i].adverts,
            instance.family == net::Family::ipv6 ? "IPv6" : "IPv4", protocol_of(pair_of(instance)), in, out,
            instance.unicast ? "unicast" : "multicast", address.to_string());
        if (shown.insert(line).second) logging::detail("{}", line);
    }
}

}  // namespace vrrp
