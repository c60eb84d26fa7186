"""A private PostgreSQL, durable as in production, and SQL through psql."""

import contextlib
import csv
import glob
import io
import os
import pwd
import re
import shutil
import signal
import subprocess

from .children import Child, run
from .ports import free_port
from .waiting import wait_until

OWNER, PASSWORD = "interop", "interop-password"


class SQLError(Exception):
    """What psql said; `state` is the SQLSTATE."""

    def __init__(self, text):
        super().__init__(text)
        found = re.search(r"(?:ERROR|FATAL):  ([0-9A-Z]{5}):", text)
        self.state = found.group(1) if found else None


def tool(name):
    """The newest server's tool; Debian keeps them out of PATH."""
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda path: int(path.split("/")[4]))
    path = found[-1] if found else shutil.which(name)
    if not path:
        raise RuntimeError(f"{name} is missing: install postgresql")
    return path


class PostgresServer:
    """One cluster. `OWNER` may create roles and databases' content, but is no superuser, as at any hosting company."""

    def __init__(self, folder, settings=None):
        self.folder = folder
        self.settings = {
            "listen_addresses": "127.0.0.1", "fsync": "on", "synchronous_commit": "on", "max_connections": "200", "shared_buffers": "64MB",
            "timezone": "UTC", **(settings or {}),
        }
        self.port = free_port()
        # PostgreSQL refuses root.
        self.user = "postgres" if os.geteuid() == 0 else None
        self.child = None
        os.makedirs(folder, mode=0o755)
        if self.user:
            account = pwd.getpwnam(self.user)
            os.chown(folder, account.pw_uid, account.pw_gid)
        run([tool("initdb"), "-D", f"{folder}/data", "-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync"], user=self.user)
        self.start()
        self.sql(f"create role {OWNER} login createrole password '{PASSWORD}'")

    def start(self):
        self.child = Child(
            "postgres",
            [tool("postgres"), "-D", f"{self.folder}/data", "-k", self.folder, "-p", str(self.port),
             *(part for name, value in self.settings.items() for part in ("-c", f"{name}={value}"))],
            f"{self.folder}.log", user=self.user, death_signal=signal.SIGQUIT)
        wait_until(self._is_ready, 30, lambda: f"PostgreSQL accepts connections. {self.child.tail()}")

    def _is_ready(self):
        assert self.child.is_running, self.child.tail()
        ready = [tool("pg_isready"), "-q", "-h", self.folder, "-p", str(self.port)]
        return subprocess.run(ready, check=False).returncode == 0

    def restart_immediately(self):
        """As after a crash: every connection is cut, nothing is flushed, and the next start recovers from the log."""
        self.child.send(signal.SIGQUIT)
        self.child.wait(20)
        self.start()

    def _signal(self, number):
        """To the postmaster and every process of its own: PostgreSQL's children have their own sessions but are its children."""
        with open(f"{self.folder}/data/postmaster.pid", encoding="utf-8") as file:
            postmaster = int(file.readline())
        children = subprocess.run(["pgrep", "-P", str(postmaster)], capture_output=True, text=True, check=False).stdout.split()
        os.kill(postmaster, number)
        for pid in map(int, children):
            with contextlib.suppress(ProcessLookupError):  # one that ended meanwhile
                os.kill(pid, number)

    def freeze(self):
        self._signal(signal.SIGSTOP)

    def thaw(self):
        self._signal(signal.SIGCONT)

    def stop(self):
        """At once: its data is thrown away."""
        if self.child:
            self.child.end(signal.SIGQUIT)

    def url(self, database, password=PASSWORD, port=None):
        return f"postgresql://{OWNER}:{password}@127.0.0.1:{port or self.port}/{database}"

    def create_database(self, name):
        self.sql(f"create database {name} owner {OWNER}")

    def sql(self, text, database="postgres", role=None, organization=None):
        """Rows as lists of texts, of the superuser's eyes unless `role` is given.

        With `organization`, the statements run in a transaction that belongs to it, as the application's do.
        """
        script = text
        if organization is not None:
            tenant = organization.replace("'", "''")
            script = (f"begin;\n\\o /dev/null\nselect set_config('app.organization_id', '{tenant}', true);\n\\o\n{text};\ncommit;\n")
        env = dict(os.environ, PGOPTIONS=f"-c role={role}" if role else "")
        result = subprocess.run(
            [tool("psql"), "-X", "-q", "-t", "--csv", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "-h", self.folder,
             "-p", str(self.port), "-U", "postgres", "-d", database, "-f", "-"],
            input=script, capture_output=True, text=True, env=env, timeout=60, check=False)
        if result.returncode != 0:
            raise SQLError(result.stderr.strip())
        return list(csv.reader(io.StringIO(result.stdout)))

    def row_counts(self, database):
        """How many rows each table has; a partitioned table counts for its partitions."""
        tables = self.sql(
            "select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^(pg_|information_schema)' order by 1", database)
        counts = " union all ".join(f"select '{name}', (select count(*) from {name})" for (name,) in tables)
        return {name: int(count) for name, count in self.sql(counts, database)}

    def locked(self, table, database, mode="share"):
        """A context in which `table` is locked by somebody else."""
        return _Lock(self, table, database, mode)


class _Lock:
    def __init__(self, server, table, database, mode):
        self.command = [tool("psql"), "-X", "-q", "-t", "-A", "-h", server.folder, "-p", str(server.port), "-U", "postgres", "-d", database]
        self.script = f"begin;\nlock table {table} in {mode} mode;\n\\echo locked\n"

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.process.stdin.write(self.script)
        self.process.stdin.flush()
        line = self.process.stdout.readline().strip()
        assert line == "locked", line
        return self

    def __exit__(self, *_):
        # Ending the session ends its transaction, and with it the lock.
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()
