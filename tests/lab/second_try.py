"""What failed once and passed at the second try, told in full: a test of real time on a busy machine may miss its moment
once, but it must not be forgotten (doc/testing.md). For conftest.py: from lab.second_try import pytest_terminal_summary"""

MARK = "PASSED AT THE SECOND TRY:"  # what ./run test looks for


def pytest_terminal_summary(terminalreporter):
    stats = terminalreporter.stats
    passed = {report.nodeid for report in stats.get("passed", ())}
    for report in stats.get("rerun", ()):
        if report.nodeid not in passed:
            continue  # it stands below FAILURES
        terminalreporter.section(report.nodeid)
        terminalreporter.line(report.longreprtext)
        for title, text in report.sections:
            terminalreporter.line(f"--- {title}\n{text}")
        terminalreporter.line(f"{MARK} {report.nodeid}")
