// Where mails go and what stands in them: the mail keywords of global_defs (conf-global.md §2.2).
#pragma once

#include <string>
#include <vector>

#include "lib/net/address.hpp"
#include "lib/time/instant.hpp"

namespace smtp {

struct Settings {
    net::IpAddress server;  ///< none = no mail is sent
    std::string interface;  ///< name or number: where a link-local server is; empty for others
    std::uint16_t port = 25;
    std::string helo_name = "localhost";
    std::string from;
    std::vector<std::string> recipients;  ///< empty = no mail is sent
    std::string router_id;                ///< the subject starts with "[router_id] "
    Nanoseconds timeout = Seconds{30};    ///< of the connection and of each reply

    bool enabled() const { return !server.is_none() && !recipients.empty(); }
};

struct Mail {
    std::string subject;  ///< without the router id
    std::string body;
};

}  // namespace smtp
