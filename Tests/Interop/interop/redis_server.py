"""A private Redis that writes its log, so that a clean stop loses nothing."""

import os
import shutil
import signal

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from .children import Child
from .ports import free_port
from .waiting import wait_until


class RedisServer:
    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.child = None
        os.makedirs(folder)
        self.start()

    def start(self):
        binary = shutil.which("redis-server") or shutil.which("valkey-server")
        if not binary:
            raise RuntimeError("redis-server is missing: install it")
        self.child = Child(
            "redis",
            [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder, "--appendonly", "yes", "--save", "",
             "--databases", "256"],
            f"{self.folder}.log")
        wait_until(self._is_ready, 15, lambda: f"Redis answers. {self.child.tail()}")

    def _is_ready(self):
        assert self.child.is_running, self.child.tail()
        try:
            return self.client().ping()
        except redis.exceptions.RedisError:
            return False

    def client(self, database=0):
        return redis.Redis(port=self.port, db=database, decode_responses=True, socket_timeout=5, retry=Retry(NoBackoff(), 0))

    def freeze(self):
        """SIGSTOP: connections stay open and nothing answers."""
        self.child.send(signal.SIGSTOP)

    def thaw(self):
        self.child.send(signal.SIGCONT)

    def url(self, database=0, credentials="", port=None):
        return f"redis://{credentials}127.0.0.1:{port or self.port}/{database}"

    def stop(self):
        """At once: its data is thrown away."""
        if self.child:
            self.child.end(signal.SIGKILL)
