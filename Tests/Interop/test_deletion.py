"""A deleted organization takes everything with it, however often its remover is killed."""

import secrets
import signal

import pytest
import requests

from interop.api import Team, expect_problem
from interop.receiver import Receiver
from interop.stack import Cluster
from interop.waiting import wait_until

OWN_TABLES = (
    "project", "queue", "message", "delivery_attempt", "usage", "idempotency_key", "api_key_scope", "organization_plan")


@pytest.fixture(scope="module")
def cluster():
    cluster = Cluster("deletion")
    yield cluster
    cluster.stop()


@pytest.fixture()
def environment(cluster):
    environment = cluster.environment("deletion")
    environment.serve()
    yield environment
    environment.stop()


def rows_of(environment, organization):
    """How many rows of each table still name the organization."""
    counts = {
        table: int(environment.sql(f"select count(*) from {table} where organization_id = '{organization}'")[0][0]) for table in OWN_TABLES}
    counts["apikey"] = int(environment.sql(f"""select count(*) from apikey where "referenceId" = '{organization}'""")[0][0])
    for table in ("api_key_former", "api_key_allow_list"):
        counts[table] = int(environment.sql(f"select count(*) from {table} where owner_id = '{organization}'")[0][0])
    for table in ("member", "invitation"):
        counts[table] = int(environment.sql(f"""select count(*) from {table} where "organizationId" = '{organization}'""")[0][0])
    counts["outbox"] = int(environment.sql(
        f"select count(*) from bullmq_outbox where convert_from(data, 'utf8') like '%{organization}%'")[0][0])
    return {table: count for table, count in counts.items() if count}


def jobs(environment):
    """Ids of the jobs that Redis has in any state."""
    found = environment.cluster.redis.client(environment.redis_number).scan_iter("{mainstay}:deliver:msg_*")
    return {key.split(":")[2] for key in (key.decode() if isinstance(key, bytes) else key for key in found)}


def fill(environment, team, waiting=20):
    """Messages that wait for long, one that was delivered, and a row in every table. Returns the ids of those that wait."""
    environment.sql(f"insert into organization_plan (organization_id, plan) values ('{team.organization_id}', 'pro')")
    receiver = Receiver()
    try:
        queue = team.queue(receiver.endpoint("hook").url)
        done = queue.publish({"n": 0}, headers={"idempotency-key": secrets.token_hex(8)})
        queue.wait_for_state(done["id"], "delivered")
    finally:
        receiver.stop()
    team.create_key(projects=[team.project_id], allowedAddresses=["10.0.0.0/8"])
    team.admin("POST", f"/api-keys/{team.key_id}/rotate", json={})
    return [queue.publish({"n": number}, delay="P2D")["id"] for number in range(waiting)]


def delete(team):
    response = team.browser.post(
        f"{team.base_url}/api/auth/organization/delete", json={"organizationId": team.organization_id}, timeout=20)
    assert response.status_code == 200, response.text


def test_everything_goes_and_nothing_of_others(environment):
    environment.worker()
    team, other = Team(environment.base_url), Team(environment.base_url)
    waiting, kept = fill(environment, team), fill(environment, other)
    wait_until(lambda: {*waiting, *kept} <= jobs(environment), 20, "all jobs are in Redis")
    delete(team)
    wait_until(lambda: requests.get(
        f"{environment.base_url}/v1/ping", headers={"authorization": f"Bearer {team.key}"}, timeout=10).status_code == 401, 5, "the key is refused")
    expect_problem(team.admin("GET", "/projects", headers={"x-organization-id": team.organization_id}), 404, "organization_not_found")
    wait_until(lambda: not rows_of(environment, team.organization_id), 30, lambda: rows_of(environment, team.organization_id))
    assert not set(waiting) & jobs(environment), "its jobs are gone"
    assert set(kept) <= jobs(environment) and other.me()["usage"]["messages"]["used"] == 21
    left = rows_of(environment, other.organization_id)
    assert left["message"] == 21 and left["delivery_attempt"] == 1 and left["apikey"] == 2 and left["queue"] == 1
    # What was on its way in that moment is looked for once more, and only then the organization is off the list.
    (listed,), = environment.sql(f"select emptied_at is not null from deleted_organization where id = '{team.organization_id}'")
    assert listed == "t"
    environment.sql(
        f"insert into project (id, organization_id, name, slug) values (gen_random_uuid(), '{team.organization_id}', 'late', 'late')")
    environment.sql("update deleted_organization set emptied_at = now() - interval '16 minutes'")
    wait_until(lambda: environment.sql("select count(*) from deleted_organization") == [["0"]], 20, "off the list")
    assert not rows_of(environment, team.organization_id)


def test_a_killed_worker_leaves_the_rest_to_the_next(environment):
    worker = environment.worker()
    team = Team(environment.base_url)
    waiting = fill(environment, team, waiting=60)
    wait_until(lambda: set(waiting) <= jobs(environment), 20, "all jobs are in Redis")
    # Many more than one step takes, so that there is a middle to be killed in.
    environment.sql(
        f"""insert into message (id, retention_days, organization_id, project_id, queue_id, state, content_type, payload_encoding, payload,
                retry, next_attempt_at, attempt_count, finished_at)
            select (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(number), 19, '0'))::uuid,
                m.retention_days, m.organization_id, m.project_id, m.queue_id, 'delivered', m.content_type, m.payload_encoding, m.payload,
                m.retry, null, 1, now()
            from (select * from message where organization_id = '{team.organization_id}' limit 1) m, generate_series(1, 30000) number""")
    total = 30_061
    delete(team)

    def left():
        return int(environment.sql(f"select count(*) from message where organization_id = '{team.organization_id}'")[0][0])

    wait_until(lambda: left() < total, 30, "it has begun")
    worker.end(signal.SIGKILL)
    # As small as can be: every connection it needs beside one must be its only one.
    environment.worker(POOL_MAX="1")
    wait_until(lambda: not rows_of(environment, team.organization_id), 60, lambda: rows_of(environment, team.organization_id))
    assert not set(waiting) & jobs(environment)


def test_it_waits_for_a_worker(environment):
    """Without a worker nothing is removed and nothing forgotten; the API refuses at once all the same."""
    team = Team(environment.base_url)
    queue = team.queue("http://127.0.0.1:9/hook")
    queue.publish({"n": 1}, delay="P2D")
    delete(team)
    assert environment.sql(f"select emptied_at is null from deleted_organization where id = '{team.organization_id}'") == [["t"]]
    assert rows_of(environment, team.organization_id)["message"] == 1
    environment.worker()
    wait_until(lambda: not rows_of(environment, team.organization_id), 30, lambda: rows_of(environment, team.organization_id))


def test_an_organization_deleted_by_another_server_goes_too(environment):
    """As a better-auth server on the same database does it: with one statement."""
    environment.worker()
    team = Team(environment.base_url)
    waiting = fill(environment, team, waiting=3)
    environment.sql(f"delete from organization where id = '{team.organization_id}'")
    wait_until(lambda: "message" not in rows_of(environment, team.organization_id), 30, "its messages go")
    wait_until(lambda: not set(waiting) & jobs(environment), 10, "and its jobs")


def test_one_that_is_there_again_is_left_alone(environment):
    environment.worker()
    team = Team(environment.base_url)
    environment.sql(f"insert into deleted_organization (id) values ('{team.organization_id}')")
    wait_until(lambda: environment.sql("select count(*) from deleted_organization") == [["0"]], 20, "off the list")
    assert team.me()["organization"]["id"] == team.organization_id and rows_of(environment, team.organization_id)["project"] == 1
