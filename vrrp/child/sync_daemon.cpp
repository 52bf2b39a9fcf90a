#include "vrrp/child/sync_daemon.hpp"

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "lib/log/log.hpp"

namespace vrrp {

using netlink::ipvs::Command;
using netlink::ipvs::Daemon;
using netlink::ipvs::DaemonState;

namespace {

constexpr std::size_t kAnswerSize = 16 * 1024;
constexpr const char* kFamilyName = "IPVS";

Daemon daemon_of(const conf::Global::SyncDaemon& config, std::uint8_t vrid) {
    Daemon daemon;
    daemon.interface = config.interface;
    daemon.sync_id = config.id.value_or(vrid);
    if (config.maxlen != 0) daemon.max_length = config.maxlen;
    if (config.port != 0) daemon.port = config.port;
    if (config.ttl != 0) daemon.ttl = config.ttl;
    daemon.group = config.group;
    return daemon;
}

/// What the kernel runs is what is wanted: settings left to the kernel may be anything.
bool serves(const Daemon& running, const Daemon& wanted) {
    const auto agrees = [](const auto& has, const auto& want) { return !want || has == want; };
    return running.interface == wanted.interface && running.sync_id == wanted.sync_id &&
           agrees(running.max_length, wanted.max_length) && agrees(running.port, wanted.port) &&
           agrees(running.ttl, wanted.ttl) && (wanted.group.is_none() || running.group == wanted.group);
}

/// Calls `take` with each message; false: that was the last one, its error is in `error`.
template <typename Take>
bool take_messages(std::span<std::uint8_t> bytes, const Take& take, int& error) {
    int left = static_cast<int>(bytes.size());
    for (auto* header = reinterpret_cast<nlmsghdr*>(bytes.data()); nlmsg_ok(header, left);
         header = nlmsg_next(header, &left)) {
        if (header->nlmsg_type == NLMSG_DONE) return false;
        if (header->nlmsg_type == NLMSG_ERROR) {
            error = -static_cast<const nlmsgerr*>(nlmsg_data(header))->error;
            return false;
        }
        take(*header);
    }
    return true;
}

/// The kernel answers inside the send: what does not come at once does not come.
template <typename Take>
int ask(int fd, std::span<const std::uint8_t> request, const Take& take) {
    if (::send(fd, request.data(), request.size(), 0) < 0) return errno;
    std::vector<std::uint8_t> buffer(kAnswerSize);
    int error = 0;
    for (;;) {
        const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got < 0) return errno;
        if (!take_messages({buffer.data(), static_cast<std::size_t>(got)}, take, error)) return error;
    }
}

/// The number of the IPVS family; 0 = the kernel has none.
std::uint16_t find_family(int fd) {
    std::unique_ptr<nl_msg, decltype(&nlmsg_free)> message(nlmsg_alloc_size(256), nlmsg_free);
    genlmsg_put(message.get(), 0, 1, GENL_ID_CTRL, 0, NLM_F_REQUEST | NLM_F_ACK, CTRL_CMD_GETFAMILY, 1);
    nla_put_string(message.get(), CTRL_ATTR_FAMILY_NAME, kFamilyName);
    const nlmsghdr* header = nlmsg_hdr(message.get());
    std::uint16_t family = 0;
    (void)ask(fd, {reinterpret_cast<const std::uint8_t*>(header), header->nlmsg_len}, [&](nlmsghdr& answer) {
        const nlattr* id = nlmsg_find_attr(&answer, sizeof(genlmsghdr), CTRL_ATTR_FAMILY_ID);
        if (id != nullptr && nla_len(id) >= 2) family = nla_get_u16(id);
    });
    return family;
}

}  // namespace

Result<> SyncDaemon::open(UniqueFd socket) {
    if (!socket) {
        socket = UniqueFd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC));
        if (!socket) return errno_error("open the IPVS netlink socket");
    }
    family_ = find_family(socket.get());
    if (family_ == 0) return Error{ENOENT, "find the IPVS family", "", "the kernel has no ip_vs"};
    socket_ = std::move(socket);
    return {};
}

void SyncDaemon::configure(const conf::Model& model, UniqueFd socket) {
    const auto& config = model.global.lvs_sync_daemon;
    std::optional<std::uint32_t> instance;
    std::optional<Daemon> wanted;
    if (config && !config->instance.empty()) {
        for (std::uint32_t i = 0; i < model.instances.size(); ++i)
            if (model.instances[i].name == config->instance) instance = i;
        if (instance) {
            wanted = daemon_of(*config, model.instances[*instance].vrid);
        } else {
            logging::info("lvs_sync_daemon: there is no vrrp_instance {} - not started", config->instance);
        }
    }
    if (wanted_ && !wanted) stop();
    instance_ = instance;
    wanted_ = wanted;
    told_master_.reset();
    if (!wanted_ || socket_) return;
    if (auto done = open(std::move(socket)); !done) {
        logging::info("IPVS: the sync daemon of {} cannot be started: {}", config->instance,
                      done.error().message());
        instance_.reset();
        wanted_.reset();
    }
}

void SyncDaemon::follow(bool is_master) {
    if (!wanted_ || told_master_ == is_master) return;
    told_master_ = is_master;
    wanted_->state = is_master ? DaemonState::master : DaemonState::backup;
    bool runs = false;
    for (const Daemon& daemon : running()) {
        if (daemon.state == wanted_->state && serves(daemon, *wanted_)) {
            runs = true;
        } else {
            call(Command::del_daemon, daemon);
        }
    }
    if (!runs) call(Command::new_daemon, *wanted_);
}

void SyncDaemon::stop() {
    if (!socket_ || !wanted_) return;
    for (const Daemon& daemon : running()) call(Command::del_daemon, daemon);
    told_master_.reset();
}

std::vector<Daemon> SyncDaemon::running() {
    Requests requests(family_);
    requests.plain(Command::get_daemon, ++sequence_, NLM_F_DUMP);
    std::vector<Daemon> found;
    (void)ask(socket_.get(), requests.bytes(), [&](nlmsghdr& answer) {
        const auto* start = static_cast<const std::uint8_t*>(nlmsg_data(&answer)) + sizeof(genlmsghdr);
        const auto size = static_cast<std::size_t>(nlmsg_datalen(&answer)) - sizeof(genlmsghdr);
        if (nlmsg_datalen(&answer) < static_cast<int>(sizeof(genlmsghdr))) return;
        if (auto daemon = netlink::ipvs::parse_daemon({start, size})) found.push_back(*daemon);
    });
    return found;
}

void SyncDaemon::call(Command command, const Daemon& daemon) {
    Requests requests(family_);
    requests.daemon(command, daemon, ++sequence_, NLM_F_ACK);
    const int error = ask(socket_.get(), requests.bytes(), [](nlmsghdr&) {});
    if (error != 0) logging::info("{}", netlink::ipvs::error_line(command, error, nullptr, nullptr));
}

}  // namespace vrrp
