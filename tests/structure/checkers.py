#!/usr/bin/python3
"""Checks that a kind of checker is one file in check/: what an attempt is stands in check/probe/KIND.cpp and nowhere else.

usage: checkers.py [SOURCE_DIR]    exit status 1 and one line a violation

Besides its own file a kind may be named in check/continuation.cpp (by which settings a reload knows a checker again, where
the default does not do). Kinds without attempts, whose state comes from outside, are named where their events come in.
"""
import pathlib
import re
import sys

FROM_OUTSIDE = {"BfdCheck", "FileCheck"}
# What the process gets ready once, before there is any attempt: the TLS context, the range of groups that may ping.
ALSO = {"HttpCheck": {"check/child/shell.cpp"}, "PingCheck": {"check/child/shell.cpp"}}


def kinds(top):
    text = (top / "conf/model_lvs.hpp").read_text()
    return re.findall(r"\w+", re.search(r"using CheckKind =\s*std::variant<([^>]*)>", text)[1])


def violations(top):
    sources = {str(path.relative_to(top)): path.read_text() for path in sorted((top / "check").rglob("*.[ch]pp"))}
    found = kinds(top)
    if not found:
        yield "conf/model_lvs.hpp: no kinds of checkers found"
    for kind in found:
        if kind in FROM_OUTSIDE:
            continue
        own = [name for name, text in sources.items() if re.search(rf"\bkind_index<conf::{kind}>", text)]
        if len(own) > 1:
            yield f"{kind}: registered in {len(own)} files: {' '.join(own)}"
        for name, text in sources.items():
            if re.search(rf"\bconf::{kind}\b", text) and name not in {*own, "check/continuation.cpp", *ALSO.get(kind, ())}:
                yield f"{name}: knows {kind}, which belongs into its own file in check/probe"


def main():
    top = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    lines = list(violations(top))
    print("\n".join(lines))
    sys.exit(1 if lines else 0)


if __name__ == "__main__":
    main()
