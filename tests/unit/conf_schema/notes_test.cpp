// Notes: named, silenced by lint_ignore, never counted.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "conf/explain.hpp"
#include "reading.hpp"

using namespace reading;

TEST_CASE("a note has a name and does not change the exit status") {
    const auto outcome = read(
        "vrrp_instance A {\nstate MASTER\ninterface eth0\nvirtual_router_id 1\n"
        "virtual_ipaddress {\n10.0.0.1\n}\n}\n");
    CHECK(outcome.exit() == 0);
    const auto& note = outcome.problem("state MASTER without a priority");
    CHECK(note.severity == conf::Class::note);
    CHECK(note.name == "master-without-priority");
}

TEST_CASE("lint_ignore silences a note, in global_defs or in the block") {
    const std::string block =
        "state MASTER\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n";
    CHECK_FALSE(read("global_defs {\nlint_ignore master-without-priority\n}\nvrrp_instance A {\n" + block)
                    .says("without a priority"));
    CHECK_FALSE(
        read("vrrp_instance A {\nlint_ignore master-without-priority\n" + block).says("without a priority"));
    CHECK(read_global("lint_ignore nonsense").says("there is no note called nonsense"));
}

TEST_CASE("a check that may outlast the time between checks is noted, and so is a quorum out of reach") {
    const auto outcome = read(
        "virtual_server 10.0.0.1 80 {\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\ndelay_loop 2\n"
        "quorum 3\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\nconnect_timeout 5\n}\n}\n}\n");
    CHECK(outcome.problem("is longer than delay_loop").name == "slow-check");
    CHECK(outcome.problem("is above the sum of all weights").name == "quorum-unreachable");
}

namespace {

std::string instance(const std::string& name, const std::string& lines) {
    return "vrrp_instance " + name +
           " {\ninterface eth3\nvirtual_router_id 7\nvirtual_ipaddress {\n192.0.2.9\n}\n" + lines + "}\n";
}

std::string service(const std::string& lines) {
    return "virtual_server 10.0.0.1 80 {\nprotocol TCP\nlvs_sched rr\nlvs_method DR\n" + lines +
           "real_server 10.0.0.2 80 {\nTCP_CHECK {\nconnect_timeout 5\n}\n}\n}\n";
}

/// A script in a directory which everybody may write; it goes with the test.
class OpenDirectory {
  public:
    OpenDirectory() {
        std::filesystem::create_directory(path_);
        ::chmod(path_.c_str(), 0777);
        std::ofstream(script()) << "#!/bin/sh\n";
        ::chmod(script().c_str(), 0755);
    }
    ~OpenDirectory() { std::filesystem::remove_all(path_); }
    std::string script() const { return path_ + "/script"; }

  private:
    std::string path_ = (std::filesystem::temp_directory_path() / "conf_schema_notes").string();
};

}  // namespace

TEST_CASE("every note has a name, is silenced by it in global_defs, and never counts") {
    const OpenDirectory open;
    struct Named {
        const char* name;
        std::string text;
    };
    const std::string group = "vrrp_sync_group G {\ngroup {\nA\nB\n}\n}\n";
    const std::string password = "authentication {\nauth_type PASS\nauth_pass ";
    const Named notes[] = {
        {"same-vrid", instance("A", "") + instance("B", "mcast_dst_ip 224.0.0.99\n")},
        {"vip-outside-subnet", instance("A", "virtual_ipaddress {\n10.9.9.9\n}\n")},
        {"master-without-priority", instance("A", "state MASTER\n")},
        {"nopreempt-master", instance("A", "state MASTER\npriority 150\nnopreempt\n")},
        {"auth-differs", instance("A", password + "one\n}\n") +
                             "vrrp_instance B {\ninterface eth0\nvirtual_router_id 8\nvirtual_ipaddress {\n"
                             "10.0.0.9\n}\n" +
                             password + "two\n}\n}\n" + group},
        {"slow-check", service("delay_loop 2\n")},
        {"quorum-unreachable", service("quorum 3\n")},
        {"sorry-server-unreachable", service("sorry_server 203.0.113.1 80\n")},
        {"lacp-reorders", "lagg_instance lagg0 {\nlaggproto lacp\nlaggport eth1\n}\n"},
        {"lagg-mac-changes",
         "lagg_instance lagg0 {\nlaggport eth1\nfail_over_mac active\n}\nvrrp_instance A {\ninterface lagg0\n"
         "virtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n"},
        {"writable-script", instance("A", "notify_master " + open.script() + " root\n")},
    };
    for (const auto& [name, text] : notes) {
        INFO(name);
        const auto named = [&name = name](const conf::Generation& generation) {
            std::vector<const conf::Diagnostic*> found;
            for (const auto& problem : generation.diagnostics.list) {
                if (problem.name == name) found.push_back(&problem);
            }
            return found;
        };
        const auto outcome = read(text);
        const auto found = named(outcome.generation);
        REQUIRE_FALSE(found.empty());
        for (const auto* note : found) CHECK(note->severity == conf::Class::note);
        const auto silenced = read("global_defs {\nlint_ignore " + std::string(name) + "\n}\n" + text);
        CHECK(named(silenced.generation).empty());
        CHECK(silenced.exit() == outcome.exit());
    }
}

TEST_CASE("the tables explain a keyword wherever it stands") {
    const auto text = conf::explain("priority");
    CHECK(text.find("where    vrrp_instance") != std::string::npos);
    CHECK(text.find("1..255") != std::string::npos);
    CHECK(conf::explain("no_such_word").empty());
    // Eleven places, one meaning; a default is said with the places which have it.
    const auto repeated = conf::explain("delay_before_retry");
    CHECK(repeated.find("delay_before_retry", 1) == std::string::npos);
    CHECK(repeated.find("virtual_server/real_server/HTTP_GET, virtual_server/real_server/SSL_GET,\n") !=
          std::string::npos);
    for (std::size_t at = 0, end = 0; at < repeated.size(); at = end + 1) {
        end = repeated.find('\n', at);
        CHECK(end - at <= 100);
    }
    CHECK(conf::suggestion("prioritty") == "priority");
}
