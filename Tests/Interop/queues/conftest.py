"""A private redis-server and the `bullmq` binary, for the tests that talk to us through other people's clients.

MAINSTAY_BIN_DIR says where the binary is (default: bin/ at the repository's root), QUEUE_SERVER which server to use: any that speaks
Redis, such as valkey-server.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
import uuid

import pytest

from driver import Driver
from interop.ports import free_port
from tools import binary

SERVER = os.environ.get("QUEUE_SERVER", "redis-server")


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory):
    """URL of a redis-server that lives for the session."""
    if not shutil.which(SERVER):
        pytest.fail(f"{SERVER} is not installed")
    port = free_port()
    folder = tmp_path_factory.mktemp("redis")
    server = subprocess.Popen(
        [SERVER, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            break
        except OSError:
            time.sleep(0.02)
    yield f"redis://127.0.0.1:{port}"
    server.kill()
    server.wait()


@pytest.fixture
def queue_name():
    return "i" + uuid.uuid4().hex


class Tool:
    """The `bullmq` command on one queue."""

    def __init__(self, url: str, queue: str):
        self.url, self.queue = url, queue
        self.workers = []

    def _line(self, verb: str, *rest: str) -> list:
        return [binary("bullmq"), verb, "--queue", self.queue, "--redis", self.url, *rest]

    def run(self, verb: str, *rest: str, stdin: str = "") -> str:
        done = subprocess.run(self._line(verb, *rest), input=stdin, capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def work(self, command: str, *rest: str) -> subprocess.Popen:
        worker = subprocess.Popen(self._line("work", "--exec", command, *rest))
        self.workers.append(worker)
        return worker

    def stop(self):
        for worker in self.workers:
            if worker.poll() is None:
                worker.send_signal(signal.SIGTERM)
        for worker in self.workers:
            assert worker.wait(timeout=40) == 0


@pytest.fixture
def tool(redis_url, queue_name):
    tool = Tool(redis_url, queue_name)
    yield tool
    tool.stop()


@pytest.fixture(scope="session")
def driver_path():
    return binary("queue-driver")


@pytest.fixture(scope="session")
def driver(redis_url, driver_path):
    """Our library, operation by operation."""
    driver = Driver(driver_path, redis_url)
    yield driver
    driver.close()
