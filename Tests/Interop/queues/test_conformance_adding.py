"""The conformance checklist, numbers 1 to 13: adding jobs."""

import asyncio
import json
import time

import pytest
from conformance import both, from_python, from_us, same
from sides import Refused, until


async def all_done(keys, count, state="completed"):
    async def look():
        return await keys.client.zcard(keys.key(state)) == count

    await until(look, 40)


@same
async def test_01_standard_job(side, queue, keys):
    for _ in range(3):
        await side.add(queue, "value", {"a": 1})


@same
async def test_01_all_kinds_leave_the_same_keys(side, queue, keys):
    for options in ({}, {"delay": 60000}, {"priority": 7}, {"lifo": True}, {"delay": 60000, "priority": 2}, {"jobId": "own"},
                    {"attempts": 3, "backoff": 100}, {"removeOnComplete": True, "removeOnFail": 5, "keepLogs": 3}):
        await side.add(queue, "value", {"a": 1}, options)


@both
async def test_02_fifo_of_both_producers(a, b, queue, keys):
    for number in range(50):
        await a.add(queue, "value", {"value": 2 * number})
        await b.add(queue, "value", {"value": 2 * number + 1})
    async with b.working(queue) as runs:
        await all_done(keys, 100)
        assert [run["id"] for run in await runs()] == [str(n + 1) for n in range(100)]


@both
async def test_03_lifo_runs_next(a, b, queue, keys):
    for options in ({}, {}, {"lifo": True}):
        await a.add(queue, "value", {}, options)
    async with b.working(queue) as runs:
        await all_done(keys, 3)
        assert [run["id"] for run in await runs()] == ["3", "1", "2"]


@both
async def test_04_priorities(a, b, queue, keys):
    for options in ({"priority": 10}, {"priority": 1}, {"priority": 10}, {"priority": 2097151}, {}):
        await a.add(queue, "value", {}, options)
    scores = dict(await keys.client.zrange(keys.key("prioritized"), 0, -1, withscores=True))
    assert scores == {"2": 4294967298, "1": 42949672961, "3": 42949672963, "4": 9007194959773700}
    async with b.working(queue) as runs:
        await all_done(keys, 5)
        assert [run["id"] for run in await runs()] == ["5", "2", "1", "3", "4"]


@both
async def test_05_delayed_jobs(a, b, queue, keys):
    now = int(time.time() * 1000)
    for _ in range(4):
        await a.add(queue, "value", {}, {"delay": 1500, "timestamp": now})
    scores = [score for _, score in await keys.client.zrange(keys.key("delayed"), 0, -1, withscores=True)]
    assert scores == [(now + 1500) * 4096 + n for n in range(4)]
    assert await keys.client.zrange(keys.key("marker"), 0, -1, withscores=True) == [("1", now + 1500)]
    async with b.working(queue) as runs:
        await all_done(keys, 4)
        done = await runs()
    assert [run["id"] for run in done] == ["1", "2", "3", "4"]
    # The Python worker blocks for whole seconds, so it is up to one late; this machine may be busy.
    assert 0 <= done[0]["at"] - (now + 1500) < (4000 if b.name == "theirs" else 3000)


@both
async def test_06_delayed_then_prioritized(a, b, queue, keys):
    late = await a.add(queue, "value", {}, {"delay": 300, "priority": 9})
    soon = await a.add(queue, "value", {}, {"delay": 300, "priority": 2})
    assert await keys.client.zcard(keys.key("delayed")) == 2
    await asyncio.sleep(0.4)
    async with b.working(queue) as runs:
        await all_done(keys, 2)
        assert [run["id"] for run in await runs()] == [soon, late]


@both
async def test_07_an_id_is_added_once(a, b, queue, keys):
    assert await a.add(queue, "value", {"n": 1}, {"jobId": "mine"}) == "mine"
    assert await b.add(queue, "other", {"n": 2}, {"jobId": "mine"}) == "mine"
    assert await keys.field("mine", "data") == '{"n":1}' and await keys.field("mine", "name") == "value"
    assert await keys.client.get(keys.key("id")) == "2"
    assert [event["jobId"] for event in await keys.events("duplicated")] == ["mine"]


@from_us
async def test_08_refused_options(a, b, queue, keys):
    for options in ({"jobId": "0"}, {"jobId": "0:x"}, {"jobId": "123"}, {"jobId": "-5"}, {"jobId": "a:b"}, {"jobId": "a:b:c"},
                    {"priority": 2097152}, {"priority": 1.5}, {"priority": -1}, {"debounce": {"id": "x"}},
                    {"deduplication": {"id": ""}}, {"failParentOnFailure": True, "ignoreDependencyOnFailure": True},
                    {"backoff": {"type": "fixed", "delay": 1, "jitter": 2}}):
        with pytest.raises(Refused, match="invalidOptions"):
            await a.add(queue, "value", {}, options)
    # Two characters, four bytes, and what is around them.
    with pytest.raises(Refused, match="exceeds the limit 10 bytes"):
        await a.add(queue, "value", {"v": "éé"}, {"sizeLimit": 10})
    await a.add(queue, "value", {"v": "éé"}, {"sizeLimit": 12})
    assert await a.add(queue, "value", {}, {"jobId": "0123"}) == "0123"
    assert await keys.client.get(keys.key("id")) == "2"


@from_python
async def test_09_odd_ids_of_python(a, b, queue, keys):
    for job_id in ("123", "a:b", "a:b:c"):
        await a.add(queue, "value", {}, {"jobId": job_id})
    async with b.working(queue) as runs:
        await all_done(keys, 3)
        assert [run["id"] for run in await runs()] == ["123", "a:b", "a:b:c"]
    assert await keys.client.llen(keys.key("active")) == 0


@both
async def test_10_data_survive(a, b, queue, keys):
    values = [
        {"deep": [{"a": [[], {}]}, None]}, [], {}, "é \u2028 😀 \" \\ /", 12345678901234567890, -1.5e-7, None, True, "x" * 1_000_000]
    for value in values:
        await a.add(queue, "value", {"value": value})
    async with b.working(queue):
        await all_done(keys, len(values))
    for number, value in enumerate(values):
        assert json.loads(await keys.field(number + 1, "returnvalue")) == value
        assert (await a.job(queue, str(number + 1)))["returnvalue"] in (value, json.dumps(value))


@both
async def test_11_bulk_keeps_order(a, b, queue, keys):
    jobs = [{"name": "value", "data": {"value": n}} for n in range(1000)]
    await b.add(queue, "value")
    assert await a.add_bulk(queue, jobs) == [str(n + 2) for n in range(1000)] or a.name == "theirs"
    assert (await keys.client.lrange(keys.key("wait"), 0, -1))[::-1] == [str(n + 1) for n in range(1001)]


@from_us
async def test_12_options_decode_to_the_same_names(a, b, queue, keys):
    parent = await b.add(queue, "value")
    given = {
        "attempts": 4, "backoff": 5, "removeOnComplete": {"count": 3, "age": 60}, "removeOnFail": 7, "keepLogs": 9, "stackTraceLimit": 2,
        "sizeLimit": 1000, "priority": 3, "lifo": True, "parent": {"id": parent, "queue": f"bull:{queue}"},
        "ignoreDependencyOnFailure": True, "telemetry": {"metadata": "m", "omitContext": True}}
    stored = json.loads(await keys.field(await a.add(queue, "value", {}, given), "opts"))
    assert stored["backoff"] == {"type": "fixed", "delay": 5} and stored["kl"] == 9 and stored["idof"] is True
    assert stored["tm"] == "m" and stored["omc"] is True
    deduplicated = await a.add(queue, "value", {}, {"deduplication": {"id": "d", "ttl": 5000, "extend": True}})
    options = (await b.job(queue, deduplicated))["opts"]
    assert options.get("deduplication", options.get("de")) == {"id": "d", "ttl": 5000, "extend": True}
    for long, short in (("failParentOnFailure", "fpof"), ("continueParentOnFailure", "cpof"), ("removeDependencyOnFailure", "rdof")):
        stored = json.loads(await keys.field(await a.add(queue, "value", {}, {long: True}), "opts"))
        assert stored == {short: True, "delay": 0, "attempts": 0}


@both
async def test_13_unknown_things_survive(a, b, queue, keys):
    job_id = await a.add(queue, "flaky", {}, {"attempts": 2, "mine": {"deep": [1, "two"]}})
    await keys.client.hset(keys.key(job_id), "sw:own", "kept")
    async with b.working(queue):
        await all_done(keys, 1)
    assert json.loads(await keys.field(job_id, "opts"))["mine"] == {"deep": [1, "two"]}
    assert await keys.field(job_id, "sw:own") == "kept"
