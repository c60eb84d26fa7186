"""What a server keeps in its memory of keys, projects, queues and plans never outlives a change."""

import os
import signal
import threading
import time

import pytest
import requests

from interop.api import Team
from interop.stack import Cluster
from interop.waiting import wait_until

LISTENERS = "select pid from pg_stat_activity where datname = '{}' and query ilike 'listen%'"


@pytest.fixture(scope="module")
def environment():
    cluster = Cluster("cache")
    environment = cluster.environment("cache")
    environment.serve()
    yield environment
    cluster.stop()


@pytest.fixture()
def owner(environment):
    return Team(environment.base_url)


def listeners(environment):
    return [pid for (pid,) in environment.sql(LISTENERS.format(environment.database))]


def ping(owner, key):
    return owner.v1("GET", "/ping", key=key).status_code


@pytest.mark.parametrize(
    "change",
    [
        """delete from "apikey" where "id" = '{}'""",
        """update "apikey" set "enabled" = false where "id" = '{}'""",
        """update "apikey" set "expiresAt" = now() - interval '1 second' where "id" = '{}'""",
        """update "apikey" set "key" = 'another' where "id" = '{}'""",
    ])
def test_a_key_in_constant_use_is_refused_once_it_changes(environment, owner, change):
    """The change comes from outside the server, as another server's would."""
    created = owner.create_key()
    statuses = []
    stop = threading.Event()

    def use():
        session = requests.Session()
        while not stop.is_set():
            response = session.get(
                f"{environment.base_url}/v1/ping", headers={"authorization": f"Bearer {created['key']}"}, timeout=10)
            statuses.append((time.monotonic(), response.status_code))

    thread = threading.Thread(target=use)
    thread.start()
    try:
        wait_until(lambda: len(statuses) > 50, 10, "the key is in use")
        environment.sql(change.format(created["id"]))
        changed = time.monotonic()
        refused = wait_until(lambda: next((at for at, status in statuses if status == 401), None), 5, "the key is refused")
        print(f"refused {(refused - changed) * 1000:.0f} ms after the change")
        wait_until(lambda: statuses[-20][0] > refused, 10, "it is used some times more")
    finally:
        stop.set()
        thread.join()
    after = [status for at, status in statuses if at > refused]
    assert after and set(after) == {401}
    assert {status for at, status in statuses if at < refused} == {200}


def test_use_alone_tells_nobody(environment, owner):
    """Noting that a key was used must not empty every server's memory."""
    owner.me()
    body = environment.sql(
        "select pg_get_triggerdef(oid) from pg_trigger where tgname = 'apikey_notify'")[0][0]
    assert "lastRequest" not in body and "requestCount" not in body


def test_nothing_is_kept_while_changes_cannot_be_heard(environment, owner):
    created = owner.create_key()
    assert [ping(owner, created["key"]) for _ in range(3)] == [200] * 3
    (listener,) = wait_until(lambda: listeners(environment), 10, "one listening connection")
    # In one transaction, so that the server's ear is gone as the key is.
    environment.sql(
        f"""select pg_terminate_backend({listener}); delete from "apikey" where "id" = '{created["id"]}'""")
    wait_until(lambda: ping(owner, created["key"]) == 401, 5, "refused although nobody told")
    # It listens again, and hears again.
    wait_until(lambda: [pid for pid in listeners(environment) if pid != listener], 20, "another listening connection")
    again = owner.create_key()
    assert ping(owner, again["key"]) == 200
    environment.sql(f"""delete from "apikey" where "id" = '{again["id"]}'""")
    wait_until(lambda: ping(owner, again["key"]) == 401, 5, "refused again")


def test_a_listener_that_went_deaf_is_noticed(environment, owner):
    """Its connection stays open, and nothing comes through."""
    created = owner.create_key()
    assert [ping(owner, created["key"]) for _ in range(3)] == [200] * 3
    (listener,) = wait_until(lambda: listeners(environment), 10, "one listening connection")
    os.kill(int(listener), signal.SIGSTOP)
    try:
        environment.sql(f"""delete from "apikey" where "id" = '{created["id"]}'""")
        wait_until(lambda: ping(owner, created["key"]) == 401, 10, "refused although nobody told")
    finally:
        os.kill(int(listener), signal.SIGCONT)


def test_plan_and_names_follow(environment, owner):
    assert owner.me()["plan"] == "free"
    environment.sql(f"insert into organization_plan (organization_id, plan) values ('{owner.organization_id}', 'pro')")
    wait_until(lambda: owner.me()["plan"] == "pro", 5, "the plan")
    environment.sql(f"""update "organization" set "name" = 'Renamed' where "id" = '{owner.organization_id}'""")
    wait_until(lambda: owner.me()["organization"]["name"] == "Renamed", 5, "the name")
    key = owner.create_key()
    path = f"/projects/{owner.project_id}/queues"
    assert owner.v1("GET", path, key=key["key"]).status_code == 200
    other = owner.create_project("Other")
    environment.sql(
        f"insert into api_key_scope (api_key_id, organization_id, project_ids) values ('{key['id']}', '{owner.organization_id}', '{{}}')")
    wait_until(lambda: owner.v1("GET", path, key=key["key"]).status_code == 404, 5, "the key's limits")
    assert owner.v1("GET", f"/projects/{other}/queues").status_code == 200


def test_who_holds_a_keys_row_does_not_hold_up_its_caller(environment, owner):
    key = owner.create_key()
    lock = f"""begin; update "apikey" set "name" = 'held' where "id" = '{key["id"]}'; select pg_sleep(6); commit"""
    holder = threading.Thread(target=environment.sql, args=(lock,))
    holder.start()
    asleep = "select 1 from pg_stat_activity where wait_event = 'PgSleep'"
    wait_until(lambda: environment.sql(asleep), 5, lambda: "the row is held")
    started = time.monotonic()
    assert ping(owner, key["key"]) == 200 and time.monotonic() - started < 4
    assert environment.sql(asleep), "still held"
    holder.join()
