// Error lines of IPVS requests: names and numbers are those of the old socket options, because people grep
// them (lvs-behaviour.md §4).
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "lib/netlink/ipvs/messages.hpp"

namespace netlink::ipvs {

namespace {

struct OldName {
    Command command;
    std::string_view name;
    int number;
};

constexpr OldName kOldNames[] = {
    {Command::new_service, "ADD", 1154},
    {Command::set_service, "EDIT", 1155},
    {Command::del_service, "DEL", 1156},
    {Command::flush, "FLUSH", 1157},
    {Command::new_dest, "ADDDEST", 1159},
    {Command::del_dest, "DELDEST", 1160},
    {Command::set_dest, "EDITDEST", 1161},
    {Command::set_config, "TIMEOUT", 1162},
    {Command::new_daemon, "STARTDAEMON", 1163},
    {Command::del_daemon, "STOPDAEMON", 1164},
    {Command::zero, "ZERO", 1167},
};

struct Text {
    Command command;
    int error;
    std::string_view text;
};

constexpr Text kTexts[] = {
    {Command::new_service, EEXIST, "Service already exists"},
    {Command::new_service, ENOENT, "Scheduler or persistence engine not found"},
    {Command::set_service, ENOENT, "Scheduler or persistence engine not found"},
    {Command::new_dest, EEXIST, "Destination already exists"},
    {Command::set_dest, ENOENT, "No such destination"},
    {Command::del_dest, ENOENT, "No such destination"},
    {Command::new_daemon, EEXIST, "Daemon has already run"},
    {Command::del_daemon, ESRCH, "No daemon is running"},
};

std::string_view text_of(Command command, int error) {
    for (const Text& row : kTexts) {
        if (row.command == command && row.error == error) return row.text;
    }
    switch (error) {
        case ESRCH:
            return "No such service";
        case EPERM:
            return "Permission denied (you must be root)";
        case EINVAL:
            return "Invalid operation.  Possibly wrong module version, address not unicast, ...";
        case ENOPROTOOPT:
            return "Protocol not available";
        case ENOMEM:
            return "Memory allocation problem";
        case EOPNOTSUPP:
            return "Operation not supported with IPv6";
        case EAFNOSUPPORT:
            return "Operation not supported with specified address family";
        case EMSGSIZE:
            return "Module is wrong version";
        default:
            return std::strerror(error);
    }
}

std::string_view protocol_name(std::uint8_t protocol) {
    switch (protocol) {
        case 6:
            return "tcp";
        case 17:
            return "udp";
        case 132:
            return "sctp";
        default:
            return "none";
    }
}

}  // namespace

std::string ServiceKey::to_string() const {
    if (fwmark != 0) return fmt::format("Fwm {}{}", fwmark, family == net::Family::ipv6 ? " inet6" : "");
    return fmt::format("{}:{}:{}", address.to_string(), protocol_name(protocol), port);
}

std::string error_line(Command command, int error, const ServiceKey* service,
                       const DestinationKey* destination) {
    std::string_view name = "?";
    int number = 0;
    for (const OldName& row : kOldNames) {
        if (row.command != command) continue;
        name = row.name;
        number = row.number;
    }
    std::string line = fmt::format("IPVS cmd IP_VS_SO_SET_{}({}) error: {}({})", name, number,
                                   text_of(command, error), error);
    if (service == nullptr) return line;
    if (destination == nullptr) return line + fmt::format(" ({})", service->to_string());
    return line + fmt::format(" ({} -> {}:{})", service->to_string(), destination->address.to_string(),
                              destination->port);
}

}  // namespace netlink::ipvs
