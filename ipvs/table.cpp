// Difference of two tables: a merge of sorted vectors, twice.
#include "ipvs/table.hpp"

#include <algorithm>
#include <iterator>

namespace ipvs {

namespace {

bool by_key(const Entry& a, const Entry& b) { return a.service.key < b.service.key; }
bool by_destination(const Destination& a, const Destination& b) { return a.key < b.key; }

void sort_unique(std::vector<Destination>& destinations) {
    if (destinations.size() < 2) return;
    std::stable_sort(destinations.begin(), destinations.end(), by_destination);
    const auto same = [](const Destination& a, const Destination& b) { return a.key == b.key; };
    destinations.erase(std::unique(destinations.begin(), destinations.end(), same), destinations.end());
}

/// Edits in two lists: what adds or changes, and what removes; the second goes after all of the first.
struct Edits {
    std::vector<Edit> add;
    std::vector<Edit> remove;
};

void compare_destinations(const Service& service, const std::vector<Destination>& actual,
                          const std::vector<Destination>& desired, Edits& edits) {
    auto have = actual.begin();
    for (const Destination& want : desired) {
        for (; have != actual.end() && have->key < want.key; ++have) {
            edits.remove.push_back({Command::del_dest, service, *have});
        }
        if (have == actual.end() || want.key < have->key) {
            edits.add.push_back({Command::new_dest, service, want});
            continue;
        }
        if (*have != want) edits.add.push_back({Command::set_dest, service, want});
        ++have;
    }
    for (; have != actual.end(); ++have) edits.remove.push_back({Command::del_dest, service, *have});
}

void add_entry(const Entry& entry, Edits& edits) {
    edits.add.push_back({Command::new_service, entry.service, {}});
    for (const Destination& destination : entry.destinations) {
        edits.add.push_back({Command::new_dest, entry.service, destination});
    }
}

/// Deleting a service takes its destinations along.
void remove_entry(const Entry& entry, Edits& edits) {
    edits.remove.push_back({Command::del_service, entry.service, {}});
}

}  // namespace

void normalise(Table& table) {
    const auto not_before = [](const Entry& a, const Entry& b) { return !by_key(a, b); };
    if (std::adjacent_find(table.begin(), table.end(), not_before) == table.end()) {
        for (Entry& entry : table) sort_unique(entry.destinations);
        return;
    }
    std::stable_sort(table.begin(), table.end(), by_key);
    Table united;
    united.reserve(table.size());
    for (Entry& entry : table) {
        if (united.empty() || united.back().service.key != entry.service.key) {
            united.push_back(std::move(entry));
            continue;
        }
        auto& into = united.back().destinations;
        std::move(entry.destinations.begin(), entry.destinations.end(), std::back_inserter(into));
    }
    for (Entry& entry : united) sort_unique(entry.destinations);
    table = std::move(united);
}

const Entry* find(const Table& table, const ServiceKey& key) {
    const auto at =
        std::lower_bound(table.begin(), table.end(), key,
                         [](const Entry& entry, const ServiceKey& k) { return entry.service.key < k; });
    return at != table.end() && at->service.key == key ? &*at : nullptr;
}

std::vector<Edit> difference(const Table& actual, const Table& desired) {
    Edits edits;
    if (actual.empty()) {
        std::size_t all = desired.size();
        for (const Entry& entry : desired) all += entry.destinations.size();
        edits.add.reserve(all);
    }
    auto have = actual.begin();
    for (const Entry& want : desired) {
        for (; have != actual.end() && have->service.key < want.service.key; ++have)
            remove_entry(*have, edits);
        if (have == actual.end() || want.service.key < have->service.key) {
            add_entry(want, edits);
            continue;
        }
        if (have->service != want.service) edits.add.push_back({Command::set_service, want.service, {}});
        compare_destinations(want.service, have->destinations, want.destinations, edits);
        ++have;
    }
    for (; have != actual.end(); ++have) remove_entry(*have, edits);
    std::move(edits.remove.begin(), edits.remove.end(), std::back_inserter(edits.add));
    return std::move(edits.add);
}

void apply(Table& actual, const Edit& edit) {
    auto at = std::lower_bound(actual.begin(), actual.end(), edit.service.key,
                               [](const Entry& entry, const ServiceKey& k) { return entry.service.key < k; });
    const bool known = at != actual.end() && at->service.key == edit.service.key;
    switch (edit.command) {
        case Command::new_service:
        case Command::set_service:
            if (known) {
                at->service = edit.service;
            } else {
                actual.insert(at, Entry{edit.service, {}});
            }
            return;
        case Command::del_service:
            if (known) actual.erase(at);
            return;
        default:
            break;
    }
    if (!known || !edit.destination) return;
    auto& destinations = at->destinations;
    const auto spot =
        std::lower_bound(destinations.begin(), destinations.end(), *edit.destination, by_destination);
    const bool there = spot != destinations.end() && spot->key == edit.destination->key;
    if (edit.command == Command::del_dest) {
        if (there) destinations.erase(spot);
    } else if (there) {
        *spot = *edit.destination;
    } else {
        destinations.insert(spot, *edit.destination);
    }
}

void erase_services(Table& actual, std::vector<ServiceKey> keys) {
    if (keys.empty()) return;
    std::sort(keys.begin(), keys.end());
    std::erase_if(actual, [&keys](const Entry& entry) {
        return std::binary_search(keys.begin(), keys.end(), entry.service.key);
    });
}

}  // namespace ipvs
