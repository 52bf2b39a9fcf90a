// keepalivedctl diff: one line an object, in words.
#include "conf/difference.hpp"

#include <catch2/catch.hpp>

#include "reading.hpp"

using namespace reading;
using Lines = std::vector<std::string>;

namespace {

const std::string kOld = R"(global_defs {
    router_id lb1
    enable_script_security
    script_user root
}
vrrp_script chk {
    script "/usr/bin/true"
    interval 2
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    track_script {
        chk
    }
    virtual_ipaddress {
        10.0.0.1
        10.0.0.2
    }
}
virtual_server 10.0.0.1 80 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 10.1.0.1 80 {
        weight 3
        TCP_CHECK {
            connect_timeout 3
        }
    }
}
)";

/// What a reload would say after each `was` of the old file became `is`.
Lines after(std::initializer_list<std::pair<std::string, std::string>> changes) {
    std::string text = kOld;
    for (const auto& [was, is] : changes) {
        const auto at = text.find(was);
        REQUIRE(at != std::string::npos);
        text.replace(at, was.size(), is);
    }
    return conf::difference(read(kOld).model(), read(text).model());
}

}  // namespace

TEST_CASE("a file that means the same changes nothing") {
    CHECK(after({}).empty());
    CHECK(after({{"router_id lb1", "router_id lb1 # a comment\n"}, {"    priority 100", "priority   0100"}})
              .empty());
}

TEST_CASE("what changes in an instance is said, and whether it stays master") {
    CHECK(after({{"priority 100", "priority 110"}, {"10.0.0.2\n", "10.0.0.2\n10.0.0.3\n10.0.0.4\n"}}) ==
          Lines{"instance VI_1: priority 100 → 110; 2 addresses added; mastership kept"});
    CHECK(after({{"VI_1", "VI_WEB"}}) == Lines{"instance VI_WEB: renamed from VI_1; mastership kept"});
    CHECK(after({{"virtual_router_id 51", "virtual_router_id 52"}}) ==
          Lines{"instance VI_1: virtual router id 51 → 52; starts afresh as BACKUP"});
    CHECK(after({{"        10.0.0.1\n        10.0.0.2\n", "10.0.0.2\n10.0.0.1\n"}}) ==
          Lines{"instance VI_1: order of addresses changed; mastership kept"});
    CHECK(after({{"vrrp_instance VI_1", "vrrp_instance VI_2"},
                 {"virtual_router_id 51", "virtual_router_id 52"}}) ==
          Lines{"instance VI_2: added", "instance VI_1: removed"});
}

TEST_CASE("what changes elsewhere is said, and what is kept") {
    CHECK(after({{"router_id lb1", "router_id lb2"}}) == Lines{"global_defs: router_id lb1 → lb2"});
    CHECK(after({{"interval 2", "interval 5"}}) == Lines{"script chk: interval 2 s → 5 s; result kept"});
    CHECK(after({{"/usr/bin/true", "/usr/bin/test 1"}})[0].ends_with("result unknown until it has run"));
    CHECK(after({{"weight 3", "weight 5"}}) ==
          Lines{"service [10.0.0.1]:tcp:80: server [10.1.0.1]:tcp:80: weight 3 → 5"});
    CHECK(after({{"connect_timeout 3", "connect_timeout 4"}}) ==
          Lines{"service [10.0.0.1]:tcp:80: server [10.1.0.1]:tcp:80: 1 checker changed"});
}
