"""keepalived -t on large configurations: wall-clock time and peak memory of the whole run."""
from lab import Lab
from lab.daemon import BUILD
from load import many

MEASURED = BUILD / "tests" / "bench" / "bench_measured"

STATUS_OF_A_GOOD_FILE = 0


def virtual_servers(count, servers_each):
    """As a large site writes them: count services, each with a checker for each of its servers."""
    blocks = []
    for number in range(count):
        high, low = divmod(number, 250)
        servers = "".join(
            f"    real_server 10.{100 + high}.{low}.{server + 1} 80 {{\n        weight 10\n        TCP_CHECK {{\n            connect_timeout 3\n"
            "        }\n    }\n" for server in range(servers_each))
        blocks.append(f"virtual_server 10.{high}.{low}.1 80 {{\n    delay_loop 6\n    lvs_sched wrr\n    lvs_method NAT\n"
                      f"    protocol TCP\n{servers}}}\n")
    return blocks


SERVICE = ("virtual_server group MARKS {\n    lvs_sched rr\n    lvs_method NAT\n    real_server 10.0.0.1 80 {\n"
           "        weight 1\n    }\n}\n")


def instances_with_addresses(folder):
    return many(255, 100, 20, share=255)


def services(folder):
    return "".join(virtual_servers(2277, 16))


def lines_by_sequence(count):
    return f"virtual_server_group MARKS {{\n    ~SEQ(N, 1, {count}) fwmark ${{N}}\n}}\n{SERVICE}"


def hundred_thousand_lines(folder):
    return lines_by_sequence(100_000)


def thousand_includes(folder):
    for number, block in enumerate(virtual_servers(1000, 1)):
        (folder / f"part{number}.conf").write_text(block)
    return "".join(f"include part{number}.conf\n" for number in range(1000))


CASES = {
    "255 instances, 20 addresses each": instances_with_addresses,
    "2,277 services, 16 servers each": services,
    "100,000 lines by ~SEQ": hundred_thousand_lines,
    "1,000 files included": thousand_includes,
}


def check(node, flavour, path):
    """(seconds, peak resident bytes) of one `keepalived -t`."""
    # Behind what makes the peer's surroundings, which are no part of it.
    *surroundings, program = flavour.command
    found = path.with_suffix(".measured")
    status = node.popen(*surroundings, MEASURED, found, program, "-t", "-f", path).wait()
    assert status == STATUS_OF_A_GOOD_FILE, f"{flavour.name} -t: {status}"
    nanoseconds, kibibytes = found.read_text().split()
    return int(nanoseconds) / 1e9, int(kibibytes) * 1024


def measure(flavours, runs):
    """Yields (case, flavour, seconds, bytes), the makes in turn."""
    with Lab() as lab:
        node = lab.node("router")
        for name, text in CASES.items():
            folder = lab.folder / f"case{list(CASES).index(name)}"
            folder.mkdir()
            path = folder / "keepalived.conf"
            path.write_text(text(folder))
            for run in range(runs):
                for flavour in flavours if run % 2 == 0 else flavours[::-1]:
                    yield name, flavour, *check(node, flavour, path)


def growth(flavour, counts, runs):
    """count -> (seconds, bytes) of that many lines by ~SEQ; the best of the runs, as nothing makes a run faster than it is."""
    with Lab() as lab:
        node = lab.node("router")
        found = {}
        for count in counts:
            path = lab.folder / f"{count}.conf"
            path.write_text(lines_by_sequence(count))
            samples = [check(node, flavour, path) for _ in range(runs)]
            found[count] = min(seconds for seconds, _ in samples), max(size for _, size in samples)
        return found
