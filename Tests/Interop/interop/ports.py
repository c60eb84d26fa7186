"""Free TCP ports."""

import random
import socket

_generator = random.SystemRandom()
_given = set()


def free_port():
    """A port nobody listens on, below the range that outgoing connections are given, so that it stays free until it is used.

    No port is given twice: what still dials a server that is gone (a worker with attempts left) never reaches another test's.
    """
    for _ in range(500):
        port = _generator.randrange(15000, 32000)
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
    raise RuntimeError("no free port between 15000 and 32000")
