"""Queues shared with the official Python client, in both directions."""

import asyncio
import json
import time

import pytest
from bullmq import Job, Queue, UnrecoverableError, Worker


def run(coroutine):
    return asyncio.run(coroutine)


async def until(condition, limit: float = 20):
    """Waits until the coroutine function `condition` answers something true, and answers that."""
    end = time.monotonic() + limit
    while True:
        result = await condition()
        if result:
            return result
        assert time.monotonic() < end, "nothing happened in time"
        await asyncio.sleep(0.02)


async def with_queue(redis_url, queue_name, body):
    queue = Queue(queue_name, {"connection": redis_url})
    try:
        return await body(queue)
    finally:
        await queue.close()


async def with_worker(redis_url, queue_name, processor, body):
    # The Python worker blocks for whole seconds; one is its shortest.
    worker = Worker(queue_name, processor, {"connection": redis_url, "drainDelay": 1})
    try:
        return await body()
    finally:
        await worker.close(force=True)


async def finished(queue, job_id, state):
    async def look():
        return await queue.client.zscore(f"bull:{queue.name}:{state}", job_id) is not None

    await until(look)
    return await Job.fromId(queue, job_id)


# Python adds, we process.


def test_python_adds_we_process(redis_url, queue_name, tool):
    async def body(queue):
        data = {"color": "réd", "n": 1.5, "deep": [{"a": None}, []], "big": 12345678901234567890}
        job = await queue.add("paint", data, {"jobId": "my-id"})
        tool.work("cat", "--name", "w1")
        done = await finished(queue, job.id, "completed")
        value = done.returnvalue if isinstance(done.returnvalue, dict) else json.loads(done.returnvalue)
        assert value["data"] == data and value["name"] == "paint" and value["id"] == "my-id" and value["attemptsMade"] == 0
        assert done.attemptsMade == 1 and done.finishedOn >= done.processedOn >= done.timestamp

    run(with_queue(redis_url, queue_name, body))


@pytest.mark.parametrize("text, value", [("", ""), ("plain text", "plain text"), ("[1,2]", [1, 2]), ("null", None), ("0", 0)])
def test_return_values(redis_url, queue_name, tool, text, value):
    async def body(queue):
        job = await queue.add("r", {})
        tool.work(f"printf '%s' '{text}'")
        await finished(queue, job.id, "completed")
        raw = await queue.client.hget(f"bull:{queue_name}:{job.id}", "returnvalue")
        assert json.loads(raw) == value

    run(with_queue(redis_url, queue_name, body))


@pytest.mark.parametrize("job_id", ["123", "a:b", "a:b:c"])
def test_odd_ids_of_python(redis_url, queue_name, tool, job_id):
    async def body(queue):
        await queue.add("odd", {}, {"jobId": job_id})
        tool.work("true")
        await finished(queue, job_id, "completed")

    run(with_queue(redis_url, queue_name, body))


def test_python_adds_we_retry(redis_url, queue_name, tool, tmp_path):
    async def body(queue):
        job = await queue.add("flaky", {}, {"attempts": 3, "backoff": {"type": "exponential", "delay": 200}})
        tool.work(f"echo x >> {tmp_path}/tries; echo boom >&2; exit 3")
        done = await finished(queue, job.id, "failed")
        assert done.failedReason == "boom" and done.attemptsMade == 3 and len(done.stacktrace) == 3
        assert len((tmp_path / "tries").read_text().split()) == 3
        events = await queue.client.xrange(f"bull:{queue_name}:events")
        kinds = [fields["event"] for _, fields in events]
        assert kinds.count("delayed") == 2 and kinds[-3:] == ["failed", "retries-exhausted", "drained"]
        assert done.finishedOn - done.timestamp >= 600

    run(with_queue(redis_url, queue_name, body))


def test_python_adds_we_delay(redis_url, queue_name, tool):
    async def body(queue):
        tool.work("true")
        await asyncio.sleep(0.3)
        slow = await queue.add("later", {}, {"delay": 900})
        soon = await queue.add("soon", {}, {"delay": 300, "priority": 4})
        for job, delay in [(slow, 900), (soon, 300)]:
            done = await finished(queue, job.id, "completed")
            assert delay <= done.processedOn - done.timestamp < delay + 250

    run(with_queue(redis_url, queue_name, body))


def test_python_pauses_us(redis_url, queue_name, tool):
    async def body(queue):
        await queue.pause()
        tool.work("true")
        job = await queue.add("held", {})
        await asyncio.sleep(0.5)
        assert json.loads(tool.run("counts", "--json"))["wait"] == 1
        await queue.resume()
        await finished(queue, job.id, "completed")

    run(with_queue(redis_url, queue_name, body))


def test_we_finish_flow_children_of_python(redis_url, queue_name, tool):
    from bullmq import FlowProducer

    async def body(queue):
        producer = FlowProducer({"connection": redis_url})
        children = [{"name": f"c{n}", "queueName": queue_name, "data": {"n": n}} for n in range(3)]
        flow = await producer.add({"name": "root", "queueName": queue_name, "data": {}, "children": children})
        tool.work("""printf '{"v":1}'""", "--concurrency", "3")
        root = await finished(queue, flow["job"].id, "completed")
        values = await queue.client.hgetall(f"bull:{queue_name}:{root.id}:processed")
        assert [json.loads(value) for value in values.values()] == [{"v": 1}] * 3
        await producer.close()

    run(with_queue(redis_url, queue_name, body))


# We add, Python processes.


def test_we_add_python_processes(redis_url, queue_name, tool):
    async def body(queue):
        data = {"s": "ü/\"", "list": [], "object": {}, "n": None}
        job_id = tool.run("add", "--name", "mine", "--data", json.dumps(data))
        assert job_id == "1"
        seen = []

        async def process(job, token):
            seen.append((job.name, job.data, job.attemptsMade))
            return {"answer": 42}

        await with_worker(redis_url, queue_name, process, lambda: finished(queue, job_id, "completed"))
        assert seen == [("mine", data, 0)]
        assert json.loads(tool.run("counts", "--json"))["completed"] == 1

    run(with_queue(redis_url, queue_name, body))


def test_options_read_the_same(redis_url, queue_name, tool):
    options = {
        "attempts": 4, "backoff": {"type": "fixed", "delay": 5}, "removeOnComplete": {"count": 3, "age": 60}, "removeOnFail": 7,
        "keepLogs": 9, "stackTraceLimit": 2, "sizeLimit": 1000, "priority": 3, "lifo": True,
    }

    async def body(queue):
        job_id = tool.run("add", "--name", "o", "--opts", json.dumps(options))
        job = await Job.fromId(queue, job_id)
        for key, value in options.items():
            assert job.opts[key] == value, key

    run(with_queue(redis_url, queue_name, body))


def test_same_keys_as_python(redis_url, queue_name, tool):
    """An add by us and one by Python leave the same keys, fields and events."""

    async def dump(queue):
        base = f"bull:{queue.name}"
        client = queue.client
        job = await client.hgetall(f"{base}:1")
        opts = json.loads(job.pop("opts"))
        assert int(job.pop("timestamp")) > 0
        events = [fields for _, fields in await client.xrange(f"{base}:events")]
        for event in events:
            if "delay" in event:
                event["delay"] = "set"
        delayed = await client.zcard(f"{base}:delayed")
        keys = sorted(key.removeprefix(base) for key in await client.keys(f"{base}:*"))
        wait = await client.lrange(f"{base}:wait", 0, -1)
        prioritized = await client.zrange(f"{base}:prioritized", 0, -1, withscores=True)
        return keys, job, opts, events, delayed, wait, prioritized, await client.get(f"{base}:id")

    async def body(queue):
        for number, options in enumerate([{}, {"delay": 60000}, {"priority": 7}, {"lifo": True}]):
            ours, theirs = f"{queue_name}o{number}", f"{queue_name}t{number}"
            tool.queue = ours
            tool.run("add", "--name", "n", "--data", '{"a":1}', "--opts", json.dumps(options))

            async def add(other):
                await other.add("n", {"a": 1}, options)
                return await dump(other)

            expected = await with_queue(redis_url, theirs, add)
            got = await with_queue(redis_url, ours, dump)
            assert got == expected, options

    run(with_queue(redis_url, queue_name, body))


def test_python_retries_and_gives_up(redis_url, queue_name, tool):
    async def body(queue):
        opts = json.dumps({"attempts": 2, "backoff": {"type": "fixed", "delay": 300}})
        job_id = tool.run("add", "--name", "f", "--opts", opts)
        fatal_id = tool.run("add", "--name", "fatal", "--opts", opts)

        async def process(job, token):
            if job.name == "fatal":
                raise UnrecoverableError("fatal")
            raise ValueError("no")

        async def both():
            return await finished(queue, job_id, "failed"), await finished(queue, fatal_id, "failed")

        failed, fatal = await with_worker(redis_url, queue_name, process, both)
        assert failed.attemptsMade == 2 and failed.failedReason == "no"
        assert fatal.attemptsMade == 1

    run(with_queue(redis_url, queue_name, body))


def test_python_runs_our_delayed_job(redis_url, queue_name, tool):
    async def body(queue):
        async def process(job, token):
            return None

        async def add():
            await asyncio.sleep(0.3)
            job_id = tool.run("add", "--name", "d", "--opts", '{"delay":500}')
            return await finished(queue, job_id, "completed")

        done = await with_worker(redis_url, queue_name, process, add)
        # The Python worker is up to a second late, whoever added the job.
        assert 500 <= done.processedOn - done.timestamp < 1900

    run(with_queue(redis_url, queue_name, body))


def test_duplicate_ids(redis_url, queue_name, tool):
    async def body(queue):
        await queue.add("first", {"n": 1}, {"jobId": "same"})
        answer = json.loads(tool.run("add", "--name", "second", "--opts", '{"jobId":"same"}', "--json"))
        assert answer == {"id": "same", "isNew": False}
        assert (await Job.fromId(queue, "same")).name == "first"
        assert await queue.client.get(f"bull:{queue_name}:id") == "2"

    run(with_queue(redis_url, queue_name, body))


# Together.


def test_attempts_add_up(redis_url, queue_name, tool):
    """First try in Python, second here."""

    async def body(queue):
        job_id = tool.run("add", "--name", "f", "--opts", '{"attempts":3,"backoff":{"type":"fixed","delay":400}}')

        async def process(job, token):
            raise ValueError("python failed")

        async def first():
            async def look():
                return await queue.client.hget(f"bull:{queue_name}:{job_id}", "atm") == "1"

            await until(look)

        await with_worker(redis_url, queue_name, process, first)
        tool.work("echo ours failed >&2; exit 1")
        done = await finished(queue, job_id, "failed")
        assert done.attemptsMade == 3 and len(done.stacktrace) == 3
        assert "python failed" in done.stacktrace[0] and "ours failed" in done.stacktrace[2]

    run(with_queue(redis_url, queue_name, body))


def test_mixed_workers_share_a_queue(redis_url, queue_name, tool, tmp_path):
    count = 200

    async def body(queue):
        lines = "\n".join(json.dumps({"name": "m", "data": {"n": n}}) for n in range(count))
        ids = tool.run("add-bulk", stdin=lines).split()
        assert ids == [str(n + 1) for n in range(count)]
        seen = []

        async def process(job, token):
            seen.append(job.id)
            await asyncio.sleep(0.01)

        # One write a job, so that four at once do not tear each other's lines.
        tool.work(f"""echo "$(sed 's/.*"id":"\\([0-9]*\\)".*/\\1/')" >> {tmp_path}/ours""", "--concurrency", "4")

        async def all_done():
            async def look():
                return await queue.client.zcard(f"bull:{queue_name}:completed") == count

            await until(look, 40)

        await with_worker(redis_url, queue_name, process, all_done)
        ours = (tmp_path / "ours").read_text().split()
        assert sorted(map(int, seen + ours)) == list(range(1, count + 1))
        assert seen and ours
        assert await queue.client.llen(f"bull:{queue_name}:active") == 0

    run(with_queue(redis_url, queue_name, body))


def test_we_recover_stalled_jobs_of_python(redis_url, queue_name, tool):
    """A job that Python fetched and never finished comes back through our stalled check."""

    async def body(queue):
        job = await queue.add("s", {})
        client = queue.client
        base = f"bull:{queue_name}"
        await client.lmove(f"{base}:wait", f"{base}:active", "RIGHT", "LEFT")
        await client.sadd(f"{base}:stalled", job.id)
        tool.work("echo saved")
        done = await finished(queue, job.id, "completed")
        assert await client.hget(f"{base}:{job.id}", "stc") == "1"
        assert done.attemptsMade == 1

    run(with_queue(redis_url, queue_name, body))


def test_worker_is_listed_like_a_node_worker(redis_url, queue_name, tool):
    import base64

    async def body(queue):
        tool.work("true", "--name", "w7")
        wanted = f"bull:{base64.b64encode(queue_name.encode()).decode()}:w:w7"

        async def look():
            return wanted in [client["name"] for client in await queue.client.client_list()]

        await until(look)

    run(with_queue(redis_url, queue_name, body))
