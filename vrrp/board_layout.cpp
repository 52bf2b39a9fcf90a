#include "vrrp/board_layout.hpp"

#include <algorithm>

#include "vrrp/core_config.hpp"
#include "vrrp/rows.hpp"

namespace vrrp {

namespace {

std::uint32_t rows_for(std::size_t addresses) {
    return static_cast<std::uint32_t>(
        std::max<std::size_t>(1, (addresses + rows::kAddressesARow - 1) / rows::kAddressesARow));
}

}  // namespace

std::uint32_t address_rows(const conf::VrrpInstance& instance) {
    return rows_for(instance.vips.size() + instance.evips.size());
}

std::vector<std::uint32_t> first_address_rows(const conf::Model& model) {
    std::vector<std::uint32_t> first;
    std::uint32_t next = 0;
    for (const auto& instance : model.instances) {
        first.push_back(next);
        next += address_rows(instance);
    }
    first.push_back(next);
    return first;
}

std::vector<std::string> tracked_bfd_sessions(const conf::Model& model) {
    return core_config(model, false).bfd_sessions;
}

std::vector<board::TableSpec> board_tables(const conf::Model& model) {
    std::size_t address_sets = rows_for(model.static_addresses.size());
    for (const auto& instance : model.instances) address_sets += address_rows(instance);
    const auto at_least_one = [](std::size_t count) { return std::max<std::size_t>(1, count); };
    return {
        board::table_spec<rows::Process>(1),
        board::table_spec<rows::Instance>(at_least_one(model.instances.size())),
        board::table_spec<rows::AddressSet>(at_least_one(address_sets)),
        board::table_spec<rows::Group>(at_least_one(model.sync_groups.size())),
        board::table_spec<rows::Script>(at_least_one(model.scripts.size())),
        board::table_spec<rows::File>(at_least_one(model.track_files.size())),
        board::table_spec<rows::TrackedProcess>(at_least_one(model.track_processes.size())),
        board::table_spec<rows::Bfd>(at_least_one(tracked_bfd_sessions(model).size())),
        board::table_spec<rows::Interface>(rows::kMaxInterfaces),
        board::table_spec<rows::Transition>(rows::kHistoryLength),
    };
}

}  // namespace vrrp
