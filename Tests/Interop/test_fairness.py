"""No tenant waits for another: turns between organizations, and their settings in Redis."""

import json
import subprocess
import time

import pytest

from interop.api import Team
from interop.receiver import Receiver
from interop.stack import binary
from interop.waiting import wait_until


@pytest.fixture
def second_receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


def groups(environment, *arguments):
    line = [binary("bullmq"), "groups", *arguments[:1], "--queue", "deliver", "--prefix", "{mainstay}", "--redis",
            environment.settings["REDIS_URL"], "--json", *arguments[1:]]
    done = subprocess.run(line, capture_output=True, text=True, timeout=20)
    return [json.loads(text) for text in done.stdout.splitlines()] if done.returncode == 0 else []


def test_a_slow_receiver_holds_up_nobody_else(environment, receiver, second_receiver):
    environment.serve()
    environment.worker(WORKER_CONCURRENCY="20")
    slow, quick = Team(environment.base_url), Team(environment.base_url)
    endpoint = receiver.endpoint("slow")
    endpoint.hold()
    try:
        stuck = slow.queue(endpoint.url)
        for number in range(120):
            stuck.publish({"n": number})
        # It has every slot that it may have, and messages beside them wait.
        wait_until(lambda: any(g["active"] >= 18 and g["waiting"] >= 80 for g in groups(environment, "get", slow.organization_id)), 30,
                   lambda: f"the slow one's slots: {groups(environment, 'list')}")
        assert groups(environment, "get", slow.organization_id)[0]["active"] == 18
        target = second_receiver.endpoint("quick")
        queue = quick.queue(target.url)
        latencies = []
        for number in range(20):
            start = time.time()
            message = queue.publish({"n": number})
            target.wait_for([message["id"]], timeout=20)
            latencies.append(target.of(message["id"])[0].received_at - start)
        # Behind the slow one they would wait for ever. The bound is for a machine that runs many tests at once.
        assert sorted(latencies)[10] < 0.5 and max(latencies) < 3, latencies
        wait_until(lambda: not groups(environment, "get", quick.organization_id), 10, "nothing of the quick one is left in Redis")
    finally:
        endpoint.release()


def test_settings_are_mirrored_and_come_back(environment, receiver):
    environment.serve()
    environment.worker()
    team = Team(environment.base_url)
    target = receiver.endpoint("settings")
    queue = team.queue(target.url)
    queue_id = queue.data["id"]
    environment.sql(f"insert into organization_plan (organization_id, plan) values ('{team.organization_id}', 'pro')")
    environment.sql(
        "insert into queue_settings (queue_id, organization_id, concurrency, is_paused) "
        f"values ((select id from queue where name = '{queue.name}'), '{team.organization_id}', 3, true)")

    def mirrored():
        found = groups(environment, "get", team.organization_id)
        below = groups(environment, "get", f"{team.organization_id}/{queue_id}")
        return found and found[0]["weight"] == 4 and below and below[0]["concurrency"] == 3 and below[0]["paused"]

    wait_until(mirrored, 20, lambda: f"the settings in Redis: {groups(environment, 'list')}")
    message = queue.publish({})
    wait_until(lambda: groups(environment, "get", f"{team.organization_id}/{queue_id}")[0]["waiting"] == 1, 10, "the message waits")
    explained = subprocess.run(
        [binary("bullmq"), "explain", "--queue", "deliver", "--prefix", "{mainstay}", "--redis", environment.settings["REDIS_URL"],
         message["id"]], capture_output=True, text=True, timeout=20)
    assert explained.stdout == f"group paused: {team.organization_id}/{queue_id}\n", explained
    environment.cluster.redis.client(environment.redis_number).flushdb()
    wait_until(mirrored, 20, "the settings come back")
    assert target.of() == []
    environment.sql("update queue_settings set is_paused = false, updated_at = now()")
    target.wait_for([message["id"]], timeout=30)
