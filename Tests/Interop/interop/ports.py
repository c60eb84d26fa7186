"""Free TCP ports."""

import os
import random
import socket

_generator = random.SystemRandom()
_given = set()
FIRST, END = 15000, 32000


def _range():
    """Each of the processes that share a run has ports of its own."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    size = (END - FIRST) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return FIRST + worker * size, FIRST + (worker + 1) * size


def free_port():
    """A port nobody listens on, below the range that outgoing connections are given, so that it stays free until it is used.

    No port is given twice: what still dials a server that is gone (a worker with attempts left) never reaches another test's.
    """
    for _ in range(500):
        port = _generator.randrange(*_range())
        if port in _given:
            continue
        with socket.socket() as probe:
            # As servers do: a port in TIME_WAIT is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("", port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise RuntimeError(f"no free port between {FIRST} and {END}")
