"""Private stores, and the processes under test on a database of their own."""

import base64
import itertools
import os
import secrets
import shutil
import signal
import tempfile

import requests

from .children import Child, run
from .ports import free_port
from .postgres import PostgresServer
from .redis_server import RedisServer
from .waiting import wait_until

OUR_VARIABLES = {
    "HOST", "PORT", "BASE_URL", "BETTER_AUTH_URL", "DATABASE_URL", "REDIS_URL", "BETTER_AUTH_SECRET", "BETTER_AUTH_TRUSTED_ORIGINS",
    "TRUSTED_PROXIES", "ENCRYPTION_KEYS", "LOG_LEVEL", "LOG_FORMAT", "SMTP_URL", "MAIL_FROM", "OUTGOING_ALLOW", "SHUTDOWN_GRACE",
    "POOL_MAX", "WORKER_CONCURRENCY", "MAIL_TEMPLATES", "AUTH_RATE_LIMIT", "CORS_ORIGINS", "METRICS_TOKEN", "METRICS_PORT",
    "REQUEST_TIMEOUT", "LOG_SLOW_QUERIES",
}


def binary(name):
    repository = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    path = os.path.join(os.environ.get("MAINSTAY_BIN_DIR") or os.path.join(repository, "bin"), name)
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"{path} is missing: run `make build`, or set MAINSTAY_BIN_DIR")
    return path


class Cluster:
    """One PostgreSQL and one Redis in a folder of /tmp (short: socket paths have a limit)."""

    def __init__(self, name, with_redis=True, postgres_settings=None):
        self.folder = tempfile.mkdtemp(prefix=f"mainstay-{name}-", dir="/tmp")
        os.chmod(self.folder, 0o755)
        self._numbers = itertools.count(1)
        self._environments = []
        self.postgres = self.redis = None
        try:
            self.postgres = PostgresServer(f"{self.folder}/pg", postgres_settings)
            if with_redis:
                self.redis = RedisServer(f"{self.folder}/redis")
        except BaseException:
            self.stop()
            raise

    def environment(self, name, migrated=True, **settings):
        """A new database and an unused number of Redis."""
        environment = Environment(self, f"{name}_{next(self._numbers)}", settings)
        self._environments.append(environment)
        if migrated:
            environment.migrate()
        return environment

    def stop(self):
        for environment in self._environments:
            environment.stop()
        for server in (self.redis, self.postgres):
            if server:
                server.stop()
        if not os.environ.get("MAINSTAY_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)


class Environment:
    """What one installation is: a database, a Redis, secrets, an address; and its processes."""

    _redis_numbers = itertools.count(1)

    def __init__(self, cluster, name, settings):
        self.cluster = cluster
        self.postgres = cluster.postgres
        self.database = name
        self.postgres.create_database(name)
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.redis_number = next(self._redis_numbers) % 256
        self.secret = secrets.token_urlsafe(36)
        self.settings = {
            "DATABASE_URL": self.postgres.url(name),
            "BETTER_AUTH_SECRET": self.secret,
            "ENCRYPTION_KEYS": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "PORT": str(self.port),
            "BASE_URL": self.base_url,
            "OUTGOING_ALLOW": "127.0.0.0/8",
            # Every test signs up a user of its own, all from one address.
            "AUTH_RATE_LIMIT": "off",
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "info",
        }
        if cluster.redis:
            self.settings["REDIS_URL"] = cluster.redis.url(self.redis_number)
        self.settings.update(settings)
        self.children = []
        self._logs = itertools.count(1)

    def variables(self, **changes):
        """The whole environment of a process. A change to None leaves the variable out."""
        inherited = {name: value for name, value in os.environ.items() if name not in OUR_VARIABLES}
        ours = {name: value for name, value in {**self.settings, **changes}.items() if value is not None}
        return {**inherited, **ours}

    def run(self, *arguments, timeout=60, check=True, cwd=None, **changes):
        return run(
            [binary("mainstay"), *arguments], env=self.variables(**changes), timeout=timeout, check=check, cwd=cwd or self.cluster.folder)

    def migrate(self):
        self.run("migrate")

    def start(self, command, *arguments, cwd=None, **changes):
        """Starts a command without waiting for anything, where no `.env` is unless `cwd` has one."""
        child = Child(
            f"mainstay {command}", [binary("mainstay"), command, *arguments],
            f"{self.cluster.folder}/{self.database}-{command}-{next(self._logs)}.log", env=self.variables(**changes),
            cwd=cwd or self.cluster.folder)
        self.children = [child for child in self.children if child.is_running] + [child]
        return child

    def serve(self, **changes):
        """Starts `serve` and waits until it is ready."""
        child = self.start("serve", **changes)
        self.wait_until_ready(child, changes.get("BASE_URL", self.base_url))
        return child

    @staticmethod
    def wait_until_ready(child, url):
        def ready():
            assert child.is_running, child.tail()
            try:
                return requests.get(f"{url}/ready", timeout=2).status_code == 200
            except requests.RequestException:
                return False

        wait_until(ready, 20, lambda: f"{url}/ready answers 200. {child.tail()}")

    def worker(self, **changes):
        """Starts `worker`; what it is there for happens when it is ready."""
        return self.start("worker", **changes)

    def sql(self, text, **options):
        return self.postgres.sql(text, database=self.database, **options)

    def row_counts(self):
        return self.postgres.row_counts(self.database)

    def table(self, *names):
        """The first of these tables that exists, whatever schema it is in."""
        rows = self.sql(
            "select c.relname, format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where c.relkind in ('r', 'p') and n.nspname !~ '^pg_'")
        found = dict(rows)
        for name in names:
            if name in found:
                return found[name]
        raise AssertionError(f"none of the tables {names} exists among {sorted(found)}")

    def stop(self):
        # How they end by themselves is the business of tests about it.
        for child in self.children:
            child.end(signal.SIGKILL)
        self.children = []
