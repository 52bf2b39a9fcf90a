// The rules of nftables_ipvs on a real kernel, in a network namespace of this process's own; without the right to make one,
// or without nft, there is nothing to look at.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>

#include "check/child/mark_rules.hpp"
#include "lib/process/unique_fd.hpp"

namespace {

std::string listed() {
    std::string text;
    std::array<char, 4096> piece{};
    FILE* pipe = popen("nft list ruleset 2>&1", "r");
    while (pipe != nullptr && fgets(piece.data(), piece.size(), pipe) != nullptr) text += piece.data();
    if (pipe != nullptr) pclose(pipe);
    return text;
}

std::string ruleset(const char* addresses) {
    return std::string(
               "table ip marks {\nmap tcp_map { type ipv4_addr . inet_service : mark; flags interval; "
               "elements = { ") +
           addresses + " . 80 : 1000 } }\nchain in {\ntype filter hook input priority -1; policy accept;\n" +
           "meta l4proto tcp meta mark set ip daddr . th dport map @tcp_map counter return\n}\n}\n";
}

}  // namespace

TEST_CASE("rules come, are replaced in one transaction, move to another table, and go") {
    if (unshare(CLONE_NEWNET) != 0 || !listed().empty()) {
        WARN("no namespace or no nft: not tested");
        return;
    }
    std::vector<std::string> said;
    check::MarkRules rules([&](std::string_view line) { said.emplace_back(line); });
    rules.set("marks", ruleset("10.1.0.1-10.1.0.3"));
    CHECK(listed().find("10.1.0.1-10.1.0.3 . 80 : 0x000003e8") != std::string::npos);
    CHECK(listed().find("hook input") != std::string::npos);
    rules.set("marks", ruleset("10.1.0.9"));
    CHECK(listed().find("10.1.0.9 . 80 : 0x000003e8") != std::string::npos);
    CHECK(listed().find("10.1.0.1") == std::string::npos);
    std::string renamed = ruleset("10.1.0.9");
    renamed.replace(renamed.find("marks"), 5, "other");
    rules.set("other", renamed);
    CHECK(listed().find("table ip other") != std::string::npos);
    CHECK(listed().find("table ip marks") == std::string::npos);
    CHECK(said.empty());

    rules.set("other", "table ip other { nonsense }\n");
    CHECK(said.size() == 1);
    CHECK(said[0].rfind("nftables_ipvs: ", 0) == 0);
    CHECK(listed().find("10.1.0.9") != std::string::npos);  // a refused transaction changes nothing
    rules.remove();
    CHECK(listed().empty());
}

TEST_CASE("a packet to an address of the group leaves with its mark, another one without") {
    if (unshare(CLONE_NEWNET) != 0 || !listed().empty()) {
        WARN("no namespace or no nft: not tested");
        return;
    }
    REQUIRE(std::system("ip link set lo up && ip address add 10.1.0.2/32 dev lo && "
                        "ip address add 10.1.0.9/32 dev lo && nft 'table ip seen { chain in { "
                        "type filter hook input priority 0; meta mark 1000 tcp dport 80 counter; }; }'") ==
            0);
    check::MarkRules rules([](std::string_view line) { FAIL(std::string(line)); });
    rules.set("marks", ruleset("10.1.0.1-10.1.0.3"));
    // Nobody listens: each connection is one SYN, refused.
    for (const char* address : {"10.1.0.2", "10.1.0.9", "10.1.0.2"}) {
        const UniqueFd one(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(80);
        REQUIRE(inet_pton(AF_INET, address, &to.sin_addr) == 1);
        CHECK(connect(one.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0);
    }
    INFO(listed());
    CHECK(listed().find("0x000003e8 tcp dport 80 counter packets 2 ") != std::string::npos);
    rules.remove();
}
