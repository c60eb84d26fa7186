"""Programs that are not ours judge the built binaries, on real private servers.

The binaries are looked for in MAINSTAY_BIN_DIR (default: bin/ of the repository). Ports are free ones and data lives in /tmp, so
that several runs get along; MAINSTAY_KEEP=1 keeps the folders with all logs.
"""

import collections

import pytest

from interop.api import Team
from interop.receiver import Receiver
from interop.stack import Cluster


@pytest.fixture(scope="session")
def cluster():
    """PostgreSQL and Redis for everything that leaves them alone."""
    cluster = Cluster("interop")
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def installation(cluster):
    """A migrated installation with one `serve` and one `worker`, which no test stops."""
    environment = cluster.environment("story")
    environment.server = environment.serve()
    environment.worker()
    return environment


@pytest.fixture(scope="session")
def server_cluster():
    """Stores for tests of the server itself, which freeze them."""
    cluster = Cluster("server")
    yield cluster
    cluster.stop()


@pytest.fixture()
def environment(server_cluster):
    """An installation of one test's own, nothing of it started; modules may have another."""
    environment = server_cluster.environment("server")
    yield environment
    server_cluster.redis.thaw()
    server_cluster.postgres.thaw()
    environment.stop()


@pytest.fixture()
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture()
def team(installation):
    """A new team: plans limit how many queues one may have."""
    return Team(installation.base_url)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Shows the ends of the processes' logs below a failure."""
    report = yield
    if report.failed:
        for name in ("installation", "environment"):
            environment = item.funcargs.get(name) if hasattr(item, "funcargs") else None
            for child in getattr(environment, "children", []):
                report.sections.append((child.name, child.tail()))
    return report


def pytest_terminal_summary(terminalreporter):
    """The files that take longest: where a faster run has to begin."""
    seconds = collections.Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if hasattr(report, "duration") and hasattr(report, "nodeid"):
                seconds[report.nodeid.split("::")[0]] += report.duration
    terminalreporter.section("slowest 10 files")
    for name, duration in seconds.most_common(10):
        terminalreporter.write_line(f"{duration:7.1f}s {name}")
