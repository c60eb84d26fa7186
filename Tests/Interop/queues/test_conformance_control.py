"""The conformance checklist, numbers 44 to 55: what operators do, and deduplication.

Where both sides can do a thing, each does it to a queue of its own, and the keys must be the same.
"""

import asyncio
import time

import pytest
from conformance import both, from_python, from_us, same
from sides import Refused, until
from test_conformance_adding import all_done


async def fill(side, queue, keys):
    """One job in each state, by its name; the others' client cannot tell who added them."""
    await side.add(queue, "value", {}, {"jobId": "w"})
    await side.add(queue, "value", {}, {"jobId": "w2"})
    await side.add(queue, "value", {}, {"jobId": "d", "delay": 60000})
    await side.add(queue, "value", {}, {"jobId": "dp", "delay": 60000, "priority": 4})
    await side.add(queue, "value", {}, {"jobId": "p", "priority": 4})
    await side.add(queue, "value", {}, {"jobId": "p2", "priority": 4})


async def finish(side, queue, keys):
    """Two completed and two failed jobs."""
    for job_id, name in (("c", "value"), ("f", "fail"), ("c2", "value"), ("f2", "fail")):
        await side.add(queue, name, {}, {"jobId": job_id})
    async with side.working(queue):
        await all_done(keys, 2)
        await all_done(keys, 2, "failed")
    # Python and we leave different traces of an idle worker.
    await keys.client.delete(keys.key("marker"), keys.key("stalled"), keys.key("stalled-check"), keys.key("events"))


@same
async def test_44_promote(side, queue, keys):
    await fill(side, queue, keys)
    await side.do("promote", queue, job="d")
    await side.do("promote", queue, job="dp")


@from_us
async def test_44_change_delay(a, b, queue, keys):
    await fill(a, queue, keys)
    before = int(time.time() * 1000)
    await a.do("changeDelay", queue, job="d", delay=90000)
    score = await keys.client.zscore(keys.key("delayed"), "d")
    assert before + 90000 <= score // 4096 <= before + 95000 and await keys.field("d", "delay") == "90000"
    with pytest.raises(Refused, match="wrongState: Job w is not in the delayed state. changeDelay"):
        await a.do("changeDelay", queue, job="w", delay=1)
    with pytest.raises(Refused, match="notFound: Missing key for job nobody. changeDelay"):
        await a.do("changeDelay", queue, job="nobody", delay=1)
    await a.do("changeDelay", queue, job="d", delay=100)
    async with b.working(queue):
        await all_done(keys, 5)


@same
async def test_44_change_priority(side, queue, keys):
    await fill(side, queue, keys)
    await side.do("changePriority", queue, job="w", priority=9)
    await side.do("changePriority", queue, job="p", priority=0, lifo=True)
    await side.do("changePriority", queue, job="p2", priority=7, lifo=True)
    await side.do("changePriority", queue, job="d", priority=3)


@same
async def test_45_remove(side, queue, keys):
    await fill(side, queue, keys)
    await finish(side, queue + "f", type(keys)(keys.client, queue + "f"))
    for job_id in ("w", "d", "p", "never"):
        await side.do("remove", queue, job=job_id) if job_id != "never" or side.name == "ours" else None


@same
async def test_45_remove_finished(side, queue, keys):
    await finish(side, queue, keys)
    await side.do("remove", queue, job="c")
    await side.do("remove", queue, job="f")


@both
async def test_45_refused_removal(a, b, queue, keys):
    await b.add(queue, "value", {}, {"jobId": "held"})
    await keys.client.set(keys.key("held:lock"), "t")
    with pytest.raises(Refused, match="locked"):
        await a.do("remove", queue, job="held")
    await keys.client.zadd(keys.key("repeat"), {"every": 5})
    await keys.client.hset(keys.key("repeat:every:5"), mapping={"rjk": "every", "name": "x", "data": "{}", "opts": "{}", "timestamp": 1})
    with pytest.raises(Refused, match="ownedByScheduler"):
        await a.do("remove", queue, job="repeat:every:5")


@pytest.mark.parametrize("delayed", [False, True])
def test_46_drain(redis_url, queue_name, delayed):
    @same
    async def drain(side, queue, keys):
        await fill(side, queue, keys)
        await finish(side, queue + "f", type(keys)(keys.client, queue + "f"))
        await side.do("drain", queue, delayed=delayed)

    drain(redis_url, queue_name, "ours", "theirs")


@from_us
async def test_46_drain_spares_what_a_scheduler_needs(a, b, queue, keys):
    # Where the official script takes the wrong one: the scheduler's job waits between two others.
    await a.add(queue, "value", {}, {"jobId": "before"})
    await keys.client.zadd(keys.key("repeat"), {"every": 5})
    await keys.client.hset(keys.key("repeat:every:5"), mapping={"rjk": "every", "name": "x", "data": "{}", "opts": "{}", "timestamp": 1})
    await keys.client.lpush(keys.key("wait"), "repeat:every:5")
    await a.add_bulk(queue, [{"name": "value", "data": {}}] * 2500)
    await a.do("drain", queue)
    assert await keys.client.lrange(keys.key("wait"), 0, -1) == ["repeat:every:5"]
    assert await keys.client.exists(keys.key("repeat:every:5")) and not await keys.client.exists(keys.key("before"))


@pytest.mark.parametrize("state", ["wait", "delayed", "prioritized", "completed", "failed"])
@pytest.mark.parametrize("limit", [0, 1])
def test_47_clean(redis_url, queue_name, state, limit):
    @same
    async def clean(side, queue, keys):
        await (finish if state in ("completed", "failed") else fill)(side, queue, keys)
        await asyncio.sleep(0.01)
        cleaned = await side.do("clean", queue, state=state, grace=0, limit=limit)
        assert len(cleaned) == (1 if limit else 2)
        assert await side.do("clean", queue, state=state, grace=60000, limit=0) == []

    clean(redis_url, queue_name, "ours", "theirs")


@both
async def test_47_clean_active_jobs_without_a_lock(a, b, queue, keys):
    await b.add(queue, "value", {}, {"jobId": "lost"})
    await b.add(queue, "value", {}, {"jobId": "held"})
    await keys.client.delete(keys.key("wait"))
    await keys.client.lpush(keys.key("active"), "lost", "held")
    await keys.client.set(keys.key("held:lock"), "t")
    await asyncio.sleep(0.01)
    assert await a.do("clean", queue, state="active", grace=0, limit=0) == ["lost"]
    assert await keys.client.lrange(keys.key("active"), 0, -1) == ["held"]


@both
async def test_48_obliterate(a, b, queue, keys):
    await finish(b, queue, keys)
    await fill(b, queue, keys)
    await b.flow({"name": "value", "queueName": queue, "children": [{"name": "value", "queueName": queue}]})
    await b.add(queue, "value", {}, {"deduplication": {"id": "x"}})
    await keys.client.lpush(keys.key("active"), "w")
    with pytest.raises(Exception, match="Cannot obliterate queue with active jobs"):
        await a.do("obliterate", queue)
    assert await a.do("isPaused", queue)
    await a.do("obliterate", queue, force=True)
    left = await keys.client.keys(f"{keys.base}:*")
    assert left == [] or a.name == "theirs"


@pytest.mark.parametrize("state, name, resets", [("failed", "f", {}), ("completed", "c", {"resetAttempts": True, "resetStarts": True})])
def test_49_retry(redis_url, queue_name, state, name, resets):
    @same
    async def retry(side, queue, keys):
        await finish(side, queue, keys)
        await side.do("retry", queue, job=name, state=state, **resets)

    retry(redis_url, queue_name, "ours", "theirs")


@pytest.mark.parametrize("state", ["failed", "completed"])
def test_49_retry_all(redis_url, queue_name, state):
    @same
    async def retry(side, queue, keys):
        await finish(side, queue, keys)
        await side.do("retryAll", queue, state=state)

    retry(redis_url, queue_name, "ours", "theirs")


@same
async def test_49_promote_all(side, queue, keys):
    await fill(side, queue, keys)
    await side.do("promoteAll", queue)


@from_python
async def test_50_getters_agree(a, b, queue, keys):
    await finish(a, queue, keys)
    await fill(a, queue, keys)
    ours, theirs = await b.do("counts", queue), await a.do("counts", queue)
    ours["waiting"] = ours.pop("wait")
    ours.pop("paused")
    assert ours == theirs and sum(ours.values()) == 10
    for job_id in ("w", "d", "p", "c", "f"):
        state = await b.do("state", queue, job=job_id)
        assert {"wait": "waiting"}.get(state, state) == await a.do("state", queue, job=job_id)
    assert await b.do("countsPerPriority", queue, priorities=[0, 4, 5]) == await a.do("countsPerPriority", queue, priorities=[0, 4, 5])
    for state in ("wait", "delayed", "prioritized", "completed", "failed"):
        for newest in (False, True):
            for place in ((0, -1), (0, 0), (1, 1), (1, -1)):
                asked = {"states": [state], "newestFirst": newest, "from": place[0], "to": place[1]}
                assert await b.do("jobs", queue, **asked) == await a.do("jobs", queue, **asked), asked


# Deduplication.


@same
async def test_51_simple_deduplication(side, queue, keys):
    first = await side.add(queue, "value", {"n": 1}, {"deduplication": {"id": "x"}})
    assert await side.add(queue, "value", {"n": 2}, {"deduplication": {"id": "x"}}) == first
    assert await side.do("deduplicationOwner", queue, key="x") == first


@both
async def test_51_freed_when_finished_not_on_retry(a, b, queue, keys):
    for name, state in (("value", "completed"), ("fail", "failed")):
        key = keys.key("de:" + name)
        options = {"deduplication": {"id": name}, "attempts": 2, "backoff": {"type": "fixed", "delay": 1200}}
        first = await a.add(queue, name, {}, options)
        async with b.working(queue):
            if name == "fail":
                async def retrying():
                    return await keys.client.zcard(keys.key("delayed")) == 1

                await until(retrying)
                assert await keys.client.get(key) == first and await a.add(queue, name, {}, options) == first
            await all_done(keys, 1, state)
        assert not await keys.client.exists(key)
        assert await a.add(queue, "value", {}, {"delay": 60000, **options}) != first


@same
async def test_52_throttle(side, queue, keys):
    for number in range(3):
        await side.add(queue, "value", {"n": number}, {"deduplication": {"id": "x", "ttl": 60000}})
    assert 0 < await keys.client.pttl(keys.key("de:x")) <= 60000


@same
async def test_52_extended_throttle(side, queue, keys):
    options = {"deduplication": {"id": "x", "ttl": 60000, "extend": True}}
    await side.add(queue, "value", {}, options)
    await keys.client.pexpire(keys.key("de:x"), 5000)
    await side.add(queue, "value", {}, options)
    assert await keys.client.pttl(keys.key("de:x")) > 50000


@pytest.mark.parametrize("rules", [{}, {"ttl": 60000}, {"ttl": 60000, "extend": True}, {"keepLastIfActive": True}])
def test_53_debounce(redis_url, queue_name, rules):
    @same
    async def debounce(side, queue, keys):
        for number in range(3):
            options = {"delay": 50000, "deduplication": {"id": "x", "replace": True, **rules}}
            await side.add(queue, "value", {"n": number}, options)
            if number == 0 and "ttl" in rules:
                await keys.client.pexpire(keys.key("de:x"), 5000)
        if "ttl" in rules:
            assert (await keys.client.pttl(keys.key("de:x")) > 50000) == ("extend" in rules)
        # One that is not delayed any more is not replaced.
        await side.do("promote", queue, job="3")
        await side.add(queue, "value", {"n": 4}, {"delay": 50000, "deduplication": {"id": "x", "replace": True, **rules}})

    debounce(redis_url, queue_name, "ours", "theirs")


@both
async def test_54_keep_the_last_while_active(a, b, queue, keys):
    rules = {"deduplication": {"id": "x", "keepLastIfActive": True}}
    first = await a.add(queue, "sleep", {"ms": 700}, rules)
    async with b.working(queue) as runs:
        async def active():
            return await keys.client.llen(keys.key("active")) == 1

        await until(active)
        assert await a.add(queue, "value", {"value": 2}, rules) == first
        assert await b.add(queue, "value", {"value": 3}, rules) == first
        stored = await keys.client.hgetall(keys.key("dn:x"))
        assert stored["data"] == '{"value":3}' and stored["jid"] == "3"
        await all_done(keys, 2)
        assert [run["id"] for run in await runs()] == [first, "3"]
    assert await keys.field("3", "returnvalue") == "3"
    assert not await keys.client.exists(keys.key("dn:x"), keys.key("de:x"))
    names = [(event["event"], event["jobId"]) for event in await keys.events("added", "completed")]
    assert names.index(("added", "3")) < names.index(("completed", first))


@same
async def test_55_removing_the_owner_frees_the_id(side, queue, keys):
    first = await side.add(queue, "value", {}, {"deduplication": {"id": "x"}})
    await side.do("remove", queue, job=first)
    assert await side.add(queue, "value", {}, {"deduplication": {"id": "x"}}) == "2"
    # An owner that is gone without a word.
    await keys.client.delete(keys.key("2"))
    assert await side.add(queue, "value", {}, {"deduplication": {"id": "x"}}) == "3"
