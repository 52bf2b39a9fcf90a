#include "report/snapshot/snapshot.hpp"

#include <algorithm>

#include "report/snapshot/read_rows.hpp"
#include "report/snapshot/uses.hpp"

namespace report {
namespace {

std::size_t address_count(const conf::VrrpInstance& instance) {
    return instance.vips.size() + instance.evips.size();
}

/// Bits of the address-set rows; a row that names an instance or an address which the model does not have is
/// ignored.
void read_address_sets(const board::Board& board, const conf::Model& model, VrrpSnapshot& into) {
    const auto table = board.table<vrrp::rows::AddressSet>();
    for (std::uint32_t i = 0; i < table.rows(); ++i) {
        vrrp::rows::AddressSet row;
        if (!table.read(i, row)) continue;
        std::vector<bool>* bits = nullptr;
        if (row.instance < model.instances.size()) bits = &into.addresses_set[row.instance];
        if (row.instance == model.instances.size()) bits = &into.static_addresses_set;
        if (bits == nullptr) continue;
        for (std::size_t n = 0; n < vrrp::rows::kAddressesARow && row.first + n < bits->size(); ++n)
            (*bits)[row.first + n] = ((row.set[n / 64] >> (n % 64)) & 1U) != 0;
    }
}

void clamp(vrrp::rows::Interface& row) {
    constexpr auto kMost = static_cast<std::uint8_t>(vrrp::rows::kInterfaceAddresses);
    row.ipv4_count = std::min(row.ipv4_count, kMost);
    row.ipv6_count = std::min(row.ipv6_count, kMost);
    const auto clamp_link = [](net::LinkAddress& link) {
        link.length = std::min<std::uint8_t>(link.length, static_cast<std::uint8_t>(link.bytes.size()));
    };
    clamp_link(row.mac);
    clamp_link(row.broadcast);
}

void read_interfaces(const board::Board& board, VrrpSnapshot& into) {
    const auto table = board.table<vrrp::rows::Interface>();
    const std::uint32_t used = std::min(into.process.interfaces_used, table.rows());
    into.interfaces.clear();
    for (std::uint32_t i = 0; i < used; ++i) {
        vrrp::rows::Interface row;
        if (!table.read(i, row)) continue;
        clamp(row);
        into.interfaces.push_back(row);
    }
    std::stable_sort(into.interfaces.begin(), into.interfaces.end(),
                     [](const auto& a, const auto& b) { return a.ifindex < b.ifindex; });
}

}  // namespace

Snapshot empty_snapshot(const conf::Model& model) {
    Snapshot snapshot;
    VrrpSnapshot& vrrp = snapshot.vrrp;
    vrrp.instances.resize(model.instances.size());
    for (const auto& instance : model.instances) vrrp.addresses_set.emplace_back(address_count(instance));
    vrrp.static_addresses_set.resize(model.static_addresses.size());
    vrrp.groups.resize(model.sync_groups.size());
    vrrp.scripts.resize(model.scripts.size());
    vrrp.files.resize(model.track_files.size());
    vrrp.processes.resize(model.track_processes.size());
    vrrp.bfds.resize(tracked_bfds(model).size());
    snapshot.check = empty_check_snapshot(model);
    snapshot.bfd = empty_bfd_snapshot(model);
    return snapshot;
}

void read_vrrp(const board::Board& board, const conf::Model& model, VrrpSnapshot& into) {
    board.table<vrrp::rows::Process>().read(0, into.process);
    read_rows(board, into.instances);
    read_rows(board, into.groups);
    read_rows(board, into.scripts);
    read_rows(board, into.files);
    read_rows(board, into.processes);
    read_rows(board, into.bfds);
    read_address_sets(board, model, into);
    read_interfaces(board, into);
}

const vrrp::rows::Interface* find_interface(const VrrpSnapshot& vrrp, std::string_view name) {
    const auto found = std::find_if(vrrp.interfaces.begin(), vrrp.interfaces.end(), [&](const auto& row) {
        return name == std::string_view(row.name.data(), strnlen(row.name.data(), row.name.size()));
    });
    return found == vrrp.interfaces.end() ? nullptr : &*found;
}

const vrrp::rows::Interface* find_interface(const VrrpSnapshot& vrrp, std::uint32_t ifindex) {
    if (ifindex == 0) return nullptr;
    const auto found = std::find_if(vrrp.interfaces.begin(), vrrp.interfaces.end(),
                                    [&](const auto& row) { return row.ifindex == ifindex; });
    return found == vrrp.interfaces.end() ? nullptr : &*found;
}

}  // namespace report
