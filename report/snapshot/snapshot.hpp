// What a renderer reads: the rows of the boards, copied out once, with every length and index clamped. Tests
// fill it by hand; the report child reads it from the boards of one generation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conf/model.hpp"
#include "report/snapshot/bfd_snapshot.hpp"
#include "report/snapshot/check_snapshot.hpp"
#include "vrrp/rows.hpp"

namespace board {
class Board;
}

namespace report {

/// The VRRP child's state, in the order of the model's objects.
struct VrrpSnapshot {
    vrrp::rows::Process process;
    std::vector<vrrp::rows::Instance> instances;
    std::vector<std::vector<bool>> addresses_set;  ///< an instance: its vips, then its evips
    std::vector<bool> static_addresses_set;
    std::vector<vrrp::rows::Group> groups;
    std::vector<vrrp::rows::Script> scripts;
    std::vector<vrrp::rows::File> files;
    std::vector<vrrp::rows::TrackedProcess> processes;
    std::vector<vrrp::rows::Bfd> bfds;
    std::vector<vrrp::rows::Interface> interfaces;  ///< those in use, in ifindex order
};

struct Snapshot {
    Instant now;                        ///< when the rows were read, CLOCK_MONOTONIC
    std::int64_t now_wallclock_us = 0;  ///< the same moment
    VrrpSnapshot vrrp;
    CheckSnapshot check;
    BfdSnapshot bfd;

    /// A deadline as people read it: microseconds since the epoch.
    std::int64_t wallclock_us_of(Instant at) const { return now_wallclock_us + (at - now).count() / 1000; }
};

/// A snapshot with zeroed rows for every object of the model, as before the child has published anything.
Snapshot empty_snapshot(const conf::Model& model);

/// Copies the rows of the VRRP child's board; rows never written stay zero.
void read_vrrp(const board::Board& board, const conf::Model& model, VrrpSnapshot& into);

/// The interface row of that name; nullptr when the namespace has none.
const vrrp::rows::Interface* find_interface(const VrrpSnapshot& vrrp, std::string_view name);
const vrrp::rows::Interface* find_interface(const VrrpSnapshot& vrrp, std::uint32_t ifindex);

/// Text of a fixed field; a missing terminator ends it at the field's length, unprintable bytes become '?'.
template <std::size_t N>
std::string field_text(const std::array<char, N>& field) {
    std::string text;
    for (const char c : field) {
        if (c == '\0') break;
        text += (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) ? '?' : c;
    }
    return text;
}

}  // namespace report
