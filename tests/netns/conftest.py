"""Fixtures of the namespace tests, and the reasons to skip them."""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import lab as laboratory  # noqa: E402
from lab.second_try import pytest_terminal_summary  # noqa: E402,F401

LONG = bool(os.environ.get("KEEPALIVED_TEST_LONG"))


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes longer than a test run may; only with ./run test --long")
    config._unprivileged = laboratory.privileged()


def pytest_collection_modifyitems(config, items):
    for item in items:
        if config._unprivileged:
            item.add_marker(pytest.mark.skip(reason=config._unprivileged))
        elif item.get_closest_marker("long") and not LONG:
            item.add_marker(pytest.mark.skip(reason="only with --long"))


@pytest.fixture
def lab(request):
    """An empty lab; its logs are shown when the test fails."""
    made = laboratory.Lab()
    yield made
    report = getattr(request.node, "report_of_call", None)
    if report is not None and report.failed:
        print(made.logs())
    made.close()


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    if outcome.get_result().when == "call":
        item.report_of_call = outcome.get_result()


@pytest.fixture
def ours():
    return _available(laboratory.OURS)


@pytest.fixture
def debian():
    return _available(laboratory.DEBIAN)


def _available(flavour):
    reason = flavour.available()
    if reason:
        pytest.skip(reason)
    return flavour


def pytest_sessionfinish(session, exitstatus):
    """All skipped is not passed: ctest knows 77 as skipped."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    counts = {kind: len(reporter.stats.get(kind, ())) for kind in ("passed", "failed", "error", "skipped")}
    if exitstatus == 0 and counts["skipped"] and not counts["passed"]:
        session.exitstatus = 77


@pytest.fixture(scope="session")
def under_test():
    return _available(laboratory.OURS)
