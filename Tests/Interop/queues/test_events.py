"""Events told by one client and heard by the other (checklist 67 and 68)."""

import asyncio
import json
import subprocess
import time

import pytest
from bullmq import Queue, QueueEvents, Worker

from tools import binary


def run(coroutine):
    return asyncio.run(coroutine)


async def until(condition, limit: float = 60):
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "nothing happened in time"
        await asyncio.sleep(0.02)


# What a driver's operations must lead to: event, and what is to be in it.
EXPECTED = [
    ("added", {"jobId": "1", "name": "value"}), ("waiting", {"jobId": "1"}), ("active", {"jobId": "1", "prev": "waiting"}),
    ("progress", {"jobId": "1", "data": {"half": True}}), ("completed", {"jobId": "1", "returnvalue": {"v": 1}, "prev": "active"}), ("drained", {}),
    ("added", {"jobId": "2"}), ("waiting", {"jobId": "2"}), ("active", {"jobId": "2"}), ("failed", {"jobId": "2", "failedReason": "no", "prev": "active"}),
    ("retries-exhausted", {"jobId": "2", "attemptsMade": "1"}), ("drained", {}), ("added", {"jobId": "3"}), ("delayed", {"jobId": "3", "delay": 2_000_000_001_000}),
    ("waiting", {"jobId": "3", "prev": "delayed"}), ("removed", {"jobId": "3", "prev": "wait"}), ("added", {"jobId": "mine"}), ("waiting", {"jobId": "mine"}),
    ("duplicated", {"jobId": "mine"}), ("added", {"jobId": "6"}), ("waiting", {"jobId": "6"}),
    ("deduplicated", {"jobId": "6", "deduplicationId": "k", "deduplicatedJobId": "7"}), ("paused", {}), ("resumed", {}), ("cleaned", {"count": "1"}),
]


def act(driver, queue):
    """Does things by us that tell of every kind of event a queue has on its own."""
    call = lambda op, **arguments: driver.call(op, queue=queue, **arguments)
    call("add", name="value")
    call("next")
    call("updateProgress", job="1", progress={"half": True})
    call("complete", job="1", value={"v": 1})
    call("add", name="bad")
    call("next")
    call("fail", job="2", message="no")
    call("add", name="late", opts={"delay": 1000, "timestamp": 2_000_000_000_000})
    call("promote", job="3")
    call("remove", job="3")
    call("add", name="a", opts={"jobId": "mine"})
    call("add", name="b", opts={"jobId": "mine"})
    call("add", name="c", opts={"deduplication": {"id": "k"}})
    call("add", name="d", opts={"deduplication": {"id": "k"}})
    call("pause")
    call("resume")
    call("clean", state="completed")


def test_python_hears_us(redis_url, queue_name, driver):
    async def body():
        heard = []
        events = QueueEvents(queue_name, {"connection": redis_url, "autorun": False, "lastEventId": "0"})
        for name in {name for name, _ in EXPECTED}:
            events.on(name, lambda fields, *rest, name=name: heard.append((name, fields)))
        task = asyncio.create_task(events.run())
        await asyncio.to_thread(act, driver, queue_name)
        await until(lambda: len(heard) >= len(EXPECTED))
        await events.close()
        task.cancel()
        assert [name for name, _ in heard] == [name for name, _ in EXPECTED]
        for (name, fields), (_, wanted) in zip(heard, EXPECTED):
            if isinstance(fields, dict):
                for field, value in wanted.items():
                    found = fields[field]
                    assert found == value or str(found) == str(value), (name, fields)

    run(body())


def test_we_hear_python(redis_url, queue_name):
    async def body():
        listener = subprocess.Popen(
            [binary("bullmq"), "events", "--queue", queue_name, "--redis", redis_url, "--follow", "--after", "0", "--json"], stdout=subprocess.PIPE, text=True)
        queue = Queue(queue_name, {"connection": redis_url})

        async def process(job, token):
            if job.name == "bad":
                raise ValueError("no")
            await job.updateProgress({"half": True})
            return {"v": 1}

        worker = Worker(queue_name, process, {"connection": redis_url, "drainDelay": 1})
        try:
            await queue.add("good", {})
            base = f"bull:{queue_name}"
            end = time.monotonic() + 60
            while not await queue.client.zcard(f"{base}:completed"):
                assert time.monotonic() < end
                await asyncio.sleep(0.05)
            await queue.add("bad", {})
            while not await queue.client.zcard(f"{base}:failed"):
                assert time.monotonic() < end
                await asyncio.sleep(0.05)
        finally:
            await worker.close()
        await queue.add("late", {}, {"delay": 600_000})
        await queue.pause()
        await queue.resume()
        await queue.add("a", {}, {"jobId": "mine"})
        await queue.add("a", {}, {"jobId": "mine"})
        await queue.remove("mine")
        wanted = ["added", "waiting", "active", "progress", "completed", "drained", "added", "waiting", "active", "failed", "retries-exhausted", "drained",
                  "added", "delayed", "paused", "resumed", "added", "waiting", "duplicated", "removed"]
        heard = [json.loads(await asyncio.to_thread(listener.stdout.readline)) for _ in wanted]
        listener.terminate()
        listener.wait(timeout=20)
        assert [event["event"] for event in heard] == wanted
        assert heard[3]["data"] == {"half": True} and heard[4]["returnvalue"] == {"v": 1} and heard[9]["failedReason"] == "no"
        assert heard[13]["delay"] > time.time() * 1000 + 500_000 and heard[-1]["prev"] == "wait"
        await queue.close()

    run(body())


@pytest.mark.parametrize("writer", ["ours", "theirs"])
def test_stream_is_kept_short(redis_url, queue_name, driver, writer):
    """Near what `meta` says, and near ten thousand when it says nothing."""

    async def body():
        queue = Queue(queue_name, {"connection": redis_url})
        base = f"bull:{queue_name}"
        await queue.client.hset(f"{base}:meta", "opts.maxLenEvents", 200)
        jobs = [{"name": "n", "data": {}, "opts": {}} for _ in range(1000)]
        if writer == "ours":
            await asyncio.to_thread(lambda: driver.call("addBulk", queue=queue_name, jobs=jobs))
        else:
            await queue.addBulk(jobs)
        assert 200 <= await queue.client.xlen(f"{base}:events") <= 500
        await queue.client.delete(f"{base}:meta")
        if writer == "ours":
            driver.call("add", queue=queue_name, name="n")
        else:
            await queue.add("n", {})
        assert await queue.client.hget(f"{base}:meta", "opts.maxLenEvents") == "10000"
        await queue.close()

    run(body())


def test_events_from_a_restarted_listener(redis_url, queue_name, driver):
    """Nothing is told twice and nothing is left out when a listener begins where another ended."""
    for number in range(5):
        driver.call("add", queue=queue_name, name=f"job {number}")
    line = [binary("bullmq"), "events", "--queue", queue_name, "--redis", redis_url, "--json"]
    first = [json.loads(text) for text in subprocess.run(line, capture_output=True, text=True, timeout=20).stdout.splitlines()]
    for number in range(5, 10):
        driver.call("add", queue=queue_name, name=f"job {number}")
    rest = [json.loads(text) for text in subprocess.run([*line, "--after", first[-1]["id"]], capture_output=True, text=True, timeout=20).stdout.splitlines()]
    assert [event["name"] for event in first + rest if event["event"] == "added"] == [f"job {number}" for number in range(10)]
    assert len({event["id"] for event in first + rest}) == 20
