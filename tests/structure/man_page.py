#!/usr/bin/python3
"""Checks that a manual page and its program name the same options.

usage: man_page.py PAGE PROGRAM [COMMAND...]    exit status 1 and one line a difference
With COMMANDs, the help of each is asked for too, and each must have its line in the page.
"""
import re
import subprocess
import sys

ALWAYS = {"help", "version"}  # named once for all commands


def help_of(*words):
    done = subprocess.run([*words, "--help"], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def main(page, program, *commands):
    told = set()
    for words in ([program], *([program, command] for command in commands)):
        told |= set(re.findall(r"(?<![\w-])--([a-z_-]+)", help_of(*words)))
    text = open(page, encoding="utf-8").read()
    written = set()
    for line in re.findall(r"^\.It (Fl .*)$", text, re.MULTILINE):
        written |= set(re.findall(r"Fl -([a-z_-]+)", line))
    if commands:
        told -= ALWAYS
    differences = [f"--{option}: only in {'the help' if option in told else 'the manual page'}"
                   for option in sorted(told ^ written)]
    listed = re.findall(r"^  ([a-z][a-z-]*)  +\S", help_of(program), re.MULTILINE) if commands else []
    differences += [f"{command}: not asked for" for command in listed if command not in commands]
    differences += [f"{command}: not in the manual page" for command in commands
                    if not re.search(rf"^\.It Cm {command}\b", text, re.MULTILINE)]
    print("\n".join(differences))
    return 1 if differences or not told else 0


sys.exit(main(*sys.argv[1:]))
