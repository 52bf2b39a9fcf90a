#include "vrrp/child/garp.hpp"

#include <net/if.h>
#include <net/if_arp.h>

#include <algorithm>
#include <array>

#include "lib/log/log.hpp"
#include "lib/time/clock.hpp"
#include "vrrp/protocol/advert.hpp"

namespace vrrp {

namespace {

constexpr std::uint16_t kEthertypeArp = 0x0806;
constexpr std::uint16_t kEthertypeIpv6 = 0x86dd;

/// The interface whose limit counts: the one below a macvlan or ipvlan.
const Interface* base_of(const Interfaces& interfaces, const Interface* entry) {
    const bool stacked =
        entry->link.kind == netlink::LinkKind::macvlan || entry->link.kind == netlink::LinkKind::ipvlan;
    if (!stacked || entry->link.base_elsewhere) return entry;
    const Interface* base = interfaces.find(entry->link.base);
    return base != nullptr ? base : entry;
}

void log_sending(std::uint32_t instance, const IndexedAddress& entry, const KernelView& kernel) {
    if (!logging::detailed()) return;
    const net::IpAddress& address = entry.key.prefix.address;
    logging::detail("({}) Sending/queueing {} on {} for {}", kernel.name(instance),
                    address.is_v4() ? "gratuitous ARPs" : "Unsolicited Neighbour Adverts",
                    kernel.interfaces.name_of(entry.key.ifindex), address.to_string());
}

}  // namespace

Result<> GarpSender::open() {
    auto socket = net::PacketSocket::open();
    if (!socket) return socket.error();
    socket_ = std::move(*socket);
    return {};
}

void GarpSender::configure() {
    paces_.clear();
    extras_.clear();
    for (const auto& group : kernel_.model->garp_groups) {
        Pace pace;
        pace.interfaces = group.interfaces;
        pace.garp = group.garp_interval;
        pace.gna = group.gna_interval;
        paces_.push_back(std::move(pace));
    }
}

GarpSender::Pace* GarpSender::pace_of(std::uint32_t ifindex, net::Family family) {
    const Interface* entry = kernel_.interfaces.find(ifindex);
    if (entry == nullptr) return nullptr;
    const std::string& name = base_of(kernel_.interfaces, entry)->link.name;
    const auto limits = [family](const Pace& pace) {
        return (family == net::Family::ipv4 ? pace.garp : pace.gna).count() > 0;
    };
    for (auto& pace : paces_) {
        if (std::find(pace.interfaces.begin(), pace.interfaces.end(), name) == pace.interfaces.end())
            continue;
        return limits(pace) ? &pace : nullptr;
    }
    const auto& global = kernel_.model->global;
    if (global.garp_interval.count() == 0 && global.gna_interval.count() == 0) return nullptr;
    Pace pace;
    pace.interfaces = {name};
    pace.garp = global.garp_interval;
    pace.gna = global.gna_interval;
    paces_.push_back(std::move(pace));
    return limits(paces_.back()) ? &paces_.back() : nullptr;
}

void GarpSender::burst(std::uint32_t instance, std::uint32_t repeat, KernelView& kernel) {
    std::vector<const IndexedAddress*> targets;
    const Objects objects = kernel.objects(instance);
    for (std::size_t number = 0; number < objects.addresses(); ++number) {
        const IndexedAddress* entry = kernel.entry(instance, number);
        // Who does not have an address must not draw its traffic.
        if (entry == nullptr || !entry->present) continue;
        targets.push_back(entry);
    }
    const bool paced = std::any_of(targets.begin(), targets.end(), [this](const IndexedAddress* target) {
        return pace_of(target->key.ifindex, target->key.prefix.address.family) != nullptr;
    });
    const auto send_all = [&](bool first) {
        for (const IndexedAddress* target : targets) {
            if (first) log_sending(instance, *target, kernel);
            send(target->key.ifindex, target->key.prefix.address);
        }
    };
    for (std::uint32_t round = 0; round < repeat && !paced; ++round) send_all(round == 0);
    if (!paced) return;
    for (const IndexedAddress* target : targets) {
        log_sending(instance, *target, kernel);
        queue_or_send(instance, target->key.ifindex, target->key.prefix.address, repeat);
        run_due(monotonic_now());
    }
}

void GarpSender::announce(std::uint32_t instance, std::uint32_t ifindex, const net::IpAddress& address) {
    const char* what = address.is_v4() ? "gratuitous ARP" : "Unsolicited Neighbour Advert";
    logging::detail("{}: sending {} for {}", kernel_.name(instance), what, address.to_string());
    queue_or_send(instance, ifindex, address, 1);
    run_due(monotonic_now());
}

void GarpSender::queue_or_send(std::uint32_t instance, std::uint32_t ifindex, const net::IpAddress& address,
                               std::uint32_t times) {
    Pace* pace = pace_of(ifindex, address.family);
    if (pace == nullptr) {
        for (std::uint32_t i = 0; i < times; ++i) send(ifindex, address);
        return;
    }
    auto& queue = address.is_v4() ? pace->garps : pace->gnas;
    const auto same = std::find_if(queue.begin(), queue.end(), [&](const Pending& pending) {
        return pending.instance == instance && pending.ifindex == ifindex && pending.address == address;
    });
    if (same == queue.end()) {
        queue.push_back({instance, ifindex, address, times});
    } else {
        same->times = std::max(same->times, times);
    }
}

void GarpSender::forget(std::uint32_t instance) {
    for (auto& pace : paces_) {
        for (auto* queue : {&pace.garps, &pace.gnas}) {
            std::erase_if(*queue,
                          [instance](const Pending& pending) { return pending.instance == instance; });
        }
    }
}

/// One an interval; an address with repeats left goes to the end: round-robin.
void GarpSender::run(std::deque<Pending>& queue, Instant& next, Microseconds interval, Instant now,
                     GarpSender& sender) {
    while (!queue.empty() && next <= now) {
        Pending pending = queue.front();
        queue.pop_front();
        sender.send(pending.ifindex, pending.address);
        if (--pending.times > 0) queue.push_back(pending);
        // A late timer does not shift the others; after a pause the interval counts from now.
        next = now - next > interval ? now + interval : next + interval;
    }
}

void GarpSender::run_due(Instant now) {
    for (auto& pace : paces_) {
        run(pace.garps, pace.next_garp, pace.garp, now, *this);
        run(pace.gnas, pace.next_gna, pace.gna, now, *this);
    }
}

void GarpSender::start_extra(std::uint32_t instance, Instant now) {
    const Seconds interval{kernel_.model->instances[instance].garp_extra_if};
    if (interval.count() > 0) extras_.try_emplace(instance, now + interval);
}

void GarpSender::run_extra(Instant now, KernelView& kernel) {
    for (auto& [instance, due] : extras_) {
        if (due > now) continue;
        const auto& configured = kernel.model->instances[instance];
        due = now + Seconds{configured.garp_extra_if};
        const Objects objects = kernel.objects(instance);
        for (std::size_t number = 0; number < objects.addresses(); ++number) {
            const IndexedAddress* entry = kernel.entry(instance, number);
            if (entry == nullptr || !entry->present) continue;
            const Interface* there = kernel.interfaces.find(entry->key.ifindex);
            if (there == nullptr || entry->key.ifindex == kernel.placements[instance].adverts) continue;
            if (!configured.garp_extra_if_all && there->link.kind != netlink::LinkKind::macvlan) continue;
            log_sending(instance, *entry, kernel);
            queue_or_send(instance, entry->key.ifindex, entry->key.prefix.address, 1);
        }
    }
}

Instant GarpSender::next_deadline() const {
    Instant earliest = kNever;
    for (const auto& [instance, due] : extras_) earliest = std::min(earliest, due);
    for (const auto& pace : paces_) {
        if (!pace.garps.empty()) earliest = std::min(earliest, pace.next_garp);
        if (!pace.gnas.empty()) earliest = std::min(earliest, pace.next_gna);
    }
    return earliest;
}

void GarpSender::send(std::uint32_t ifindex, const net::IpAddress& address) {
    const Interface* entry = kernel_.interfaces.find(ifindex);
    if (entry == nullptr || (entry->link.flags & (IFF_NOARP | IFF_LOOPBACK)) != 0) return;
    std::array<std::uint8_t, protocol::kMaxAnnouncementSize> frame{};
    const bool infiniband = entry->link.hardware_type == ARPHRD_INFINIBAND;
    if (address.is_v4()) {
        const std::size_t size = protocol::encode_gratuitous_arp(entry->link.mac, entry->link.broadcast,
                                                                 infiniband, address, frame);
        (void)socket_.send({frame.data(), size}, ifindex, kEthertypeArp);
        logging::detail("Sending gratuitous ARP on {} for {}", entry->link.name, address.to_string());
        return;
    }
    const bool router = base_of(kernel_.interfaces, entry)->link.ipv6_forwarding;
    const std::size_t size =
        protocol::encode_unsolicited_na(entry->link.mac, infiniband, address, router, frame);
    (void)socket_.send({frame.data(), size}, ifindex, kEthertypeIpv6);
    logging::detail("Sending unsolicited Neighbour Advert on {} for {}", entry->link.name,
                    address.to_string());
}

}  // namespace vrrp
