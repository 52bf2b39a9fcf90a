"""Inside the guest the tests find the laboratory, and in it the box of the balancer."""
import pathlib
import re
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import Lab  # noqa: E402
from lab.balancer import Checked, Fifo, ipvsadm  # noqa: E402
from lab.second_try import pytest_terminal_summary  # noqa: E402,F401


@pytest.fixture(scope="module")
def lab():
    with Lab() as made:
        yield made


class Director:
    """A box with an empty table, for one test: `checked` holds its scripts; everything else is the node's own."""

    def __init__(self, node, name):
        self._node = node
        self.name_of_test = name
        self.checked = Checked(node.folder / f"{name}-checks")

    def __getattr__(self, name):
        return getattr(self._node, name)

    def start(self, configuration, **more):
        return self._node.keepalived(configuration, name=self.name_of_test, **more)

    def fifo(self):
        return Fifo(self.checked.folder / "fifo")


@pytest.fixture
def director(lab, request):
    """Whatever a test leaves in its table is flushed."""
    node = lab.node("director")
    started = len(node.daemons)
    yield Director(node, re.sub(r"\W+", "-", request.node.name))
    for daemon in node.daemons[started:]:
        if daemon.is_running():
            daemon.kill()
    ipvsadm(node, "-C")
