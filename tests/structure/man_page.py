#!/usr/bin/python3
"""Checks that keepalived(8) and `keepalived --help` name the same options.

usage: man_page.py KEEPALIVED MAN_PAGE    exit status 1 and one line a difference
"""
import re
import subprocess
import sys


def main(program, page):
    told = set(re.findall(r"--([a-z_-]+)", subprocess.run([program, "--help"], capture_output=True, text=True).stderr))
    text = open(page, encoding="utf-8").read()
    written = set()
    for line in re.findall(r"^\.It (Fl .*)$", text, re.MULTILINE):
        written |= set(re.findall(r"Fl -([a-z_-]+)", line))
    for option in sorted(told ^ written):
        print(f"--{option}: only in {'the help' if option in told else 'the manual page'}")
    return 1 if told != written or not told else 0


sys.exit(main(*sys.argv[1:]))
