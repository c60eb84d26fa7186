"""Behind a pooler roles and listening are lost: that is said at start, and by doctor, whether or not the pooler says it."""

import json
import os
import shutil
import subprocess

import pytest

from interop.children import Child
from interop.ports import free_port
from interop.postgres import OWNER, PASSWORD
from interop.waiting import wait_until

pytestmark = pytest.mark.skipif(not shutil.which("pgbouncer", path="/usr/sbin:/usr/bin"), reason="pgbouncer is missing: apt-get install pgbouncer")


def pgbouncer(environment, ignored):
    """The URL of the environment's database through PgBouncer in transaction mode."""
    port = free_port()
    folder = f"{environment.cluster.postgres.folder}-pgbouncer-{port}"
    os.makedirs(folder)
    with open(f"{folder}/users", "w", encoding="utf-8") as users:
        users.write(f'"{OWNER}" "{PASSWORD}"\n')
    with open(f"{folder}/pgbouncer.ini", "w", encoding="utf-8") as settings:
        settings.write(f"""
[databases]
* = host=127.0.0.1 port={environment.cluster.postgres.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users
pool_mode = transaction
ignore_startup_parameters = {ignored}
""")
    user = environment.cluster.postgres.user
    if user:
        subprocess.run(["chown", "-R", user, folder], check=True)
    child = Child("pgbouncer", ["/usr/sbin/pgbouncer", f"{folder}/pgbouncer.ini"], f"{folder}.log", user=user)
    environment.children.append(child)
    wait_until(lambda: "process up" in child.output(), 10, lambda: f"PgBouncer is up. {child.tail()}")
    return environment.postgres.url(environment.database).replace(f":{environment.cluster.postgres.port}/", f":{port}/")


@pytest.mark.parametrize("ignored", ["extra_float_digits", "extra_float_digits,options"])
def test_nothing_starts_behind_a_pooler(environment, ignored):
    """Neither one that refuses what it does not know nor one that passes over it."""
    url = pgbouncer(environment, ignored)
    for command in ("serve", "worker"):
        child = environment.start(command, DATABASE_URL=url)
        assert child.wait(30) == 1
        assert "past poolers" in child.output(), child.tail()
    report = json.loads(environment.run("doctor", "--json", check=False, DATABASE_URL=url).stdout)
    problems = [finding for finding in report["findings"] if finding["level"] == "problem" and finding["check"].startswith("postgresql.")]
    assert any("past poolers" in f"{finding['seen']} {finding['remedy']}" for finding in problems), report
