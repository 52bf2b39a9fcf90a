// The kernel's side of the table: one generic-netlink socket. Requests are carried out inside the sendmsg
// call, so a batch is done when the call returns (performance-notes.md §1, §9); nothing here waits for
// anybody but the kernel.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ipvs/table.hpp"
#include "lib/netlink/ipvs/messages.hpp"
#include "lib/process/unique_fd.hpp"
#include "lib/result.hpp"

namespace ipvs {

/// A request which the kernel refused, with its line for the log.
struct Failure {
    std::size_t edit = 0;  ///< index into the edits given
    int error = 0;         ///< errno
    std::string line;
};

class Kernel {
  public:
    /// Opens the socket in the network namespace of the caller and asks for the family "IPVS".
    /// Error ENOENT: the kernel has no ip_vs (module not loaded).
    /// @param receive_buffer  lvs_netlink_cmd_rcv_bufs; less than what we need for our batches is not taken
    static Result<Kernel> open(std::uint32_t receive_buffer = 0);
    /// The same on a socket that was opened elsewhere (net_namespace_ipvs).
    static Result<Kernel> adopt(UniqueFd netlink_socket, std::uint32_t receive_buffer = 0);

    Result<netlink::ipvs::Info> info();
    Result<netlink::ipvs::Timeouts> timeouts();
    Result<> set_timeouts(const netlink::ipvs::Timeouts& timeouts);
    Result<> flush();
    Result<> start_daemon(const netlink::ipvs::Daemon& daemon);
    Result<> stop_daemon(netlink::ipvs::DaemonState state);
    Result<std::vector<netlink::ipvs::Daemon>> daemons();

    Result<std::vector<netlink::ipvs::ServiceStatus>> services();
    Result<std::vector<netlink::ipvs::DestinationStatus>> destinations(const ServiceKey& service);

    /// Sends the edits in batches, ack on the last of each; `actual` becomes what the kernel holds
    /// afterwards. Already as desired counts as success: EEXIST on add becomes a change, ENOENT on delete
    /// nothing. The refused rest is returned. An error of the socket itself (not of a request) is the
    /// Result's.
    Result<std::vector<Failure>> carry_out(std::span<const Edit> edits, Table& actual);

    int fd() const { return socket_.get(); }

  private:
    Kernel(UniqueFd socket, std::uint16_t family) : socket_(std::move(socket)), family_(family) {}
    struct Reply;
    Result<std::vector<Reply>> exchange(std::span<const std::uint8_t> requests, std::uint32_t last_sequence);
    Result<> simple(const netlink::ipvs::Requests& requests, std::uint32_t sequence, const char* doing);
    Result<std::vector<Reply>> batch(std::span<const Edit> edits, std::uint32_t first);

    UniqueFd socket_;
    std::uint16_t family_ = 0;
    std::uint32_t sequence_ = 1;
    std::vector<std::uint8_t> received_;
};

/// What of our desired table exists: services dumped first, destinations only of those with a key of ours.
Result<Table> read_ours(Kernel& kernel, const Table& desired);

}  // namespace ipvs
