// The child's side of its board: what the rows of vrrp/rows.hpp hold, published before it is acted upon (decisions.md §4).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "lib/board/board.hpp"
#include "vrrp/child/adverts.hpp"
#include "vrrp/child/kernel_view.hpp"
#include "vrrp/protocol/router.hpp"
#include "vrrp/rows.hpp"

namespace vrrp {

/// Identity of a virtual router over generations, for finding its row again: order and names may have changed.
std::uint64_t identity_of(const conf::VrrpInstance& instance);
std::uint64_t identity_of(const conf::SyncGroup& group);

/// What a row holds besides the core's state is kept in the board alone: the writer reads its own row, changes it and
/// publishes it again, so that an instance costs no private memory for it.
class RowWriter {
  public:
    /// The rows of the new generation. What the old board (may be null) says of the process and its history goes on.
    void open(board::Board board, const board::Board* old, const conf::Model& model,
              std::uint32_t generation);
    const board::Board& board() const { return board_; }
    rows::Process& process() { return process_; }

    void publish_process();
    void publish_instance(std::uint32_t instance, const protocol::VirtualRouterState& state,
                          const protocol::AuthMemory& auth, const KernelView& kernel, const Adverts& adverts);
    void publish_group(std::uint32_t group, const protocol::SyncGroupState& state);
    void publish_addresses(std::uint32_t instance, KernelView& kernel);
    void publish_interfaces(const KernelView& kernel, const std::vector<std::uint32_t>& created_by_us);
    void publish_bfd(std::uint32_t session, bool up);
    void record(const protocol::TransitionRecord& transition, std::string_view name, std::uint8_t priority);
    void notified(std::uint32_t instance, protocol::State state, bool finished);
    void group_notified(std::uint32_t group, protocol::State state, bool finished);
    /// STATS_CLEAR: the baseline becomes what was counted until now.
    void clear_statistics(std::uint32_t instance, const protocol::Counters& counters);

    /// Continues an instance's row from the one of the predecessor or of the old generation.
    void continue_instance(std::uint32_t instance, const rows::Instance& old);
    void continue_group(std::uint32_t group, const rows::Group& old);
    bool read(std::uint32_t instance, rows::Instance& row) const { return instances_.read(instance, row); }
    bool read(std::uint32_t group, rows::Group& row) const { return groups_.read(group, row); }

  private:
    board::Board board_;
    board::Table<rows::Instance> instances_;
    board::Table<rows::Group> groups_;
    board::Table<rows::AddressSet> addresses_;
    board::Table<rows::Interface> interfaces_;
    board::Table<rows::Process> processes_;
    board::Table<rows::Transition> transitions_;
    board::Table<rows::Bfd> bfds_;
    rows::Process process_;
    std::vector<std::uint64_t> identities_;
    std::vector<std::uint32_t> first_address_row_;
    std::vector<std::uint64_t> group_identities_;
};

}  // namespace vrrp
