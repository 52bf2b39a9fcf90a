// BFD: one file with every mistake, and what keepalived 2.4.3 says about it (bfd-behaviour.md).
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "golden_problems.hpp"
#include "reading.hpp"

namespace {

// clang-format off
const char kBfdText[] = R"conf(global_defs {
 router_id R
}
vrrp_instance EARLY {
 interface eth0
 virtual_router_id 1
 track_bfd {
  ok
 }
 virtual_ipaddress {
  10.0.0.1/32
 }
}
bfd_instance aaaaaaaaaabbbbbbbbbbccccccccccdd {
 neighbor_ip 10.0.0.2
}
bfd_instance nonb {
 min_rx 10
}
bfd_instance badnb {
 neighbour_ip 10.0.0.2.3
 min_rx 5
}
bfd_instance fam {
 neighbor_ip 10.0.0.2
 source_ip fd00::1
}
bfd_instance ok {
 neighbor_ip 10.0.0.2
 source_ip 10.0.0.x
 min_rx 0.5
 min_tx 4294968
 idle_tx 999
 multiplier 256
 passive
 ttl 0
 hoplimit 256
 max_hops 256
 multihop maybe
 weight 254
 weight 5 foo
}
bfd_instance ok {
 neighbor_ip 10.0.0.5
}
bfd_instance dup {
 neighbor_ip 10.0.0.2
}
bfd_instance mh {
 neighbor_ip fd00::2
 max_hops -1
 min_rx 20000
 min_tx 3.3125
 vrrp
}
bfd_instance hops {
 neighbor_ip 10.0.0.9
 ttl 5
 max_hops 9
 checker
}
vrrp_instance LATE {
 interface eth0
 virtual_router_id 2
 track_bfd {
  ok weight 300
  ok weight 2
  mh weight -5 reverse
  hops
  dup frob
 }
 virtual_ipaddress {
  10.0.0.2/32
 }
}
virtual_server 10.0.0.1 80 {
 lvs_sched rr
 lvs_method NAT
 protocol TCP
 real_server 10.1.1.1 80 {
  BFD_CHECK {
   name mh
  }
  BFD_CHECK {
   name ok
  }
  BFD_CHECK {
   name ok
   alpha q
  }
 }
}
)conf";

const golden::Expected kBfdExpected[] = {
    {43, "BFD ok already specified"},
    {82, "([10.1.1.1]:tcp:80) BFD_CHECK - BFD mh not configured"},
    {88, "([10.1.1.1]:tcp:80) BFD_CHECK - RS already monitoring ok"},
    {8, "(EARLY) track bfd ok not found, ignoring..."},
    {40, "number '254' outside range [-253, 253]"},
    {40, "Configuration error: BFD instance ok weight value 254 not valid (must be in range [-253-253]), ignoring"},
    {41, "Configuration error: BFD instance ok unknown weight option foo"},
    {66, "number '300' outside range [-253, 253]"},
    {66, "(LATE) weight for track bfd ok must be in [-253..253] inclusive. Ignoring..."},
    {67, "(LATE) duplicate track_bfd ok - ignoring"},
    {69, "(LATE) track bfd hops not found, ignoring..."},
    {70, "(LATE) unknown track bfd dup option frob - ignoring"},
    {14, "Configuration error: BFD instance aaaaaaaaaabbbbbbbbbbccccccccccdd name too long (maximum length is 31 characters) - ignoring"},
    {19, "Configuration error: BFD instance nonb has no neighbor address set, disabling instance"},
    {21, "Configuration error: BFD instance badnb has malformed neighbor address 10.0.0.2.3, ignoring instance"},
    {27, "Configuration error: BFD instance fam source address fd00::1 and neighbor address 10.0.0.2 are not of the same family, disabling instance"},
    {30, "Configuration error: BFD instance ok has malformed source address 10.0.0.x, ignoring"},
    {31, "number '0.5' outside range [1.000, 4294967.000]"},
    {31, "Configuration error: BFD instance ok min_rx value 0.5 is not valid (must be in range [1-4294967]), ignoring"},
    {32, "number '4294968' outside range [1.000, 4294967.000]"},
    {32, "Configuration error: BFD instance ok min_tx value 4294968 is not valid (must be in range [1-4294967]), ignoring"},
    {33, "number '999' outside range [1000.000, 4294967.000]"},
    {33, "Configuration error: BFD instance ok idle_tx value 999 is not valid (must be in range [1000-4294967]), ignoring"},
    {34, "number '256' outside range [1, 255]"},
    {34, "Configuration error: BFD instance ok multiplier value 256 not valid (must be in range [1-255]), ignoring"},
    {36, "number '0' outside range [1, 255]"},
    {36, "Configuration error: BFD instance ok ttl/hoplimit value 0 not valid (must be in range [1-255]), ignoring"},
    {37, "number '256' outside range [1, 255]"},
    {37, "Configuration error: BFD instance ok ttl/hoplimit value 256 not valid (must be in range [1-255]), ignoring"},
    {38, "number '256' outside range [-1, 255]"},
    {38, "Configuration error: BFD instance ok max_hops value 256 not valid (must be in range [-1-255]), ignoring"},
    {39, "Configuration error: BFD instance ok multihop setting not valid - maybe"},
    {48, "Configuration error: BFD instance dup has duplicate neighbor address 10.0.0.2, ignoring instance"},
    {53, "number '3.3125' has too many decimal places"},
    {61, "BFD instance hops: max_hops exceeds ttl/hoplimit - setting to ttl/hoplimit"},
};
// clang-format on

}  // namespace

TEST_CASE("every mistake in a BFD configuration is reported in the words of the reference") {
    const auto outcome = reading::read(kBfdText);
    golden::check_problems(outcome, kBfdExpected);
    CHECK(outcome.exit() == 5);
}
