#!/usr/bin/python3
"""Checks the arrows of the dependency rule: who may include whom, and what the pure cores must not see.

usage: includes.py [SOURCE_DIR]    exit status 1 and one line a violation
"""
import pathlib
import re
import sys

SUBSYSTEMS = {"vrrp", "check", "ipvs", "bfd", "lagg", "carp", "arpd"}

# Folder -> the folders it may include besides itself. check and ipvs are one subsystem in two folders.
MAY_INCLUDE = {
    "lib": set(),
    "conf": {"lib"},
    "vrrp": {"lib", "conf"},
    "check": {"lib", "conf", "ipvs"},
    "ipvs": {"lib", "conf", "check"},
    "bfd": {"lib", "conf"},
    "lagg": {"lib", "conf"},
    "carp": {"lib", "conf"},
    "arpd": {"lib", "conf"},
    "report": {"lib", "conf"},
    "doc": {"conf"},  # the program that writes keepalived.conf(5)
    "keepalived": {"lib", "conf", "report"} | SUBSYSTEMS,
    "tests": {"lib", "conf", "report", "keepalived", "tests"} | SUBSYSTEMS,
}
# The one header of a subsystem which observers may read, and what it is made of.
OBSERVED = re.compile(r"^(?:%s)/(?:rows\.hpp|protocol/state\.hpp)$" % "|".join(sorted(SUBSYSTEMS)))

# What design.md calls pure: folders and files of these names, in any subsystem.
PURE = re.compile(r"^\w+/(?:protocol|quorum|schedule|plan|policy)(?:/|_\w+\.|\.)")
# System headers which no pure core may see, be it through headers of ours.
IMPURE_HEADER = re.compile(r"^(?:boost/asio|boost/beast|netlink/|libnl|syslog\.h|sys/|linux/|net/|netinet/|unistd\.h|fcntl\.h|poll\.h|signal\.h)")
# Ours which do things; headers of plain values among them are no harm.
IMPURE_FOLDER = re.compile(r"^lib/(?:netlink|process|log|board|smtp)/|^lib/net/(?:raw|socket|packet_socket)")
VALUES = {"lib/log/level.hpp", "lib/process/exit_code.hpp", "lib/process/role.hpp"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def sources(top):
    for folder in MAY_INCLUDE:
        for pattern in ("*.cpp", "*.hpp", "*.h"):
            yield from sorted((top / folder).rglob(pattern))


def impurities(text, read, seen):
    """The includes behind a text which a pure core must not see, each with the header of ours it comes through."""
    for _, header in INCLUDE.findall(text):
        inner = read(header)
        if inner is None:
            if IMPURE_HEADER.match(header):
                yield f"<{header}>"
        elif header not in seen:
            seen.add(header)
            if IMPURE_FOLDER.match(header) and header not in VALUES:
                yield header
            else:
                yield from (found if " by " in found else f"{found} by {header}" for found in impurities(inner, read, seen))


def violations_of(name, text, read):
    """name: path from the top; read(path): the text of one of our headers, else None."""
    def exists(header):
        return read(header) is not None

    folder = name.split("/")[0]
    for bracket, header in INCLUDE.findall(text):
        target = header if exists(header) else None
        if bracket == '"' and target is None:
            local = str(pathlib.PurePosixPath(name).parent / header)
            if folder == "tests" and (exists(local) or exists(f"tests/support/{header}.in")):
                continue  # a test may have helpers beside it, or made by CMake
            if exists(local):
                yield f'{name}: "{header}" should be included by its path from the top'
            else:
                yield f'{name}: no such header of ours: "{header}"'
            continue
        if target:
            owner = target.split("/")[0]
            allowed = owner == folder or owner in MAY_INCLUDE[folder]
            if folder == "report" and owner in SUBSYSTEMS:
                allowed = bool(OBSERVED.match(target))
            if not allowed:
                yield f"{name}: {folder} must not know {target}"
        if name.endswith(".hpp") and not target and folder != "tests" and header.startswith("boost/spirit"):
            yield f"{name}: grammars stay in one .cpp file, <{header}> is in a header"
    if PURE.match(name):
        for found in impurities(text, read, {name}):
            yield f"{name}: a pure core must not include {found}"


def strangers(top):
    """Folders with sources which the rule does not name."""
    for folder in sorted(path for path in top.iterdir() if path.is_dir() and path.name not in {*MAY_INCLUDE, "build", ".git"}):
        if any(next(folder.rglob(pattern), None) for pattern in ("*.cpp", "*.hpp", "*.h")):
            yield f"{folder.name}: the dependency rule does not know this folder"


def check(top):
    texts = {}

    def read(header):
        if header not in texts:
            path = top / header
            texts[header] = path.read_text(errors="replace") if path.is_file() else None
        return texts[header]
    found = list(strangers(top))
    for path in sources(top):
        name = path.relative_to(top).as_posix()
        found += violations_of(name, read(name), read)
    return found


def self_test():
    """The rule itself: each of these files breaks it, or does not."""
    ours = {"lib/net/address.hpp": "", "vrrp/rows.hpp": "", "vrrp/child.hpp": '#include "lib/net/raw.hpp"', "conf/model.hpp": "",
            "lib/netlink/socket.hpp": "", "lib/log/level.hpp": "", "lib/net/raw.hpp": "#include <sys/socket.h>",
            "lib/net/deep.hpp": "#include <linux/if.h>"}
    cases = [
        ("lib/net/x.cpp", '#include "conf/model.hpp"', 1),
        ("conf/x.cpp", '#include "lib/net/address.hpp"', 0),
        ("conf/x.cpp", '#include "vrrp/rows.hpp"', 1),
        ("bfd/x.cpp", '#include "vrrp/rows.hpp"', 1),
        ("report/x.cpp", '#include "vrrp/rows.hpp"', 0),
        ("report/x.cpp", '#include "vrrp/child.hpp"', 1),
        ("keepalived/x.cpp", '#include "vrrp/child.hpp"', 0),
        ("vrrp/protocol/x.cpp", "#include <sys/socket.h>", 1),
        ("vrrp/protocol/x.cpp", "#include <boost/asio/io_context.hpp>", 1),
        ("vrrp/protocol/x.cpp", '#include "lib/netlink/socket.hpp"', 1),
        ("vrrp/protocol/x.cpp", '#include "lib/net/address.hpp"\n#include <vector>', 0),
        ("vrrp/protocol/x.cpp", '#include "lib/net/deep.hpp"', 1),
        ("vrrp/protocol_names.cpp", "#include <sys/socket.h>", 1),
        ("vrrp/x.cpp", "#include <sys/socket.h>", 0),
        ("keepalived/policy.cpp", '#include "lib/log/level.hpp"', 0),
        ("keepalived/policy_end.cpp", "#include <unistd.h>", 1),
        ("keepalived/x.cpp", "#include <unistd.h>", 0),
        ("check/x.cpp", '#include "vrrp/rows.hpp"', 1),
        ("lagg/plan.cpp", "#include <linux/if_link.h>", 1),
        ("arpd/policy.hpp", "#include <boost/asio/io_context.hpp>", 1),
        ("carp/x.cpp", '#include "vrrp/rows.hpp"', 1),
        ("conf/x.hpp", "#include <boost/spirit/home/x3.hpp>", 1),
    ]
    for name, text, expected in cases:
        found = list(violations_of(name, text, ours.get))
        assert len(found) == expected, (name, text, found)


def main():
    self_test()
    top = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = check(top)
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
