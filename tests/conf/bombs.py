#!/usr/bin/python3
"""Configurations made to take a reader down: each ends in an error within a second of processor time and 200 MB.

usage: bombs.py KEEPALIVED
The limits are the kernel's, for the process that reads: it is killed, or runs out of memory, where one is passed.
"""
import pathlib
import resource
import subprocess
import sys
import tempfile

SECONDS = 1
BYTES = 200 << 20
LONGEST_REPORT = 4 << 20  # 2,000 problems are named, the rest is counted

LOOP = "include keepalived.conf\n"
DOUBLING = "$A0=x{}\n" + "".join(f"$A{n}=${{A{n - 1}}}${{A{n - 1}}}\n" for n in range(1, 40)) + "router_id ${A39}\n"
LINES = "$M0=a \\\nb\n" + "".join(f"$M{n}=$M{n - 1} \\\n$M{n - 1}\n" for n in range(1, 40)) + "$M39\n"
NAMES = ("$S=vrrp_script long_name_$N { \\\nscript /bin/true \\\n}\n~SEQ(N, 1, 20000) $S\n"
         "vrrp_instance V {\ntrack_script {\n~SEQ(N, 1, 50000) lnog_name_$N\n}\n}\n")

BOMBS = {
    "an include of itself": LOOP,  # no error, as in the reference, which stops when it has no descriptor left
    "an include of itself, twice": LOOP * 2,
    "includes of each other": {"keepalived.conf": "include a.conf\n" * 4, "a.conf": "include keepalived.conf\n" * 4},
    "a tree of includes": {"keepalived.conf": "include f0.conf\n", "f6.conf": "x\n",
                           **{f"f{n}.conf": f"include f{n + 1}.conf\n" * 8 for n in range(6)}},
    "a pattern that includes itself": "include k*.conf\n" * 8,
    "alternatives without end": "include " + "{a,b}" * 60 + "\n",
    "a pattern over the whole file system": "include /{proc,sys,usr}/*/*/*/*/*/*/*/*\n",
    "a pattern of stars": "include " + "*a" * 200 + "\n",
    "a repetition of a billion lines": "~SEQ(V, 1, 1000000000) x$V\n",
    "a repetition to the last number there is": "~SEQ(V, 1, 9223372036854775807) $A=x\n",
    "a billion by nesting": "~SEQ(A, 1, 1000) ~SEQ(B, 1, 1000) ~SEQ(C, 1, 1000) x { y }\n",
    "an include repeated": "~SEQ(V, 1, 1000000000) include keepalived.conf\n",
    "a definition of itself": "$A=$A $A\n$A\n",
    "definitions of each other": "$A=x $B\n$B=y $A\n$A\n",
    "a text that doubles": DOUBLING,
    "lines that double": LINES,
    "a hundred thousand blocks in each other": "a {\n" * 100_000,
    "a hundred thousand known blocks in each other": "virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.1 80 {\n" * 50_000,
    "a hundred thousand braces on lines": ("{" * 1000 + "\n") * 100,
    "half a million unknown keywords": "global_defs {\n~SEQ(N, 1, 500000) router_ix$N\n}\n",
    "misspelt names among as many": NAMES,
    "a thousand references in error on a line": "$A=${_RANDOM x}\n" + ("$A " * 300 + "\n") * 2000,
    "a line of fifty megabytes": "x" * (50 << 20),
    "fifty megabytes of nothing": "\0" * (50 << 20),
}

HARMLESS = {"an include of itself", "a pattern of stars"}  # status 0: the first as the reference, the second matches nothing


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def judge(program, folder, name, text):
    """What is wrong with how the program takes this text; empty when nothing is."""
    path = folder / "keepalived.conf"
    for file, content in text.items() if isinstance(text, dict) else [(path.name, text)]:
        (folder / file).write_text(content)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([program, "-t", "-f", path], capture_output=True, preexec_fn=limit, cwd=folder, timeout=120, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"  {spent:.2f} s, status {done.returncode}")
    if done.returncode not in ((0, 2, 4, 5, 6) if name in HARMLESS else (2, 4, 5, 6)):
        return f"status {done.returncode}: {done.stderr[-300:]!r}"
    if not done.stderr and name not in HARMLESS:
        return "no word of it"
    if len(done.stderr) > LONGEST_REPORT:
        return f"{len(done.stderr)} bytes of report"
    return ""


def main(program):
    program = pathlib.Path(program).absolute()
    failed = 0
    for name, text in BOMBS.items():
        with tempfile.TemporaryDirectory() as folder:
            print(name, flush=True)
            if flaw := judge(program, pathlib.Path(folder), name, text):
                print(f"  FAILED: {flaw}")
                failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
