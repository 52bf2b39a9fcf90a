// The tables of the VRRP child's board for one generation: the supervisor makes the board by it, the child
// and the observers find their rows by it (decisions.md §4).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "conf/model.hpp"
#include "lib/board/board.hpp"

namespace vrrp {

/// Every table of vrrp/rows.hpp, as many rows as the model has objects.
std::vector<board::TableSpec> board_tables(const conf::Model& model);

/// Rows of AddressSet that an instance needs: one for each kAddressesARow of its vips and evips, at least
/// one.
std::uint32_t address_rows(const conf::VrrpInstance& instance);

/// The first AddressSet row of each instance, in the order of the model, then that of the static addresses.
std::vector<std::uint32_t> first_address_rows(const conf::Model& model);

/// Names of the BFD sessions that instances and groups track, in the order of the rows of rows::Bfd.
std::vector<std::string> tracked_bfd_sessions(const conf::Model& model);

}  // namespace vrrp
