"""Small configurations which try one keyword each: every keyword of the list with good, border and bad values.

The list is the specification's keywords.tsv; without it there is nothing to make.
"""
import csv
import pathlib
import re

from keyword_lines import ADDRESS_LINES, GROUP_LINES, ROUTE_LINES, RULE_LINES

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


class Mixture:
    """Whole configurations of many keywords at once, with values as `values` has them, at random: what single keywords do
    not show is how they act on each other."""

    def __init__(self, table, chance):
        self.chance = chance
        self.rows = {}
        with open(table, encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                self.rows.setdefault(row["block_path"], []).append(row)

    def some(self, path, most):
        """Statements of a block, none of which opens a block of its own."""
        found = []
        for row in self.chance.choices(self.rows[path], k=self.chance.randint(0, most)):
            keyword = row["keyword"]
            if keyword in BLOCKS and "{" in row["args"]:
                found.append(f"{keyword} {{\n" + "\n".join(self.chance.choices(BLOCKS[keyword], k=self.chance.randint(1, 3))) + "\n}")
            elif "{" not in row["args"] and keyword not in ("net_namespace", "instance", "config_save_dir", "include_check"):
                found.append(f"{keyword} {self.chance.choice(list(dict.fromkeys(values(row))))}")
        return "\n".join(found)

    def instance(self, number):
        chance = self.chance
        needed = [f"interface eth{chance.randint(0, 2)}", f"virtual_router_id {50 + number}",
                  f"virtual_ipaddress {{\n10.0.{number}.10/24\n}}"]
        kept = [line for line in needed if chance.random() < 0.9]
        blocks = "".join(f"{name} {{\n{self.some('vrrp_instance/' + name, 3)}\n}}\n"
                         for name in ("authentication", "auth_hmac") if chance.random() < 0.15)
        return f"vrrp_instance V{number} {{\n" + "\n".join(kept) + f"\n{self.some('vrrp_instance', 6)}\n{blocks}}}\n"

    def checker(self):
        kind = self.chance.choice(list(CHECK_BASE))
        path = f"virtual_server/real_server/{kind}"
        return f"{kind} {{\n{CHECK_BASE[kind]}\n{self.some(path, 3)}\n}}"

    def virtual_server(self, number):
        chance = self.chance
        head = chance.choice([f"10.1.0.{number} 80", f"10.1.0.{number} 443", f"fwmark {number}", "group S", "group nosuch", f"fd00::{number} 80"])
        kept = [line for line in ("lvs_sched rr", "lvs_method NAT", "protocol TCP") if chance.random() < 0.8]
        servers = "".join(f"real_server {chance.choice(['192.168.1.1 80', '192.168.1.2 80', '192.168.1.3', 'fd00::9 80', '192.168.1.4 81'])} {{\n"
                          f"{self.some('virtual_server/real_server', 2)}\n" + "\n".join(self.checker() for _ in range(chance.randint(0, 2))) + "\n}\n"
                          for _ in range(chance.randint(0, 3)))
        return f"virtual_server {head} {{\n" + "\n".join(kept) + f"\n{self.some('virtual_server', 4)}\n{servers}}}\n"

    def configuration(self):
        chance = self.chance
        parts = [f"global_defs {{\n{self.some('global_defs', 5)}\n}}\n"]
        for path in ("vrrp_script", "track_file", "vrrp_track_process", "bfd_instance"):
            if chance.random() < 0.4:
                parts.append(WRAP[path].format(self.some(path, 3)))
        if chance.random() < 0.3:
            parts.append("virtual_server_group S {\n" + "\n".join(chance.choices(GROUP_LINES, k=2)) + "\n}\n")
        for name, lines in (("static_ipaddress", ADDRESS_LINES), ("static_routes", ROUTE_LINES), ("static_rules", RULE_LINES)):
            if chance.random() < 0.1:
                parts.append(f"{name} {{\n" + "\n".join(chance.choices(lines, k=2)) + "\n}\n")
        parts += [self.instance(number) for number in range(1, chance.randint(1, 4))]
        if chance.random() < 0.3:
            parts.append(f"vrrp_sync_group G {{\ngroup {{\nV1\nV2\n}}\n{self.some('vrrp_sync_group', 3)}\n}}\n")
        if chance.random() < 0.5:
            parts += [self.virtual_server(number) for number in range(1, chance.randint(1, 3) + 1)]
        if chance.random() < 0.1:
            chance.shuffle(parts)
        return "".join(parts)


def mixtures(table, count, folder, chance):
    mixture = Mixture(table, chance)
    for number in range(count):
        path = pathlib.Path(folder) / f"mixture-{number}.conf"
        path.write_text(mixture.configuration())
        yield path
