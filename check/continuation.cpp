// Matching of two configurations.
#include "check/continuation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace check {

namespace {

std::string identity(const conf::VirtualServer& server) {
    switch (server.kind) {
        case conf::ServiceKind::fwmark:
            return fmt::format("mark {} {}", server.fwmark, static_cast<int>(server.family));
        case conf::ServiceKind::group:
            return fmt::format("group {} {}", server.group, server.group_sequence);
        case conf::ServiceKind::address:
            break;
    }
    return conf::server_name(server.endpoint, server.protocol);
}

bool same_url(const conf::Url& a, const conf::Url& b) {
    const auto regex = [](const conf::Url& url) {
        return url.regex
                   ? std::make_tuple(url.regex->pattern, url.regex->options, url.regex->no_match,
                                     url.regex->min_offset, url.regex->max_offset)
                   : std::tuple<std::string, std::uint32_t, bool, std::size_t, std::optional<std::size_t>>{};
    };
    return a.path == b.path && a.digest == b.digest && a.status_codes == b.status_codes &&
           a.virtualhost == b.virtualhost && a.regex.has_value() == b.regex.has_value() &&
           regex(a) == regex(b);
}

/// What a type adds to the connection; the types that add nothing are equal.
struct SameKind {
    const conf::CheckKind& other;

    bool operator()(const conf::HttpCheck& a) const {
        const auto& b = std::get<conf::HttpCheck>(other);
        return a.virtualhost == b.virtualhost && a.sni_name == b.sni_name && a.tls_options == b.tls_options &&
               std::equal(a.urls.begin(), a.urls.end(), b.urls.begin(), b.urls.end(), same_url);
    }
    bool operator()(const conf::SmtpCheck& a) const {
        return a.helo_name == std::get<conf::SmtpCheck>(other).helo_name;
    }
    bool operator()(const conf::DnsCheck& a) const {
        const auto& b = std::get<conf::DnsCheck>(other);
        return a.type == b.type && a.name == b.name;
    }
    bool operator()(const conf::MiscCheck& a) const {
        const auto& b = std::get<conf::MiscCheck>(other);
        return a.dynamic == b.dynamic && a.script->argv == b.script->argv && a.script->uid == b.script->uid &&
               a.script->gid == b.script->gid;
    }
    bool operator()(const conf::BfdCheck& a) const { return a.name == std::get<conf::BfdCheck>(other).name; }
    bool operator()(const conf::FileCheck& a) const {
        return a.track_file == std::get<conf::FileCheck>(other).track_file;
    }
    bool operator()(const conf::UdpCheck&) const { return true; }
    /// The checkers which are our own have no tradition: any change makes another one.
    template <typename Kind>
    bool operator()(const Kind& a) const {
        return a == std::get<Kind>(other);
    }
};

bool has_connection(const conf::Checker& checker) {
    return !std::holds_alternative<conf::MiscCheck>(checker.kind) &&
           !std::holds_alternative<conf::BfdCheck>(checker.kind) &&
           !std::holds_alternative<conf::FileCheck>(checker.kind);
}

std::vector<std::uint32_t> match_checkers(const conf::RealServer& old, const conf::RealServer& next) {
    std::vector<bool> taken(old.checkers.size(), false);
    std::vector<std::uint32_t> of;
    for (const conf::Checker& checker : next.checkers) {
        std::uint32_t found = kNew;
        for (std::uint32_t n = 0; n < old.checkers.size() && found == kNew; ++n) {
            if (!taken[n] && same_checker(old.checkers[n], checker)) found = n;
        }
        if (found != kNew) taken[found] = true;
        of.push_back(found);
    }
    return of;
}

void match_servers(const conf::VirtualServer& old, const conf::VirtualServer& next,
                   ServiceContinuation& made) {
    std::map<conf::Endpoint, std::uint32_t> by_endpoint;
    for (std::uint32_t n = 0; n < old.real_servers.size(); ++n)
        by_endpoint.emplace(old.real_servers[n].endpoint, n);
    for (const conf::RealServer& server : next.real_servers) {
        const auto at = by_endpoint.find(server.endpoint);
        const bool found = at != by_endpoint.end();
        made.server_of.push_back(found ? at->second : kNew);
        made.checker_of.push_back(found ? match_checkers(old.real_servers[at->second], server)
                                        : std::vector<std::uint32_t>(server.checkers.size(), kNew));
    }
    const auto endpoint = [](const conf::VirtualServer& s) {
        return s.sorry_server ? std::optional(s.sorry_server->endpoint) : std::nullopt;
    };
    made.same_sorry = endpoint(old) == endpoint(next);
}

}  // namespace

bool same_checker(const conf::Checker& a, const conf::Checker& b) {
    if (a.kind.index() != b.kind.index()) return false;
    if (has_connection(a) && a.connection != b.connection) return false;
    return std::visit(SameKind{b.kind}, a.kind);
}

std::vector<ServiceContinuation> continuation(const conf::Lvs& old, const conf::Lvs& next) {
    std::unordered_map<std::string, std::uint32_t> by_identity;
    for (std::uint32_t n = 0; n < old.virtual_servers.size(); ++n) {
        by_identity.emplace(identity(old.virtual_servers[n]), n);
    }
    std::vector<ServiceContinuation> all;
    for (const conf::VirtualServer& server : next.virtual_servers) {
        ServiceContinuation made;
        if (const auto at = by_identity.find(identity(server)); at != by_identity.end()) {
            made.service = at->second;
            match_servers(old.virtual_servers[at->second], server, made);
            by_identity.erase(at);  // a second block of the same identity is a new one
        }
        all.push_back(std::move(made));
    }
    return all;
}

bool continues_itself(const conf::Lvs& lvs) {
    std::unordered_set<std::string> identities;
    std::vector<conf::Endpoint> endpoints;
    for (const conf::VirtualServer& server : lvs.virtual_servers) {
        if (!identities.insert(identity(server)).second) return false;
        endpoints.clear();
        for (const conf::RealServer& real : server.real_servers) endpoints.push_back(real.endpoint);
        std::sort(endpoints.begin(), endpoints.end());
        if (std::adjacent_find(endpoints.begin(), endpoints.end()) != endpoints.end()) return false;
    }
    return true;
}

}  // namespace check
