// One heap of deadlines, indexed: each item has at most one deadline, which moves in O(log n) and without
// allocation.
#pragma once

#include <cassert>
#include <cstdint>
#include <utility>
#include <vector>

#include "lib/time/instant.hpp"

namespace vrrp::protocol {

class DeadlineHeap {
  public:
    using Item = std::uint32_t;

    /// Forgets all; items are 0 … count − 1.
    void reset(std::size_t count) {
        deadlines_.assign(count, kNever);
        places_.assign(count, kAbsent);
        heap_.clear();
        heap_.reserve(count);
        pending_.reserve(count);
    }

    /// kNever takes the item out.
    void set(Item item, Instant deadline) {
        if (deadlines_[item] == deadline) return;
        deadlines_[item] = deadline;
        if (deadline == kNever) {
            remove(item);
        } else if (places_[item] == kAbsent) {
            places_[item] = heap_.size();
            heap_.push_back(item);
            rise(places_[item]);
        } else {
            rise(places_[item]);
            sink(places_[item]);
        }
    }

    Instant earliest() const { return heap_.empty() ? kNever : deadlines_[heap_.front()]; }
    /// Whose deadline that is; only while there is one.
    Item first() const { return heap_.front(); }
    Instant deadline(Item item) const { return deadlines_[item]; }

    /// Calls `visit(item)` for each item with a deadline ≤ now, in no particular order.
    template <typename Visit>
    void for_each_due(Instant now, Visit visit) const {
        pending_.clear();
        if (!heap_.empty()) pending_.push_back(0);
        while (!pending_.empty()) {
            const std::size_t place = pending_.back();
            pending_.pop_back();
            if (deadlines_[heap_[place]] > now) continue;  // and so are all below it
            visit(heap_[place]);
            for (std::size_t child = 2 * place + 1; child <= 2 * place + 2 && child < heap_.size(); ++child)
                pending_.push_back(child);
        }
    }

  private:
    static constexpr std::size_t kAbsent = SIZE_MAX;

    bool before(std::size_t a, std::size_t b) const { return deadlines_[heap_[a]] < deadlines_[heap_[b]]; }
    void exchange(std::size_t a, std::size_t b) {
        std::swap(heap_[a], heap_[b]);
        places_[heap_[a]] = a;
        places_[heap_[b]] = b;
    }
    void rise(std::size_t place) {
        for (; place > 0 && before(place, (place - 1) / 2); place = (place - 1) / 2)
            exchange(place, (place - 1) / 2);
    }
    void sink(std::size_t place) {
        for (;;) {
            std::size_t least = place;
            for (std::size_t child = 2 * place + 1; child <= 2 * place + 2 && child < heap_.size(); ++child)
                if (before(child, least)) least = child;
            if (least == place) return;
            exchange(place, least);
            place = least;
        }
    }
    void remove(Item item) {
        const std::size_t place = places_[item];
        if (place == kAbsent) return;
        exchange(place, heap_.size() - 1);
        heap_.pop_back();
        places_[item] = kAbsent;
        if (place == heap_.size()) return;
        rise(place);
        sink(place);
    }

    std::vector<Instant> deadlines_;   // of each item
    std::vector<std::size_t> places_;  // of each item in heap_
    std::vector<Item> heap_;
    mutable std::vector<std::size_t> pending_;
};

}  // namespace vrrp::protocol
