"""Lines of value blocks, good, border and bad: for keyword_variants.py."""

ADDRESS_LINES = """10.0.0.20
10.0.0.20/24
10.0.0.20/33
10.0.0.20/
10.0.0.20/0
10.0.0.20/255.255.255.0
10.0.0.300
10.0.0
10.0.0.10/24
10.0.0.10/16
fd00::20/64
fe80::20
foo
10.0.0.20 dev eth0
10.0.0.20 dev eth9
10.0.0.20 dev
10.0.0.20 dev eth0 dev eth1
10.0.0.20/24 brd +
10.0.0.20/24 brd -
10.0.0.20/32 brd +
10.0.0.20/24 brd 10.0.0.255
10.0.0.20/24 broadcast 10.0.0.300
10.0.0.20/24 brd
10.0.0.20/24 brd fd00::1
10.0.0.20/24 scope global
10.0.0.20/24 scope foo
10.0.0.20/24 scope 254
10.0.0.20/24 scope 256
10.0.0.20/24 scope
10.0.0.20/24 label eth0:1
10.0.0.20/24 label abcdefghijklmnopqrst
10.0.0.20/24 label
10.0.0.20 peer 10.0.0.30
10.0.0.20/24 peer 10.0.0.30
10.0.0.20/24 peer 10.0.0.30/24
10.0.0.20 peer fd00::1
10.0.0.20 peer foo
10.0.0.20 peer
10.0.0.20 peer 10.0.0.30 peer 10.0.0.31
10.0.0.20/24 home
10.0.0.20/24 -nodad
10.0.0.20/24 mngtmpaddr
10.0.0.20/24 noprefixroute
10.0.0.20/24 autojoin
10.0.0.20/24 no_track
10.0.0.20/24 preferred_lft 5
10.0.0.20/24 preferred_lft forever
10.0.0.20/24 preferred_lft foo
10.0.0.20/24 preferred_lft
10.0.0.20/24 track_group T
10.0.0.20/24 track_group
10.0.0.20/24 use_vmac
10.0.0.20/24 foo
10.0.0.20/24 dev eth0:1
10.0.0.20/24 10.0.0.21/24
10.0.0.20,10.0.0.21
10.0.0.20/24;
"10.0.0.20/24 dev eth0"
dev eth0 10.0.0.20
fd00::20/64 scope global
fd00::20/64 label eth0:1
fd00::20/64 brd +
fd00::20/64 preferred_lft 5
fd00::20/129
fd00::20/64 -nodad home
10.0.0.20-30""".splitlines()

ROUTE_LINES = """10.1.0.0/16 via 10.0.0.1
10.1.0.0/16 via 10.0.0.1 dev eth0
10.1.0.0/16 gw 10.0.0.1 dev eth0
10.1.0.0/16 dev eth0
10.1.0.0/16 dev eth9
10.1.0.0/16 dev
10.1.0.0/16 via
10.1.0.0/16 via foo
10.1.0.0/16 via 10.0.0.300
10.1.0.0/16 via fd00::1 dev eth0
10.1.0.0/16 via inet6 fd00::1 dev eth0
10.1.0.0/33 dev eth0
10.1.0.0/16 src 10.0.0.20 dev eth0
src 10.0.0.20 to 10.1.0.0/16 via 10.0.0.1 dev eth0 scope link
src 10.0.0.300 to 10.1.0.0/16 dev eth0
default via 10.0.0.1 dev eth0
default dev eth0 table 100
0.0.0.0/0 via 10.0.0.1 dev eth0
any dev eth0
all dev eth0
default6 via fd00::1 dev eth0
default
via 10.0.0.1
blackhole 10.2.0.0/16
unreachable 10.2.0.0/16
prohibit 10.2.0.0/16
throw 10.2.0.0/16
foo 10.2.0.0/16
blackhole default table 7
10.1.0.0/16 dev eth0 table main
10.1.0.0/16 dev eth0 table nosuch
10.1.0.0/16 dev eth0 table 4294967295
10.1.0.0/16 dev eth0 table -1
10.1.0.0/16 dev eth0 table
10.1.0.0/16 dev eth0 metric 5
10.1.0.0/16 dev eth0 metric -5
10.1.0.0/16 dev eth0 metric foo
10.1.0.0/16 dev eth0 priority 5
10.1.0.0/16 dev eth0 preference 5
10.1.0.0/16 dev eth0 scope link
10.1.0.0/16 dev eth0 scope foo
10.1.0.0/16 dev eth0 tos 0x10
10.1.0.0/16 dev eth0 tos foo
10.1.0.0/16 dev eth0 dsfield 4
10.1.0.0/16 dev eth0 protocol static
10.1.0.0/16 dev eth0 protocol foo
10.1.0.0/16 dev eth0 protocol 18
10.1.0.0/16 dev eth0 protocol static no_track
10.1.0.0/16 dev eth0 mtu 1400
10.1.0.0/16 dev eth0 mtu lock 1400
10.1.0.0/16 dev eth0 mtu foo
10.1.0.0/16 dev eth0 hoplimit 300
10.1.0.0/16 dev eth0 hoplimit 64
10.1.0.0/16 dev eth0 rtt 10
10.1.0.0/16 dev eth0 rtt 300ms
10.1.0.0/16 dev eth0 rtt 1s
10.1.0.0/16 dev eth0 rto_min lock 5s
10.1.0.0/16 dev eth0 rto_min foo
10.1.0.0/16 dev eth0 rttvar 300sec
10.1.0.0/16 dev eth0 window 10 cwnd 10 ssthresh lock 5 initcwnd 10 initrwnd 10 advmss 1400 reordering 5
10.1.0.0/16 dev eth0 features ecn
10.1.0.0/16 dev eth0 features foo
10.1.0.0/16 dev eth0 quickack 1
10.1.0.0/16 dev eth0 quickack 2
10.1.0.0/16 dev eth0 fastopen_no_cookie 1
10.1.0.0/16 dev eth0 fastopen_no_cookie 3
10.1.0.0/16 dev eth0 congctl cubic
10.1.0.0/16 dev eth0 congctl lock cubic
10.1.0.0/16 dev eth0 realms 5/6
10.1.0.0/16 dev eth0 realms foo
10.1.0.0/16 dev eth0 ttl-propagate enabled
10.1.0.0/16 dev eth0 ttl-propagate foo
10.1.0.0/16 dev eth0 pref low
fd01::/64 dev eth0 pref low
fd01::/64 dev eth0 pref foo
fd01::/64 via fd00::1 dev eth0 metric 5 expires 30
10.1.0.0/16 dev eth0 expires 30
10.1.0.0/16 dev eth0 onlink
10.1.0.0/16 dev eth0 no_track
10.1.0.0/16 dev eth0 foo
10.1.0.0/16 dev eth0 foo bar
10.1.0.0/16 via 10.0.0.1 or 10.0.0.2
10.1.0.0/16 nexthop via 10.0.0.1 dev eth0 weight 10 nexthop via 10.0.0.2 dev eth1 weight 20
10.1.0.0/16 nexthop via 10.0.0.1 weight 300
10.1.0.0/16 nexthop via 10.0.0.1 weight 0
10.1.0.0/16 nexthop via foo
10.1.0.0/16 nexthop via 10.0.0.1 dev eth9
10.1.0.0/16 nexthop via 10.0.0.1 foo
10.1.0.0/16 nexthop via fd00::1 dev eth0
10.1.0.0/16 encap ip id 5 dst 10.9.9.9 dev eth0
10.1.0.0/16 encap ip dev eth0
10.1.0.0/16 encap mpls 100/200 dev eth0
10.1.0.0/16 encap mpls foo dev eth0
10.1.0.0/16 encap ila 1:2:3:4 dev eth0
10.1.0.0/16 encap ip6 dst fd00::9 hoplimit 7 dev eth0
10.1.0.0/16 encap foo dev eth0
10.1.0.0/16 dev eth0 track_group T
10.1.0.0/16 dev eth0 append
10.1.0.0/16 dev eth0 add
10.1.0.0/16 dev eth0 as to 10.2.0.0
10.1.0.0/16 dev eth0 vrf eth0
inet 10.1.0.0/16 dev eth0
10.1 dev eth0
10.1.0.0 255.255.0.0 via 10.0.0.1
add 10.1.0.0/16 via 10.0.0.1
-net 10.1.0.0/16 gw 10.0.0.1
from fd00::/64 fd01::/64 dev eth0
multicast 224.1.0.0/16 dev eth0
local 10.3.0.1 dev lo
broadcast 10.3.0.255 dev eth0
nat 10.3.0.1 dev eth0
254 10.3.0.1 dev eth0
to blackhole 10.2.0.0/16""".splitlines()

RULE_LINES = """from 10.0.0.10 table 100
from 10.0.0.10 table 100 priority 50
from 10.0.0.10/24 lookup main
from 10.0.0.10/33 table 100
from 10.0.0.300 table 100
to 10.0.0.10 table 100 preference 5
from 10.0.0.10
from 10.0.0.10 table 0
from 10.0.0.10 table nosuch
from 10.0.0.10 table
from 10.0.0.10 to fd00::1 table 100
from fd00::/64 table 100 priority 5
iif eth0 table 100 priority 5
dev eth0 table 100 priority 5
iif eth9 table 100 priority 5
oif eth0 table 100 priority 5
oif eth9 table 100 priority 5
fwmark 5 table 100 priority 5
fwmark 0x5/0xff table 100 priority 5
fwmark foo table 100 priority 5
fwmark -1 table 100 priority 5
tos 0x10 table 100 priority 5
tos foo table 100 priority 5
dsfield 4 table 100 priority 5
all table 100 priority 5
from all table 100 priority 5
from any blackhole priority 5
from default prohibit priority 5
from all unreachable priority 5
from all nop priority 5
from all goto 100 priority 5
from all goto 5 priority 12
from all goto foo priority 5
from all table 100 nop priority 5
from all priority 5
from all l3mdev priority 5
not from 10.0.0.1 table 100 priority 5
from all table 100 suppress_prefixlength 0 priority 5
from all table 100 suppress_prefixlength foo priority 5
from all table 100 sup_group 5 priority 5
from all table 100 suppress_ifgroup nosuch priority 5
from all table 100 realms 5/6 priority 5
from all table 100 realms foo priority 5
from all table 100 tunnel-id 5 priority 5
from all table 100 tunnel-id foo priority 5
from all table 100 uidrange 1-5 priority 5
from all table 100 uidrange 5 priority 5
from all table 100 ipproto tcp priority 5
from all table 100 ipproto foo priority 5
from all table 100 ipproto 200 priority 5
from all table 100 sport 5-6 priority 5
from all table 100 sport 6-5 priority 5
from all table 100 sport foo priority 5
from all table 100 dport 80-80 priority 5
from all table 100 protocol 5 priority 5
from all table 100 protocol foo priority 5
from all table 100 protocol 18 priority 5
from all table 100 protocol 5 no_track priority 5
from all table 100 priority foo
from all table 100 priority -1
from all table 100 order 5
from all table 100 no_track priority 5
from all table 100 track_group T priority 5
from all table 100 foo priority 5
from all type blackhole priority 5
10.0.0.10 table 100""".splitlines()

GROUP_LINES = """10.0.0.1 80
10.0.0.1
10.0.0.1 0
10.0.0.1 99999
10.0.0.1 http
10.0.0.1-5 80
10.0.0.5-1 80
10.0.0.1-300 80
10.0.0.1-10.0.0.5 80
10.0.0.5-10.0.0.1 80
10.0.0.0/30 80
10.0.0.1/30 80
10.0.0.0/33 80
10.0.0.0/foo 80
fd00::1 80
fd00::1-5 80
fd00::1-fffff 80
fwmark 5
fwmark 0
fwmark foo
fwmark 5 inet
fwmark 5 inet6
fwmark 5 foo
fwmark
foo
10.0.0.1 80 90
10.0.0.1:80
10.0.0.1 80;
10.0.0.1-5x 80""".splitlines()
