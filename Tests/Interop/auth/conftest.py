"""Servers for the tests of the auth contract, one for each set of settings, each on a database of its own."""

import itertools
import json

import pytest

from interop.stack import Cluster

from .driver import Driver


@pytest.fixture(scope="session")
def auth_cluster():
    cluster = Cluster("auth", with_redis=False)
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def serve(auth_cluster):
    """A server with these settings; the same settings give the same server, `fresh` one of the test's own."""
    servers = {}
    numbers = itertools.count(1)

    def make(fresh=False, **settings):
        key = (next(numbers) if fresh else 0, json.dumps(settings, sort_keys=True))
        if key not in servers:
            servers[key] = Driver(auth_cluster, f"auth_{next(numbers)}", **settings)
        return servers[key]

    yield make
    for server in servers.values():
        server.stop()


@pytest.fixture()
def auth(serve):
    """A server with the usual settings."""
    return serve()
