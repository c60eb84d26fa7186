"""Faults that users of both sides reported: each test holds the value that the official clients have, or that the report asked for."""

import contextlib
import json
import time

import pytest
import redis

from driver import Driver, Refused


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition does not become true"
        time.sleep(0.02)


@pytest.fixture
def client(redis_url):
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@contextlib.contextmanager
def working(driver_path, redis_url, queue, **options):
    """A worker of ours in a process of its own, which is killed at the end; yields a driver beside it."""
    driver, other = Driver(driver_path, redis_url), Driver(driver_path, redis_url)
    try:
        driver.process.stdin.write(json.dumps({"id": 1, "op": "work", "queue": queue, "worker": "w", **options}) + "\n")
        driver.process.stdin.flush()
        yield other
    finally:
        driver.process.kill()
        driver.process.wait()
        other.close()


def add_aged(client, base, count):
    """`count` completed jobs that finished two minutes ago."""
    pipeline = client.pipeline(transaction=False)
    then = int(time.time() * 1000) - 120_000
    for number in range(count):
        pipeline.zadd(f"{base}:completed", {f"old{number}": then - number})
        pipeline.hset(f"{base}:old{number}", "name", "old")
    pipeline.execute()


def run_one(driver, queue, opts):
    (job,) = [driver.call("add", queue=queue, name="value", data={}, opts=opts)]
    held = driver.call("next", queue=queue)
    driver.call("complete", queue=queue, job=held["job"]["id"])
    return job


@pytest.mark.parametrize("limit", [9000, 8000, 1_000_000, -1])
def test_thousands_of_aged_jobs_are_removed_whole(driver, client, queue_name, limit):
    base = f"bull:{queue_name}"
    add_aged(client, base, 9000)
    for _ in range(2):
        run_one(driver, queue_name, {"removeOnComplete": {"age": 60, "limit": limit}})
    assert client.zcard(f"{base}:completed") == 2
    assert len(list(client.scan_iter(f"{base}:old*", count=5000))) == 0


@pytest.mark.parametrize("keep", [-1, {"count": -1}, {"age": 100_000, "count": -5}, 10_000, {"age": 100_000, "limit": 0}])
def test_negative_and_large_limits_keep_all(driver, client, queue_name, keep):
    for _ in range(4):
        run_one(driver, queue_name, {"removeOnComplete": keep})
    assert client.zcard(f"bull:{queue_name}:completed") == 4
    for number in range(4):
        driver.call("add", queue=queue_name, name="fail", data={}, opts={"removeOnFail": keep})
        held = driver.call("next", queue=queue_name)
        driver.call("fail", queue=queue_name, job=held["job"]["id"], message="no")
        assert client.zcard(f"bull:{queue_name}:failed") == number + 1


@pytest.mark.parametrize("pattern, tz", [("0 12 * * 5Q", "UTC"), ("every full moon", "UTC"), ("* * * * *", "PST"), ("* * * * * * *", "UTC")])
def test_an_unreadable_pattern_keeps_its_scheduler(driver_path, redis_url, driver, client, queue_name, pattern, tz):
    """The job waits for a worker that can read the pattern; with such a worker the scheduler goes on."""
    base = f"bull:{queue_name}"
    made = driver.call("upsertScheduler", queue=queue_name, scheduler="s", pattern="* * * * *", tz="UTC", name="value")
    job = f"{base}:{made['id']}"

    def rewrite(pattern, tz):
        opts = json.loads(client.hget(job, "opts"))
        opts["repeat"].update(pattern=pattern, tz=tz)
        client.hset(job, "opts", json.dumps(opts))
        client.hset(f"{base}:repeat:s", mapping={"pattern": pattern, "tz": tz})

    rewrite(pattern, tz)
    driver.call("promote", queue=queue_name, job=made["id"])
    with working(driver_path, redis_url, queue_name):
        until(lambda: client.hget(job, "ats") == "1" and client.zscore(f"{base}:delayed", made["id"]) is not None)
    assert client.zcard(f"{base}:completed") == 0 and client.zcard(f"{base}:failed") == 0
    assert client.hget(job, "atm") in (None, "0")
    assert client.zrange(f"{base}:repeat", 0, -1) == ["s"]
    rewrite("* * * * *", "UTC")
    driver.call("promote", queue=queue_name, job=made["id"])
    with working(driver_path, redis_url, queue_name):
        until(lambda: client.zcard(f"{base}:completed") == 1)
    assert client.zcard(f"{base}:delayed") == 1 and client.zscore(f"{base}:repeat", "s") > time.time() * 1000 - 60_000


@pytest.mark.parametrize("pattern", ["0 12 * * 5L", "0 0 * * FRIL", "@weekdays", "@secondly", "* * * *", "H 0 * * *", "*/90 * * * *", "0 0 0 * * 7"])
def test_patterns_of_the_reference_go_on(driver_path, redis_url, driver, client, queue_name, pattern):
    base = f"bull:{queue_name}"
    made = driver.call("upsertScheduler", queue=queue_name, scheduler="s", pattern=pattern, tz="Europe/Berlin", name="value")
    if client.zscore(f"{base}:delayed", made["id"]) is not None:
        driver.call("promote", queue=queue_name, job=made["id"])
    with working(driver_path, redis_url, queue_name):
        until(lambda: client.zcard(f"{base}:completed") >= 1)
    assert client.zcard(f"{base}:delayed") + client.llen(f"{base}:wait") == 1


@pytest.mark.parametrize("pattern", ["0 0 15W * *", "0 0 1-31 * MON", "0 0 1 * MON#2"])
def test_patterns_that_clients_read_differently_are_refused_when_they_are_stored(driver, queue_name, pattern):
    with pytest.raises(Refused):
        driver.call("upsertScheduler", queue=queue_name, scheduler="s", pattern=pattern, tz="UTC")


@pytest.mark.parametrize("zone", ["PST", "BST", "IST", "GMT+3", "UTC+3", "+03:00", "Europe", "Mars/Base"])
def test_time_zones_that_are_none(driver, queue_name, zone):
    with pytest.raises(Refused, match="time zone"):
        driver.call("upsertScheduler", queue=queue_name, scheduler="s", pattern="0 9 * * *", tz=zone)
    assert driver.call("schedulerCount", queue=queue_name) == 0


@pytest.mark.parametrize("zone, stored", [("europe/berlin", "Europe/Berlin"), ("US/EASTERN", "US/Eastern"), ("utc", "UTC"), ("Etc/GMT+3", "Etc/GMT+3")])
def test_time_zones_are_stored_as_every_client_reads_them(driver, client, queue_name, zone, stored):
    made = driver.call("upsertScheduler", queue=queue_name, scheduler="s", pattern="0 9 * * *", tz=zone)
    assert client.hget(f"bull:{queue_name}:repeat:s", "tz") == stored
    assert json.loads(client.hget(f"bull:{queue_name}:{made['id']}", "opts"))["repeat"]["tz"] == stored


def test_an_unknown_backoff_does_not_fail_the_job(driver_path, redis_url, driver, client, queue_name):
    base = f"bull:{queue_name}"
    driver.call("add", queue=queue_name, name="fail", data={}, opts={"attempts": 3, "backoff": {"type": "mine", "delay": 10}})
    with working(driver_path, redis_url, queue_name, lockDuration=400) as other:
        until(lambda: client.hget(f"{base}:1", "atm") == "1")
        assert client.zscore(f"{base}:failed", "1") is None
        until(lambda: int(client.hget(f"{base}:1", "ats")) >= 2)
        assert other.call("state", queue=queue_name, job="1") in ("delayed", "active", "wait", "failed")
        until(lambda: client.zscore(f"{base}:failed", "1") is not None)
    assert client.hget(f"{base}:1", "atm") == "3"


def test_prometheus_names_are_those_that_dashboards_ask_for(driver, queue_name):
    text = driver.call("prometheus", queue=queue_name)
    for name in ("bullmq_job_count", "bullmq_job_completed_total", "bullmq_job_failed_total"):
        assert f'{name}{{queue="{queue_name}"' in text


def test_the_next_check_for_stalled_jobs_is_due_when_the_last_one_ages_out(driver_path, redis_url, client, queue_name):
    """One check an interval: a worker that sleeps as long as the shared key lives would find its own key, and skip every other check."""
    interval, key = 200, f"bull:{queue_name}:stalled-check"
    with working(driver_path, redis_url, queue_name, stalledInterval=interval):
        until(lambda: client.get(key) is not None)
        seen = []

        def look():
            value = client.get(key)
            if value and value not in seen:
                seen.append(value)
            return len(seen) >= 11

        until(look)
    gaps = sorted(int(later) - int(earlier) for earlier, later in zip(seen, seen[1:]))
    # Half of them at least, however busy the machine: a skipped check makes a gap of two intervals.
    assert gaps[len(gaps) // 2] < interval * 1.8
