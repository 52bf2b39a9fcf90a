"""Waiting for conditions, never for time."""
import time


class TimedOut(AssertionError):
    """A condition did not come true in time."""


def eventually(condition, within=10.0, what=None, every=0.01):
    """The first true value of condition(); an assertion failure after `within` seconds, saying `what` (text or callable)."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            explanation = what() if callable(what) else what
            raise TimedOut(f"not within {within} s: {explanation or getattr(condition, '__name__', condition)}")
        time.sleep(every)


def never(condition, during, what=None, every=0.02):
    """condition() stays false for `during` seconds."""
    deadline = time.monotonic() + during
    while time.monotonic() < deadline:
        value = condition()
        assert not value, f"{what or condition}: {value}"
        time.sleep(every)
