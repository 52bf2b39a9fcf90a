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
    "keepalived": {"lib", "conf", "report"} | SUBSYSTEMS,
    "tests": {"lib", "conf", "report", "keepalived", "tests"} | SUBSYSTEMS,
}
# The one header of a subsystem which observers may read, and what it is made of.
OBSERVED = re.compile(r"^(?:%s)/(?:rows\.hpp|protocol/state\.hpp)$" % "|".join(sorted(SUBSYSTEMS)))

PURE = re.compile(r"^(?:\w+/(?:protocol|quorum)/|lagg/plan|arpd/policy)")
IMPURE_HEADER = re.compile(r"^(?:boost/asio|boost/beast|netlink/|libnl|syslog\.h|sys/|linux/|net/|netinet/|unistd\.h|fcntl\.h|poll\.h|signal\.h)")
IMPURE_FOLDER = re.compile(r"^lib/(?:netlink|process|log|board|smtp)/|^lib/net/(?:raw|socket|packet_socket)")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def sources(top):
    for folder in MAY_INCLUDE:
        for pattern in ("*.cpp", "*.hpp", "*.h"):
            yield from sorted((top / folder).rglob(pattern))


def violations_of(name, text, exists):
    """name: path from the top; exists(path): is it one of our headers?"""
    folder = name.split("/")[0]
    for bracket, header in INCLUDE.findall(text):
        target = header if exists(header) else None
        if bracket == '"' and target is None:
            local = str(pathlib.PurePosixPath(name).parent / header)
            if folder == "tests" and exists(local):
                continue  # a test may have helpers beside it
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
        if PURE.match(name):
            if target and IMPURE_FOLDER.match(target):
                yield f"{name}: a pure core must not include {target}"
            if not target and IMPURE_HEADER.match(header):
                yield f"{name}: a pure core must not include <{header}>"
        elif name.endswith(".hpp") and not target and folder != "tests" and header.startswith("boost/spirit"):
            yield f"{name}: grammars stay in one .cpp file, <{header}> is in a header"


def check(top):
    found = []
    for path in sources(top):
        name = path.relative_to(top).as_posix()
        found += violations_of(name, path.read_text(errors="replace"), lambda header: (top / header).is_file())
    return found


def self_test():
    """The rule itself: each of these files breaks it, or does not."""
    ours = {"lib/net/address.hpp", "vrrp/rows.hpp", "vrrp/child.hpp", "conf/model.hpp", "lib/netlink/socket.hpp"}
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
        ("vrrp/x.cpp", "#include <sys/socket.h>", 0),
        ("conf/x.hpp", "#include <boost/spirit/home/x3.hpp>", 1),
    ]
    for name, text, expected in cases:
        found = list(violations_of(name, text, ours.__contains__))
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
