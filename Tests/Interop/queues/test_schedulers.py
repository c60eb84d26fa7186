"""Job schedulers shared with the official Python client."""

import asyncio
import json
import random
import time
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest
import redis
from bullmq import Queue, Worker
from bullmq.job_scheduler import default_repeat_strategy

from driver import Refused
from snapshot import differences, snapshot
from test_cron import SEED, random_pattern, transitions

HOUR = 3_600_000


def run(coroutine):
    return asyncio.run(coroutine)


async def until(condition, limit: float = 60):
    end = time.monotonic() + limit
    while not (result := await condition()):
        assert time.monotonic() < end, "nothing happened in time"
        await asyncio.sleep(0.02)
    return result


@pytest.fixture
def client(redis_url):
    client = redis.Redis.from_url(redis_url, decode_responses=True)
    yield client
    client.close()


class Pair:
    """The same actions, by Python on one queue and by us on another."""

    def __init__(self, redis_url, name, driver, client):
        self.url, self.name, self.driver, self.client = redis_url, name, driver, client

    def upsert(self, scheduler="s", data=None, opts=None, **schedule):
        async def theirs():
            queue = Queue(self.name + "t", {"connection": self.url})
            await queue.upsertJobScheduler(scheduler, schedule, "tick", data, opts)
            await queue.close()

        run(theirs())
        return self.driver.call(
            "upsertScheduler", queue=self.name + "o", scheduler=scheduler, name="tick", data=data or {}, opts=opts or {}, **schedule)

    def each(self, action):
        """Runs something with each client's queue base."""
        return [action(f"bull:{self.name}{side}") for side in "to"]

    def assert_same(self):
        theirs, ours = self.each(lambda base: snapshot(self.client, base))
        assert "\n".join(differences(theirs, ours)) == ""
        return ours


@pytest.fixture
def pair(redis_url, queue_name, driver, client):
    return Pair(redis_url, queue_name, driver, client)


SCHEDULES = {
    "every": {"every": 60_000},
    "offset": {"every": 60_000, "offset": 1234},
    "limit": {"every": 1500, "limit": 3},
    "start": lambda now: {"every": 60_000, "startDate": now + 100_000},
    "end": lambda now: {"every": 60_000, "endDate": now + 10 * HOUR},
    "cron": {"pattern": "0 15 3 1 1 *", "tz": "America/New_York"},
    "cron, limited": lambda now: {"pattern": "15 3 1 1 *", "tz": "UTC", "limit": 2, "endDate": now + 800 * 24 * HOUR},
    "cron, later": lambda now: {"pattern": "0 0 * * *", "tz": "UTC", "startDate": now + 50 * HOUR},
    "cron, at once": {"pattern": "15 3 1 1 *", "tz": "UTC", "immediately": True},
}
TEMPLATES = {
    "plain": {},
    "data": {"data": {"a": [1, "ü"], "b": None}, "opts": {"attempts": 2, "removeOnComplete": 5}},
    "priority": {"opts": {"priority": 7, "backoff": {"type": "exponential", "delay": 20}, "keepLogs": 3, "lifo": True}},
}


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_same_keys(pair, schedule, template):
    """Created, upserted once more, changed, and removed: the same keys each time."""
    now = int(time.time() * 1000)
    wanted = SCHEDULES[schedule](now) if callable(SCHEDULES[schedule]) else SCHEDULES[schedule]
    pair.upsert(**wanted, **TEMPLATES[template])
    pair.assert_same()
    pair.upsert(**wanted, **TEMPLATES["data"])
    pair.assert_same()
    pair.upsert(every=30_000)
    pair.assert_same()
    pair.upsert(pattern="0 4 1 1 *", tz="Europe/Berlin")
    pair.assert_same()

    async def remove():
        queue = Queue(pair.name + "t", {"connection": pair.url})
        assert await queue.removeJobScheduler("s") == 0
        assert await queue.removeJobScheduler("s") == 1
        await queue.close()

    run(remove())
    assert pair.driver.call("removeScheduler", queue=pair.name + "o", scheduler="s")
    assert not pair.driver.call("removeScheduler", queue=pair.name + "o", scheduler="s")
    pair.assert_same()


def test_upsert_keeps_the_slot(pair):
    """Checklist 64."""
    pair.upsert(every=60_000)
    first = pair.each(lambda base: pair.client.zscore(f"{base}:repeat", "s"))
    time.sleep(0.05)
    pair.upsert(every=60_000, data={"new": True})
    assert pair.each(lambda base: pair.client.zscore(f"{base}:repeat", "s")) == first
    ours = pair.assert_same()
    assert ours["repeat:s"]["value"]["data"] == {"new": True} and ours["repeat:s:T"]["value"]["data"] == {"new": True}


def test_paused_queue_does_not_get_a_second_job(pair):
    """Where the official script leaves a second pending job behind, ours has one."""
    base = f"bull:{pair.name}o"
    pair.client.hset(f"{base}:meta", "paused", 1)
    for _ in range(2):
        pair.driver.call("upsertScheduler", queue=pair.name + "o", scheduler="s", every=60_000)
    assert pair.client.llen(f"{base}:wait") == 1 and len(list(pair.client.scan_iter(f"{base}:repeat:s:*"))) == 1


@pytest.mark.parametrize("arguments, reason", [
    ({"every": 0}, "interval"), ({"every": 10, "offset": 10}, "offset"), ({"every": 10, "limit": 0}, "limit"), ({"every": 10, "endDate": 1000}, "future"),
    ({"pattern": "61 * * * *"}, "minute"), ({"pattern": "* * * * *", "tz": "Mars/Base"}, "Mars/Base"),
    ({"pattern": "* * * * *", "immediately": True, "startDate": 2_000_000_000_000}, "immediately"), ({"every": 10, "opts": {"delay": 5}}, "delay"),
    ({"every": 10, "opts": {"jobId": "x"}}, "id"), ({"every": 10, "opts": {"priority": -1}}, "priority"),
])
def test_refusals(driver, queue_name, arguments, reason):
    with pytest.raises(Refused, match=reason):
        driver.call("upsertScheduler", queue=queue_name, scheduler="s", **arguments)
    assert driver.call("schedulerCount", queue=queue_name) == 0


def iterations(client, base, scheduler="s"):
    """The jobs that a scheduler's workers have completed, as slots, oldest first."""
    ids = client.zrange(f"{base}:completed", 0, -1)
    return sorted(int(job_id.rsplit(":", 1)[1]) for job_id in ids if job_id.startswith(f"repeat:{scheduler}:"))


def assert_steady(client, base, slots, every):
    assert len(set(slots)) == len(slots)
    assert {slot % every for slot in slots} == {slots[0] % every}
    for slot in slots:
        job = client.hgetall(f"{base}:repeat:s:{slot}")
        opts = json.loads(job["opts"])
        assert job["rjk"] == "s" and job["name"] == "tick" and json.loads(job["data"]) == {"n": 1}
        assert opts["jobId"] == f"repeat:s:{slot}" and opts["repeat"]["every"] == every
    counts = [json.loads(client.hget(f"{base}:repeat:s:{slot}", "opts"))["repeat"]["count"] for slot in slots]
    assert counts == list(range(1, len(slots) + 1))
    # One more is pending.
    assert int(client.hget(f"{base}:repeat:s", "ic")) == len(slots) + 1
    assert client.zcard(f"{base}:delayed") + client.llen(f"{base}:wait") == 1


async def with_python_worker(redis_url, queue_name, body):
    async def process(job, token):
        return None

    worker = Worker(queue_name, process, {"connection": redis_url, "drainDelay": 1})
    try:
        await body()
    finally:
        await worker.close()


@pytest.mark.parametrize("workers", ["ours", "theirs", "both"])
@pytest.mark.parametrize("creator", ["ours", "theirs"])
def test_iterations(redis_url, queue_name, driver, client, tool, creator, workers):
    """Checklist 63: upserted by one client, run by the other, or by both."""
    base, every = f"bull:{queue_name}", 350

    async def body():
        if creator == "ours":
            driver.call("upsertScheduler", queue=queue_name, scheduler="s", every=every, name="tick", data={"n": 1})
        else:
            queue = Queue(queue_name, {"connection": redis_url})
            await queue.upsertJobScheduler("s", {"every": every}, "tick", {"n": 1})
            await queue.close()

        async def five():
            await until(lambda: asyncio.to_thread(lambda: len(iterations(client, base)) >= 5))

        if workers != "theirs":
            tool.work("true")
        if workers != "ours":
            await with_python_worker(redis_url, queue_name, five)
        else:
            await five()
        await asyncio.to_thread(tool.stop)

    run(body())
    assert_steady(client, base, iterations(client, base), every)


def test_limit_and_end(queue_name, driver, client, tool):
    """Checklist 64: after the last job the record stays, and nothing is pending."""
    base = f"bull:{queue_name}"
    driver.call("upsertScheduler", queue=queue_name, scheduler="s", every=100, limit=3)
    driver.call("upsertScheduler", queue=queue_name, scheduler="e", every=100, endDate=int(time.time() * 1000) + 1000)
    tool.work("true", "--concurrency", "2")

    async def done():
        # In one look: a job on its way between two states is in neither for who looks twice.
        look = client.pipeline(transaction=True)
        look.llen(f"{base}:wait").llen(f"{base}:active").zcard(f"{base}:delayed")
        return sum(look.execute()) == 0

    run(until(done))
    assert len(iterations(client, base)) == 3 and client.hget(f"{base}:repeat:s", "ic") == "3"
    assert 2 <= len(iterations(client, base, "e")) <= 12
    assert driver.call("schedulerCount", queue=queue_name) == 2


def test_changed_template_is_used_next(queue_name, driver, client, tool):
    base = f"bull:{queue_name}"
    driver.call("upsertScheduler", queue=queue_name, scheduler="s", pattern="* * * * * *", data={"v": 1})
    driver.call("upsertScheduler", queue=queue_name, scheduler="s", pattern="* * * * * *", data={"v": 2}, opts={"keepLogs": 9})
    tool.work("cat")

    async def two():
        return len(iterations(client, base)) >= 2

    run(until(two))
    for slot in iterations(client, base)[:2]:
        job = client.hgetall(f"{base}:repeat:s:{slot}")
        assert slot % 1000 == 0 and json.loads(job["data"]) == {"v": 2} and json.loads(job["opts"])["kl"] == 9
        assert json.loads(job["opts"])["repeat"]["tz"] == "UTC"


def test_missed_slots_are_left_out(queue_name, driver, client, tool):
    base, every = f"bull:{queue_name}", 100
    driver.call("upsertScheduler", queue=queue_name, scheduler="s", every=every)
    time.sleep(1.2)
    assert client.hget(f"{base}:repeat:s", "ic") == "1"
    tool.work("true")

    async def three():
        return len(iterations(client, base)) >= 3

    run(until(three))
    first, second, third = iterations(client, base)[:3]
    assert second - first >= 1100 and (third - second) % every == (second - first) % every == 0


def test_a_taken_slot_does_not_stop_the_scheduler(queue_name, driver, client, tool):
    """The official script stops a scheduler for good when the next slot has a job; ours steps over it."""
    base, every = f"bull:{queue_name}", 2000
    first = driver.call("upsertScheduler", queue=queue_name, scheduler="s", every=every)["id"]
    slot = int(first.rsplit(":", 1)[1])
    client.hset(f"{base}:repeat:s:{slot + every}", mapping={"name": "squatter"})
    tool.work("true")

    async def moved():
        return (client.zscore(f"{base}:repeat", "s") or 0) > slot + every

    run(until(moved))
    assert (client.zscore(f"{base}:repeat", "s") - slot) % every == 0


def test_legacy_keys(queue_name, driver, client, tool):
    """Repeatable jobs of clients before BullMQ 6 are listed, and no worker continues them."""
    base, key = f"bull:{queue_name}", "mail:::Europe/Berlin:0 9 * * *"
    client.zadd(f"{base}:repeat", {key: 1_900_000_000_000})
    client.hset(f"{base}:old", mapping={"name": "mail", "data": "{}", "timestamp": 1, "delay": 0, "priority": 0, "rjk": key,
                                        "opts": json.dumps({"repeat": {"pattern": "0 9 * * *", "count": 1}})})
    client.lpush(f"{base}:wait", "old")
    (listed,) = driver.call("schedulers", queue=queue_name)
    assert listed["name"] == "mail" and listed["pattern"] == "0 9 * * *" and listed["tz"] == "Europe/Berlin" and "iterations" not in listed
    tool.work("true")

    async def done():
        return client.zcard(f"{base}:completed") == 1

    run(until(done))
    assert client.zscore(f"{base}:repeat", key) == 1_900_000_000_000 and client.zcard(f"{base}:delayed") == 0


def test_read_and_removed_by_the_other(redis_url, queue_name, driver, client):
    """Checklist 66."""

    async def body():
        queue = Queue(queue_name, {"connection": redis_url})
        await queue.upsertJobScheduler("p", {"every": 60_000, "limit": 9, "offset": 5}, "tick", {"a": 1}, {"attempts": 3})
        driver.call("upsertScheduler", queue=queue_name, scheduler="o", pattern="0 3 * * *", tz="Asia/Tokyo", name="tock", opts={"keepLogs": 2})
        assert driver.call("schedulerCount", queue=queue_name) == await queue.getJobSchedulersCount() == 2
        theirs = {item["key"]: item for item in await queue.getJobSchedulers(0, -1, True)}
        ours = driver.call("schedulers", queue=queue_name)
        assert [item["id"] for item in ours] == list(theirs)
        for item in ours:
            other = theirs[item["id"]]
            assert item["next"] == other["next"] and item["name"] == other["name"] and item["iterations"] == other["iterationCount"] == 1
            for field in ("every", "pattern", "tz", "limit", "offset"):
                assert item.get(field) == other.get(field), field
        assert ours[0]["opts"]["attempts"] == theirs["p"]["template"]["opts"]["attempts"] == 3 and ours[0]["data"] == {"a": 1}
        assert theirs["o"]["template"]["opts"]["keepLogs"] == 2
        assert client.zcard(f"bull:{queue_name}:delayed") == 2
        assert await queue.removeJobScheduler("o") == 0
        assert driver.call("removeScheduler", queue=queue_name, scheduler="p")
        assert driver.call("scheduler", queue=queue_name, scheduler="o") is None and "p" not in await queue.client.zrange(f"bull:{queue_name}:repeat", 0, -1)
        assert client.zcard(f"bull:{queue_name}:delayed") == 0 and await queue.getJobSchedulersCount() == 0
        await queue.close()

    run(body())


def test_cron_times_agree_with_the_python_client(driver):
    """Checklist 65: 200 patterns of the common subset, also around both changes of clocks.

    A step that crosses a change is compared in `test_cron.py`: the Python client is an hour off there.
    """
    print("seed", SEED)
    rng, compared = random.Random(SEED + 2), 0
    names = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Sydney"]
    while compared < 200:
        name = rng.choice(names)
        zone, pattern = ZoneInfo(name), random_pattern(rng)
        changes = transitions(zone, rng, 1)
        after = changes[0] + rng.randrange(-90_000, 90_000) if changes else rng.randrange(1_600_000_000, 1_900_000_000)
        try:
            theirs = default_repeat_strategy(after * 1000, {"pattern": pattern, "tz": name})
            ours = driver.call("cron", pattern=pattern, tz=name, after=after * 1000)[0]
        except Exception as error:
            assert not isinstance(error, (AssertionError, IndexError)), (SEED, pattern, name, after)
            continue
        offsets = {datetime.fromtimestamp(moment / 1000 + hours * 3600, zone).utcoffset() for moment in (after * 1000, theirs) for hours in (-3, 0, 3)}
        if len(offsets) > 1:
            continue
        assert ours == theirs, (SEED, pattern, name, datetime.fromtimestamp(after, timezone.utc))
        compared += 1
