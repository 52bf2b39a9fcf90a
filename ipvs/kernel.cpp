// IPVS over generic netlink.
#include "ipvs/kernel.hpp"

#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace ipvs {

using netlink::ipvs::Requests;

namespace {

constexpr std::size_t kBatch = 100;  // 50-250 gain the same (performance-notes.md §9)
constexpr std::size_t kReceiveSize = 65'536;
constexpr int kSocketBuffer =
    8 * 1024 * 1024;  // a dump of 40,000 destinations and one error for each request
constexpr std::size_t kGenericHeader = sizeof(genlmsghdr);

Result<std::uint16_t> ask_family(int fd) {
    std::unique_ptr<nl_msg, decltype(&nlmsg_free)> message(nlmsg_alloc_size(256), nlmsg_free);
    genlmsg_put(message.get(), 0, 1, GENL_ID_CTRL, 0, NLM_F_REQUEST, CTRL_CMD_GETFAMILY, 1);
    nla_put_string(message.get(), CTRL_ATTR_FAMILY_NAME, IPVS_GENL_NAME);
    nlmsghdr* header = nlmsg_hdr(message.get());
    if (send(fd, header, header->nlmsg_len, 0) < 0) return errno_error("ask for the IPVS family");

    std::vector<std::uint8_t> buffer(kReceiveSize);
    const ssize_t got = recv(fd, buffer.data(), buffer.size(), 0);
    if (got < 0) return errno_error("ask for the IPVS family");
    auto* reply = reinterpret_cast<nlmsghdr*>(buffer.data());
    if (!nlmsg_ok(reply, static_cast<int>(got))) return Error{EPROTO, "ask for the IPVS family", "", ""};
    if (reply->nlmsg_type == NLMSG_ERROR) {
        const auto* error = static_cast<const nlmsgerr*>(nlmsg_data(reply));
        return Error{-error->error, "ask for the IPVS family", "", ""};
    }
    const nlattr* id = nlmsg_find_attr(reply, kGenericHeader, CTRL_ATTR_FAMILY_ID);
    if (id == nullptr || nla_len(id) < 2) return Error{EPROTO, "ask for the IPVS family", "", ""};
    return nla_get_u16(id);
}

}  // namespace

/// One message of the kernel: an answer's payload behind the generic header, or the outcome of a request.
struct Kernel::Reply {
    std::uint32_t sequence = 0;
    int error = 0;
    bool is_outcome = false;
    std::vector<std::uint8_t> payload;
};

Result<Kernel> Kernel::open(std::uint32_t receive_buffer) {
    UniqueFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC));
    if (!fd) return errno_error("open the IPVS netlink socket");
    return adopt(std::move(fd), receive_buffer);
}

Result<Kernel> Kernel::adopt(UniqueFd fd, std::uint32_t receive_buffer) {
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0 && errno != EINVAL) {
        return errno_error("bind the IPVS netlink socket");
    }
    const int buffer = static_cast<int>(
        std::min<std::int64_t>(std::max<std::int64_t>(kSocketBuffer, receive_buffer), INT32_MAX / 2));
    if (setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) < 0) {
        setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    }
    setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &kSocketBuffer, sizeof kSocketBuffer);
    auto family = ask_family(fd.get());
    if (family.has_error()) return family.error();
    return Kernel(std::move(fd), *family);
}

/// Sends the requests and reads until the outcome of the last one (ack, error, or end of a dump) is in.
Result<std::vector<Kernel::Reply>> Kernel::exchange(std::span<const std::uint8_t> requests,
                                                    std::uint32_t last_sequence) {
    if (send(socket_.get(), requests.data(), requests.size(), 0) < 0) return errno_error("send to IPVS");
    std::vector<Reply> replies;
    std::vector<std::uint8_t>& buffer = received_;
    buffer.resize(kReceiveSize);
    for (;;) {
        const ssize_t got = recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_error("receive from IPVS");
        int left = static_cast<int>(got);
        for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); nlmsg_ok(header, left);
             header = nlmsg_next(header, &left)) {
            Reply reply{.sequence = header->nlmsg_seq};
            if (header->nlmsg_type == NLMSG_ERROR &&
                nlmsg_datalen(header) >= static_cast<int>(sizeof(nlmsgerr))) {
                reply.is_outcome = true;
                reply.error = -static_cast<const nlmsgerr*>(nlmsg_data(header))->error;
            } else if (header->nlmsg_type == NLMSG_DONE) {
                reply.is_outcome = true;
                if (nlmsg_datalen(header) >= 4) {
                    int code = 0;
                    std::memcpy(&code, nlmsg_data(header), sizeof code);
                    reply.error = -code;
                }
            } else if (nlmsg_datalen(header) >= static_cast<int>(kGenericHeader)) {
                const auto* start = static_cast<const std::uint8_t*>(nlmsg_data(header)) + kGenericHeader;
                reply.payload.assign(
                    start, start + (static_cast<std::size_t>(nlmsg_datalen(header)) - kGenericHeader));
            }
            const bool last = reply.is_outcome && reply.sequence == last_sequence;
            replies.push_back(std::move(reply));
            if (last) return replies;
        }
    }
}

Result<> Kernel::simple(const Requests& requests, std::uint32_t sequence, const char* doing) {
    auto replies = exchange(requests.bytes(), sequence);
    if (replies.has_error()) return replies.error();
    const int error = replies->back().error;
    if (error != 0) return Error{error, doing, "", ""};
    return {};
}

Result<netlink::ipvs::Info> Kernel::info() {
    Requests requests(family_);
    const auto sequence = sequence_++;
    requests.plain(Command::get_info, sequence, NLM_F_ACK);
    auto replies = exchange(requests.bytes(), sequence);
    if (replies.has_error()) return replies.error();
    for (const Reply& reply : *replies) {
        if (const auto info = netlink::ipvs::parse_info(reply.payload)) return *info;
    }
    return Error{replies->back().error != 0 ? replies->back().error : EPROTO, "ask IPVS for its version", "",
                 ""};
}

Result<netlink::ipvs::Timeouts> Kernel::timeouts() {
    Requests requests(family_);
    const auto sequence = sequence_++;
    requests.plain(Command::get_config, sequence, NLM_F_ACK);
    auto replies = exchange(requests.bytes(), sequence);
    if (replies.has_error()) return replies.error();
    for (const Reply& reply : *replies) {
        if (const auto timeouts = netlink::ipvs::parse_timeouts(reply.payload)) return *timeouts;
    }
    return Error{replies->back().error != 0 ? replies->back().error : EPROTO, "ask IPVS for its timeouts", "",
                 ""};
}

Result<> Kernel::set_timeouts(const netlink::ipvs::Timeouts& timeouts) {
    Requests requests(family_);
    const auto sequence = sequence_++;
    requests.timeouts(timeouts, sequence, NLM_F_ACK);
    return simple(requests, sequence, "set the IPVS timeouts");
}

Result<> Kernel::flush() {
    Requests requests(family_);
    const auto sequence = sequence_++;
    requests.plain(Command::flush, sequence, NLM_F_ACK);
    return simple(requests, sequence, "flush the IPVS table");
}

Result<> Kernel::start_daemon(const netlink::ipvs::Daemon& daemon) {
    Requests requests(family_);
    const auto sequence = sequence_++;
    requests.daemon(Command::new_daemon, daemon, sequence, NLM_F_ACK);
    return simple(requests, sequence, "start the IPVS sync daemon");
}

Result<> Kernel::stop_daemon(netlink::ipvs::DaemonState state) {
    Requests requests(family_);
    const auto sequence = sequence_++;
    requests.daemon(Command::del_daemon, {.state = state}, sequence, NLM_F_ACK);
    return simple(requests, sequence, "stop the IPVS sync daemon");
}

Result<std::vector<netlink::ipvs::Daemon>> Kernel::daemons() {
    Requests requests(family_);
    const auto sequence = sequence_++;
    requests.plain(Command::get_daemon, sequence, NLM_F_DUMP);
    auto replies = exchange(requests.bytes(), sequence);
    if (replies.has_error()) return replies.error();
    std::vector<netlink::ipvs::Daemon> found;
    for (const Reply& reply : *replies) {
        if (auto daemon = netlink::ipvs::parse_daemon(reply.payload)) found.push_back(std::move(*daemon));
    }
    return found;
}

Result<std::vector<netlink::ipvs::ServiceStatus>> Kernel::services() {
    Requests requests(family_);
    const auto sequence = sequence_++;
    requests.plain(Command::get_service, sequence, NLM_F_DUMP);
    auto replies = exchange(requests.bytes(), sequence);
    if (replies.has_error()) return replies.error();
    if (replies->back().error != 0) return Error{replies->back().error, "dump the IPVS services", "", ""};
    std::vector<netlink::ipvs::ServiceStatus> found;
    for (const Reply& reply : *replies) {
        if (auto service = netlink::ipvs::parse_service(reply.payload)) found.push_back(std::move(*service));
    }
    return found;
}

Result<std::vector<netlink::ipvs::DestinationStatus>> Kernel::destinations(const ServiceKey& service) {
    Requests requests(family_);
    const auto sequence = sequence_++;
    requests.dump_destinations(service, sequence);
    auto replies = exchange(requests.bytes(), sequence);
    if (replies.has_error()) return replies.error();
    if (replies->back().error != 0) {
        return Error{replies->back().error, "dump the IPVS destinations of", service.to_string(), ""};
    }
    std::vector<netlink::ipvs::DestinationStatus> found;
    for (const Reply& reply : *replies) {
        auto destination = netlink::ipvs::parse_destination(reply.payload, service.family);
        if (destination) found.push_back(*destination);
    }
    return found;
}

/// Sends one batch, request n with sequence first + n, and returns the outcomes that came.
Result<std::vector<Kernel::Reply>> Kernel::batch(std::span<const Edit> edits, std::uint32_t first) {
    Requests requests(family_);
    for (std::size_t n = 0; n < edits.size(); ++n) {
        const Edit& edit = edits[n];
        const auto sequence = first + static_cast<std::uint32_t>(n);
        const std::uint16_t flags = n + 1 == edits.size() ? NLM_F_ACK : 0;
        if (edit.destination) {
            requests.destination(edit.command, edit.service, *edit.destination, sequence, flags);
        } else {
            requests.service(edit.command, edit.service, sequence, flags);
        }
    }
    return exchange(requests.bytes(), first + static_cast<std::uint32_t>(edits.size()) - 1);
}

namespace {

/// What to do about a refused request.
enum class Remedy : std::uint8_t { report, as_desired, change_instead, add_instead };

Remedy remedy(Command command, int error) {
    switch (command) {
        case Command::new_service:
        case Command::new_dest:
            return error == EEXIST ? Remedy::change_instead : Remedy::report;
        case Command::del_dest:
            return error == ENOENT || error == ESRCH ? Remedy::as_desired : Remedy::report;
        case Command::del_service:
            return error == ESRCH ? Remedy::as_desired : Remedy::report;
        case Command::set_dest:
            return error == ENOENT ? Remedy::add_instead : Remedy::report;
        default:
            return Remedy::report;
    }
}

Command other(Command command, Remedy remedy) {
    if (remedy == Remedy::add_instead) return Command::new_dest;
    return command == Command::new_service ? Command::set_service : Command::set_dest;
}

Failure failure(std::size_t index, const Edit& edit, int error) {
    const DestinationKey* destination = edit.destination ? &edit.destination->key : nullptr;
    return {index, error, netlink::ipvs::error_line(edit.command, error, &edit.service.key, destination)};
}

}  // namespace

Result<std::vector<Failure>> Kernel::carry_out(std::span<const Edit> edits, Table& actual) {
    std::vector<Failure> failures;
    std::vector<ServiceKey> gone;
    for (std::size_t begin = 0; begin < edits.size(); begin += kBatch) {
        const auto part = edits.subspan(begin, std::min(kBatch, edits.size() - begin));
        const std::uint32_t first = sequence_;
        sequence_ += static_cast<std::uint32_t>(part.size());
        auto replies = batch(part, first);
        if (replies.has_error()) {
            erase_services(actual, std::move(gone));
            return replies.error();
        }

        std::vector<int> errors(part.size(), 0);
        for (const Reply& reply : *replies) {
            const std::uint32_t n = reply.sequence - first;
            if (reply.is_outcome && n < errors.size()) errors[n] = reply.error;
        }
        for (std::size_t n = 0; n < part.size(); ++n) {
            const Edit& edit = part[n];
            const Remedy what = errors[n] == 0 ? Remedy::as_desired : remedy(edit.command, errors[n]);
            if (what == Remedy::as_desired && edit.command == Command::del_service) {
                gone.push_back(edit.service.key);
            } else if (what == Remedy::as_desired) {
                apply(actual, edit);
            } else if (what == Remedy::report) {
                failures.push_back(failure(begin + n, edit, errors[n]));
            } else {
                Edit instead = edit;
                instead.command = other(edit.command, what);
                auto again = batch({&instead, 1}, sequence_++);
                if (again.has_error()) {
                    erase_services(actual, std::move(gone));
                    return again.error();
                }
                if (again->back().error == 0) {
                    apply(actual, edit);
                } else {
                    failures.push_back(failure(begin + n, instead, again->back().error));
                }
            }
        }
    }
    // Deletions come last, so that nothing is asked of these any more.
    erase_services(actual, std::move(gone));
    return failures;
}

Result<Table> read_ours(Kernel& kernel, const Table& desired) {
    auto services = kernel.services();
    if (services.has_error()) return services.error();
    Table ours;
    for (const auto& status : *services) {
        if (find(desired, status.service.key) == nullptr) continue;
        auto destinations = kernel.destinations(status.service.key);
        if (destinations.has_error()) return destinations.error();
        Entry entry{status.service, {}};
        for (const auto& destination : *destinations) entry.destinations.push_back(destination.destination);
        ours.push_back(std::move(entry));
    }
    normalise(ours);
    return ours;
}

}  // namespace ipvs
