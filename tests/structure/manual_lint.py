#!/usr/bin/python3
"""The manual pages have no fault that mandoc knows of (`mandoc -Tlint`), and groff formats them without a warning.

usage: manual_lint.py PAGE...    exit status 1 and the complaints; 77 when neither program is there
"""
import shutil
import subprocess
import sys

CHECKS = {"mandoc": ["mandoc", "-Tlint", "-Wwarning"], "groff": ["groff", "-mandoc", "-Tutf8", "-ww", "-z"]}


def main(pages):
    present = [command for program, command in CHECKS.items() if shutil.which(program)]
    if not present:
        print("skipped: neither mandoc nor groff is installed")
        return 77
    complaints = ""
    for command in present:
        done = subprocess.run([*command, *pages], capture_output=True, text=True, check=False)
        complaints += done.stderr if command[0] == "groff" else done.stdout + done.stderr
    print(complaints, end="")
    return 1 if complaints else 0


sys.exit(main(sys.argv[1:]))
