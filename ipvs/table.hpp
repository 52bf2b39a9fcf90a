// The kernel's virtual server table as a value, desired and actual, and the edits between the two (design.md,
// idea 2).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "lib/netlink/ipvs/messages.hpp"

namespace ipvs {

using netlink::ipvs::Command;
using netlink::ipvs::Destination;
using netlink::ipvs::DestinationKey;
using netlink::ipvs::Service;
using netlink::ipvs::ServiceKey;

/// A service with its destinations, these sorted by key.
struct Entry {
    Service service;
    std::vector<Destination> destinations;
    friend bool operator==(const Entry&, const Entry&) = default;
};

/// Sorted by key, each key once. `normalise` makes it so: of services with one key the first one's settings
/// win and the destinations are united (two virtual servers may share a service: lvs-behaviour.md §3.1).
using Table = std::vector<Entry>;
void normalise(Table& table);

const Entry* find(const Table& table, const ServiceKey& key);

/// One request to the kernel.
struct Edit {
    Command command = Command::new_service;
    Service service;
    std::optional<Destination> destination;
    friend bool operator==(const Edit&, const Edit&) = default;
};

/// What turns `actual` into `desired`, in an order which never leaves a service without a destination that it
/// need not be without: services and destinations are added and edited first, then destinations and services
/// are deleted.
/// @param actual  only what is ours: what we put there before, or what has the key of one of ours (both
/// normalised)
std::vector<Edit> difference(const Table& actual, const Table& desired);

/// `actual` after the edits that succeeded: what the next difference starts from.
void apply(Table& actual, const Edit& edit);
/// Many services at once, in one pass.
void erase_services(Table& actual, std::vector<ServiceKey> keys);

}  // namespace ipvs
