"""Waiting on conditions, never on the clock."""

import time

POLL = 0.02


def wait_until(condition, timeout, what):
    """Ask until `condition()` is true and return its value; fail with `what` (text or function) after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            text = what() if callable(what) else what
            raise AssertionError(f"not within {timeout} s: {text}")
        time.sleep(POLL)
