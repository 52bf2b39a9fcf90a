// Whole configurations against the tables which the reference programs for them: golden/NAME.conf and NAME.table, the
// latter as `ipvsadm -Sn` prints it (lvs-behaviour.md §16).
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "check/desired_table.hpp"
#include "conf/reader.hpp"
#include "source_tree.hpp"

namespace {

std::string address(const net::IpAddress& ip, std::uint16_t port) {
    const std::string text = ip.is_v6() ? "[" + ip.to_string() + "]" : ip.to_string();
    return text + ":" + std::to_string(port);
}

std::string name(const ipvs::ServiceKey& key) {
    if (key.fwmark != 0)
        return "-f " + std::to_string(key.fwmark) + (key.family == net::Family::ipv6 ? " -6" : "");
    const char* option = key.protocol == 6 ? "-t " : key.protocol == 17 ? "-u " : "--sctp-service ";
    return option + address(key.address, key.port);
}

std::string flags(const ipvs::Service& service) {
    const std::string prefix =
        service.scheduler == "sh" || service.scheduler == "mh" ? service.scheduler : "";
    std::string text;
    const auto add = [&](std::uint32_t bit, const std::string& plain, const std::string& named) {
        if ((service.flags & bit) == 0) return;
        text += (text.empty() ? " -b " : ",") + (prefix.empty() ? plain : prefix + "-" + named);
    };
    add(netlink::ipvs::kFlagSched1, "flag-1", "fallback");
    add(netlink::ipvs::kFlagSched2, "flag-2", "port");
    add(netlink::ipvs::kFlagSched3, "flag-3", "flag-3");
    return text;
}

std::string line(const ipvs::Service& service) {
    std::string text = "-A " + name(service.key) + " -s " + service.scheduler;
    if ((service.flags & netlink::ipvs::kFlagPersistent) != 0) {
        text += " -p " + std::to_string(service.timeout);
        const bool v6 = service.key.family == net::Family::ipv6;
        if (service.netmask != 0) {
            text += " -M " +
                    (v6 ? std::to_string(service.netmask) : net::IpAddress::v4(service.netmask).to_string());
        }
        if (!service.persistence_engine.empty()) text += " --pe " + service.persistence_engine;
    }
    if ((service.flags & netlink::ipvs::kFlagOnePacket) != 0) text += " -o";
    return text + flags(service);
}

std::string line(const ipvs::ServiceKey& service, const ipvs::Destination& d) {
    const char* method = d.forward == 0 ? "-m" : d.forward == 2 ? "-i" : "-g";
    std::string text = "-a " + name(service) + " -r " + address(d.key.address, d.key.port) + " " + method +
                       " -w " + std::to_string(d.weight);
    if (d.forward != 2) return text;
    const char* types[] = {"ipip", "gue", "gre"};
    const char* sums[] = {"--tun-nocsum", "--tun-csum", "--tun-remcsum"};
    text += std::string(" --tun-type ") + types[d.tunnel_type];
    if (d.tunnel_type == 1) text += " --tun-port " + std::to_string(d.tunnel_port);
    if (d.tunnel_type != 0) text += std::string(" ") + sums[d.tunnel_flags];
    return text;
}

/// The table a start programs, before any check has run.
std::multiset<std::string> programmed(const conf::Lvs& lvs) {
    ipvs::Table table;
    for (const conf::VirtualServer& server : lvs.virtual_servers) {
        check::quorum::Service service(check::quorum_config(server, false));
        check::quorum::ActionList actions;
        service.start(actions);
        check::append_entries(table, server, lvs, service.desired());
    }
    ipvs::normalise(table);
    std::multiset<std::string> lines;
    for (const ipvs::Entry& entry : table) {
        lines.insert(line(entry.service));
        for (const auto& destination : entry.destinations) lines.insert(line(entry.service.key, destination));
    }
    return lines;
}

std::multiset<std::string> lines_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::multiset<std::string> lines;
    for (std::string text; std::getline(in, text);) lines.insert(text);
    return lines;
}

std::string joined(const std::multiset<std::string>& lines) {
    std::string text;
    for (const auto& one : lines) text += one + "\n";
    return text;
}

}  // namespace

TEST_CASE("each golden configuration is programmed as the reference does") {
    const std::filesystem::path folder = std::filesystem::path(SOURCE_DIR) / "tests/unit/check_table/golden";
    int cases = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        if (file.path().extension() != ".conf") continue;
        ++cases;
        const conf::Generation generation = conf::read({.pattern = file.path().string()});
        conf::Lvs lvs = generation.model.lvs;
        // The reference's tables were seen on a kernel without the scheduler `twos`: it refuses such a service.
        std::erase_if(lvs.virtual_servers, [](const auto& server) { return server.scheduler == "twos"; });
        std::filesystem::path expected = file.path();
        expected.replace_extension(".table");
        INFO(file.path().filename().string());
        CHECK(joined(programmed(lvs)) == joined(lines_of(expected)));
    }
    CHECK(cases >= 21);
}
