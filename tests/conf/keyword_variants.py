"""Small configurations which try one keyword each: every keyword of the list with good, border and bad values.

The list is the specification's keywords.tsv; without it there is nothing to make.
"""
import csv
import pathlib
import re

WRAP = {
    "(top)": "{}\n",
    "global_defs": "global_defs {{\n{}\n}}\n",
    "track_group": "track_group T {{\n{}\n}}\n",
    "garp_group": "garp_group {{\n garp_interval 0.1\n interface eth0\n{}\n}}\n",
    "vrrp_sync_group": "vrrp_sync_group G {{\n group {{\n  V\n  W\n }}\n{}\n}}\n",
    "vrrp_instance": "{}\n",
    "vrrp_instance/authentication": " authentication {{\n{}\n }}\n",
    "vrrp_instance/auth_hmac": " auth_hmac {{\n{}\n }}\n",
    "vrrp_script": "vrrp_script s {{\n script /bin/true\n{}\n}}\n",
    "vrrp_track_process": "vrrp_track_process p {{\n process sshd\n{}\n}}\n",
    "SSL": "SSL {{\n{}\n}}\n",
    "bfd_instance": "bfd_instance b {{\n neighbor_ip 10.0.0.2\n{}\n}}\n",
    "track_file": "track_file f {{\n file /tmp/f\n{}\n}}\n",
    "vrrp_track_file": "vrrp_track_file f {{\n file /tmp/f\n{}\n}}\n",
    "virtual_server": "{}\n",
    "virtual_server/real_server": " real_server 192.168.1.1 80 {{\n{}\n }}\n",
}
CHECK_BASE = {"HTTP_GET": "url {\n path /\n status_code 200\n}", "SSL_GET": "url {\n path /\n status_code 200\n}", "MISC_CHECK": "misc_path /bin/true",
              "FILE_CHECK": "", "BFD_CHECK": "name b", "SMTP_CHECK": "", "DNS_CHECK": "", "TCP_CHECK": "", "UDP_CHECK": "", "PING_CHECK": ""}

INSTANCE = """vrrp_script s {{
 script /bin/true
}}
vrrp_instance V {{
 interface eth0
 virtual_router_id 51
 priority 100
 virtual_ipaddress {{
  10.0.0.10/24
 }}
{}}}
"""
OTHER = """vrrp_instance W {
 interface eth1
 virtual_router_id 52
 virtual_ipaddress {
  10.0.1.10/24
 }
}
"""
VIRTUAL = """virtual_server 10.0.0.1 80 {{
 delay_loop 5
 lvs_sched rr
 lvs_method NAT
 protocol TCP
{}}}
"""

NUMBERS = ["0", "1", "2", "-1", "5x", "abc", "1.5", "0x10", "010", "\"\"", "99999999999999999999", "+3", "10 extra"]
DECIMALS = ["0", "0.5", "1", "0.0001", "0.0000001", "0.000001", "-1", "5x", "abc", "1s", "255", "256", "4294.967295", "4294.967296", "1.1234567", ".5", "5.", "\"\"", "99999999999999999999"]
BOOLS = ["", "on", "off", "true", "false", "yes", "no", "1", "On", "foo", "on extra"]
ADDRESSES = ["10.0.0.2", "fd00::2", "10.0.0.2/24", "10.0.0.300", "foo", "10.0.0", "224.0.0.18", "ff02::18", "ff05::18", "10.0.0.2 80", "10.0.0.2 99999", "fe80::1", "[fd00::1]", "fe80::1%eth0", "\"\""]
WORDS = ["foo", "foo bar", "\"foo bar\"", "\"\"", "/tmp/foo", "abcdefghijklmnopqrstuvwxyz0123456789", "eth0", "eth9", "x"]
SCRIPTS = ["/bin/true", "\"/bin/true a b\"", "/nonexistent", "\"/bin/true 'a\"", "/bin/true root", "/bin/true nosuchuser", "/bin/true root nosuchgroup", "\"\"", "/etc/passwd", "true", "/bin"]

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

TRACKS = ["NAME", "NAME weight 10", "NAME weight -10", "NAME weight 253", "NAME weight 254", "NAME weight 255", "NAME weight -254", "NAME weight foo",
          "NAME weight", "NAME weight 10 reverse", "NAME weight 10 noreverse", "NAME weight 10 foo", "NAME foo", "NAME 10", "NAME weight 1.5", "NAME weight 0",
          "nosuch", "nosuch weight 10", "NAME\nNAME", "\"\"", "NAME reverse", "NAME weight 10 20"]

BLOCKS = {
    "virtual_ipaddress": ADDRESS_LINES, "virtual_ipaddress_excluded": ADDRESS_LINES, "static_ipaddress": ADDRESS_LINES,
    "virtual_routes": ROUTE_LINES, "static_routes": ROUTE_LINES, "virtual_rules": RULE_LINES, "static_rules": RULE_LINES,
    "virtual_server_group": GROUP_LINES,
    "track_interface": [t.replace("NAME", "eth1") for t in TRACKS] + ["eth0", "eth9", "lo"],
    "track_script": [t.replace("NAME", "s") for t in TRACKS],
    "track_file": [t.replace("NAME", "f") for t in TRACKS],
    "track_process": [t.replace("NAME", "p") for t in TRACKS],
    "track_bfd": [t.replace("NAME", "b") for t in TRACKS],
    "unicast_peer": ["10.0.0.2", "10.0.0.2\n10.0.0.2", "fd00::1", "foo", "10.0.0.2/24", "10.0.0.2 min_ttl 5", "10.0.0.2 max_ttl 300", "10.0.0.2 min_ttl", "10.0.0.2 min_ttl 10 max_ttl 5",
                     "10.0.0.2 foo", "10.0.0.2 min_ttl foo", "10.0.0.2 10.0.0.3", "10.0.0.300", "10.0.0.2,"],
    "notification_email": ["a@b.c", "a@b.c d@e.f", "\"Me <a@b.c>\"", ""],
    "group": ["V", "V W", "V\nV", "nosuch", "V\nnosuch", ""],
    "linkbeat_interfaces": ["eth0", "eth0 MII", "eth0 mii", "eth0 FOO", "eth9", "eth0 MII x"],
    "interface_up_down_delays": ["eth0 1", "eth0 1 2", "eth0 300", "eth0 foo", "eth9 1", "eth0", "eth0 1 2 3", "eth0 0"],
    "interfaces": ["eth1", "eth0", "eth9", "eth1 eth2", ""],
}


def values(row):
    kind, args, keyword = row["type"], row["args"], row["keyword"]
    if kind in ("unsigned", "int", "mode") or "N" in re.split(r"\W+", args):
        found = list(NUMBERS)
        for low, high in re.findall(r"(-?\d+)\.\.(\d+)", row["range"]):
            found += [low, str(int(low) - 1), high, str(int(high) + 1), str(-int(high))]
        return found
    if kind == "decimal":
        found = list(DECIMALS)
        for low, high in re.findall(r"(-?[\d.]+?)\.\.([\d.]+)", row["range"]):
            try:
                found += [low, high, str(float(high) + 1)]
            except ValueError:
                pass
        return found
    if kind == "bool":
        return BOOLS
    if kind == "flag":
        return ["", "foo", "off"]
    if kind in ("address", "ipv4", "ipv6") or "ADDR" in args:
        return ADDRESSES
    if "SCRIPT" in args:
        return SCRIPTS
    found = list(WORDS)
    if kind == "enum":
        found += [word for word in re.split(r"[|\s\[\]]+", args) if word] + [word.lower() for word in re.split(r"[|\s\[\]]+", args) if word]
    if kind == "key-value":
        found += NUMBERS[:4] + ["all 5", "all", "all foo", "foo 5", "tcp 10", "tcp", "tcp 10 tcpfin 20 udp 30", "tcp 2678401", "eth0 V", "eth0 inst V id 5", "eth0 inst V id 256 maxlen 1400 port 8848 ttl 3 group 224.0.0.81",
                                "eth0 V 5", "vrrp.51", "name vrrp.51", "02:00:00:00:00:01", "02:00:00:00:00:01:02:03", "00:00:5e:00:01:05", "group 5", "group foo", "netlink_notify_msg", "bridge", "10.0.0.5/24", "10.0.0.5/24 private", "abcdefghijklmnopqrst"]
    return found


def block_variants(keyword):
    for entry in BLOCKS[keyword]:
        yield "{\n" + entry + "\n}"
    first = BLOCKS[keyword][0]
    yield "{\n}"
    yield "foo {\n" + first + "\n}"
    yield "{ " + first.split("\n")[0] + " }"
    yield ""
    yield "\n{\n" + first + "\n}"
    yield "{\n" + first + "\n}\n" + keyword + " {\n" + first + "\n}"


def statements(row):
    keyword = row["keyword"]
    if row["block_path"] == "(top)" and "NAME {" in row["args"]:
        for name in ("", "N", "N M", "\"N M\"", "N {\n}\n" + keyword + " N"):
            if keyword == "virtual_server_group" and name == "N":
                for entry in GROUP_LINES:
                    yield f"{keyword} N {{\n{entry}\n}}"
            yield f"{keyword} {name} {{\n}}"
        return
    if keyword in BLOCKS and "{" in row["args"]:
        for variant in block_variants(keyword):
            yield f"{keyword} {variant}"
        return
    if "{" in row["args"]:
        for variant in ("{\n}", "", "foo {\n}", "{\nfoo\n}", "{\n}\n" + keyword + " {\n}"):
            yield f"{keyword} {variant}"
        return
    found = list(dict.fromkeys(values(row)))
    for value in ["", *found]:
        yield f"{keyword} {value}"
    yield f"{keyword} {found[1]}\n{keyword} {found[0]}"


def whole(path, statement):
    """The configuration in which the statement stands in its block."""
    top, _, rest = path.partition("/")
    if top == "virtual_server":
        inner = statement
        parts = rest.split("/") if rest else []
        before = ""
        if "BFD_CHECK" in parts:
            before = "bfd_instance b {\n neighbor_ip 10.0.0.2\n}\n"
        if "FILE_CHECK" in parts:
            before = "track_file f {\n file /tmp/f\n}\n"
        for part in reversed(parts):
            if part == "real_server":
                inner = f" real_server 192.168.1.1 80 {{\n{inner}\n }}\n"
            elif part in ("url", "host"):
                inner = f"  {part} {{\n{'path /' if part == 'url' else ''}\n{inner}\n }}\n"
            else:
                base = CHECK_BASE[part] if "url" not in parts else ""
                inner = f"  {part} {{\n{base}\n{inner}\n  }}\n"
        if not rest:
            inner += "\n real_server 192.168.1.1 80 {\n }\n"
        return before + VIRTUAL.format(inner + "\n")
    text = WRAP[path].format(statement)
    extra = ""
    if "track_file" in statement and top in ("vrrp_instance", "vrrp_sync_group"):
        extra += WRAP["track_file"].format("")
    if "track_process" in statement and top in ("vrrp_instance", "vrrp_sync_group"):
        extra += WRAP["vrrp_track_process"].format("")
    if "track_bfd" in statement:
        extra += WRAP["bfd_instance"].format("")
    if top == "vrrp_instance":
        return extra + INSTANCE.format(text)
    if top == "vrrp_sync_group":
        return extra + INSTANCE.format("") + OTHER + text
    if top == "vrrp_script":
        return text + INSTANCE.format("").split("\n", 3)[3]
    if top in ("track_group", "garp_group"):
        return text + INSTANCE.format("")
    return text


def variants(table, folder):
    with open(table, encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            name = f"{row['block_path'].replace('/', '.').strip('()')}.{row['keyword']}"
            for number, statement in enumerate(statements(row)):
                path = pathlib.Path(folder) / f"{name}-{number}.conf"
                path.write_text(whole(row["block_path"], statement))
                yield path
