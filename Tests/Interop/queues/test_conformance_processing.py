"""The conformance checklist, numbers 14 to 43: running jobs, locks, and what holds a queue back."""

import asyncio
import json
import time

import pytest
from conformance import both, from_python, from_us, run, same
from sides import Ours, Refused, until
from test_conformance_adding import all_done


@same
async def test_14_completed_jobs(side, queue, keys):
    for value in (None, "", 0, False, [], {}, {"a": [1]}):
        await side.add(queue, "value", {"value": value})
        async with side.working(queue):
            await all_done(keys, int(await keys.client.get(keys.key("id"))))
    # What an idle worker leaves depends on when it was stopped.
    await keys.client.delete(keys.key("marker"), keys.key("stalled"), keys.key("stalled-check"))


@both
async def test_15_worker_names(a, b, queue, keys):
    job_id = await a.add(queue, "value")
    async with b.working(queue, name="w7"):
        await all_done(keys, 1)
    # The Python worker never writes it.
    assert await keys.field(job_id, "pb") == ("w7" if b.name == "ours" else None)
    assert (await a.job(queue, job_id))["attemptsMade"] == 1


@both
async def test_16_failure(a, b, queue, keys):
    job_id = await a.add(queue, "fail", {"message": "plain \"text\""})
    async with b.working(queue):
        await all_done(keys, 1, "failed")
    assert await keys.field(job_id, "failedReason") == "plain \"text\""
    assert len(json.loads(await keys.field(job_id, "stacktrace"))) == 1
    names = [event["event"] for event in await keys.events()]
    assert names[-3:] == ["failed", "retries-exhausted", "drained"]
    assert (await a.job(queue, job_id))["failedReason"] == "plain \"text\""


@from_python
async def test_17_quoted_reasons_are_read(a, b, queue, keys):
    job_id = await a.add(queue, "value")
    await keys.client.hset(keys.key(job_id), "failedReason", json.dumps("it \"broke\""))
    assert (await b.job(queue, job_id))["failedReason"] == "it \"broke\""


@both
async def test_18_backoff(a, b, queue, keys):
    job_id = await a.add(queue, "fail", {}, {"attempts": 3, "backoff": {"type": "exponential", "delay": 200}})
    async with b.working(queue) as runs:
        async def delayed():
            return await keys.field(job_id, "delay") == "200"

        await until(delayed)
        await all_done(keys, 1, "failed")
        at = [run["at"] for run in await runs()]
    assert at[1] - at[0] >= 200 and at[2] - at[1] >= 400
    assert await keys.field(job_id, "delay") == "0" and await keys.field(job_id, "atm") == "3" and await keys.field(job_id, "ats") == "3"
    assert len(await keys.events("delayed")) == 2 and len(await keys.events("retries-exhausted")) == 1


@both
async def test_19_retry_at_once_goes_to_the_back(a, b, queue, keys):
    await a.add(queue, "flaky", {}, {"attempts": 2})
    await a.add(queue, "value")
    async with b.working(queue) as runs:
        await all_done(keys, 2)
        assert [run["id"] for run in await runs()] == ["1", "2", "1"]
    assert {"event": "waiting", "jobId": "1", "prev": "active"} in await keys.events()


@both
async def test_20_attempts_add_up(a, b, queue, keys):
    job_id = await a.add(queue, "fail", {}, {"attempts": 2, "backoff": {"type": "fixed", "delay": 1500}})
    async with a.working(queue):
        async def once():
            return await keys.field(job_id, "atm") == "1"

        await until(once)
    async with b.working(queue):
        await all_done(keys, 1, "failed")
    job = await a.job(queue, job_id)
    assert job["attemptsMade"] == 2 and job["attemptsStarted"] == 2 and job["failedReason"] == "boom 1" and len(job["stacktrace"]) == 2


@both
async def test_21_unrecoverable(a, b, queue, keys):
    job_id = await a.add(queue, "fatal", {}, {"attempts": 5})
    async with b.working(queue):
        await all_done(keys, 1, "failed")
    assert await keys.field(job_id, "atm") == "1" and not await keys.events("retries-exhausted")


@both
async def test_22_stack_trace_limits(a, b, queue, keys):
    for limit in (0, 1):
        await a.add(queue, "fail", {}, {"attempts": 3, "stackTraceLimit": limit})
    async with b.working(queue):
        await all_done(keys, 2, "failed")
    assert [len(json.loads(await keys.field(job_id, "stacktrace"))) for job_id in (1, 2)] == [0, 1]


@pytest.mark.parametrize("kind", ["complete", "fail"])
@pytest.mark.parametrize("keep, expected", [(True, []), (2, [5, 4]), ({"age": 100}, [5, 4, 3, 2, 1]), ({"count": 3}, [5, 4, 3]),
                                            ({"count": 4, "age": 50, "limit": 10}, [5, 4, 3, 2])])
def test_23_retention(redis_url, queue_name, kind, keep, expected):
    async def body(a, b, queue, keys):
        state, name = ("completed", "value") if kind == "complete" else ("failed", "fail")
        # An old one, for the ages.
        await keys.client.zadd(keys.key(state), {"old": time.time() * 1000 - 80_000})
        await keys.client.hset(keys.key("old"), "name", "old")
        for _ in range(5):
            await a.add(queue, name, {}, {"removeOnComplete" if kind == "complete" else "removeOnFail": keep})
            async with b.working(queue, removeOnComplete=100, removeOnFail=100):
                await until(lambda: _none_waits(keys))
        left = await keys.client.zrevrange(keys.key(state), 0, -1)
        assert [job for job in left if job != "old"] == [str(n) for n in expected]
        if isinstance(keep, dict) and keep.get("age") == 50:
            assert "old" not in left and not await keys.client.exists(keys.key("old"))

    asyncio.run(run(redis_url, queue_name, "theirs", "ours", body))


async def _none_waits(keys):
    return not await keys.client.exists(keys.key("wait"), keys.key("active"))


@both
async def test_23_the_workers_default_retention(a, b, queue, keys):
    for n in range(4):
        await a.add(queue, "value")
        await a.add(queue, "value", {}, {"removeOnComplete": False, "jobId": f"kept{n}"})
    async with b.working(queue, removeOnComplete=1):
        await until(lambda: _none_waits(keys))
    # The last one says that all are kept, so it removes nothing.
    assert await keys.client.zrevrange(keys.key("completed"), 0, 0) == ["kept3"]
    assert 1 <= await keys.client.zcard(keys.key("completed")) <= 2


@both
async def test_24_25_progress_and_logs(a, b, queue, keys):
    rows = [f"row {n}" for n in range(5)]
    for progress in (42, "half", {"pct": 50}):
        job_id = await a.add(queue, "told", {"progress": progress, "rows": rows}, {"keepLogs": 3})
        async with b.working(queue):
            await all_done(keys, int(job_id))
        assert (await a.job(queue, job_id))["progress"] in (progress, json.dumps(progress, separators=(",", ":")))
        assert json.loads((await keys.events("progress"))[-1]["data"]) == progress
        for side in (a, b):
            # Python reads the option under another name than it stores.
            kept = rows[2:] if b.name == "ours" else (await side.do("logs", queue, job=job_id))["rows"]
            logs = await side.do("logs", queue, job=job_id)
            assert logs == {"rows": kept, "count": len(kept)}
            newest = await side.do("logs", queue, job=job_id, newestFirst=True, **{"from": 0, "to": 1})
            assert newest["rows"] == kept[::-1][:2]


@both
async def test_26_data_update_is_seen_by_the_next_try(a, b, queue, keys):
    job_id = await a.add(queue, "remember", {"seen": False}, {"attempts": 2, "backoff": {"type": "fixed", "delay": 1000}})
    async with a.working(queue):
        async def once():
            return await keys.field(job_id, "atm") == "1"

        await until(once)
    async with b.working(queue):
        await all_done(keys, 1)
    assert json.loads(await keys.field(job_id, "returnvalue")) == {"seen": True}


@both
async def test_27_postponed_tries_do_not_count(a, b, queue, keys):
    job_id = await a.add(queue, "postponed", {"ms": 200}, {"attempts": 3})
    async with b.working(queue):
        await all_done(keys, 1)
    assert await keys.field(job_id, "atm") == "1" and await keys.field(job_id, "ats") == "2"
    assert await keys.field(job_id, "returnvalue") == "0"


@from_us
async def test_28_both_workers_share_a_thousand_jobs(a, b, queue, keys):
    await a.add_bulk(queue, [{"name": "sleep", "data": {"ms": 2}}] * 1000)
    async with a.working(queue, concurrency=4) as ours, b.working(queue, concurrency=4) as theirs:
        await all_done(keys, 1000)
        ran = [run["id"] for run in await ours()] + [run["id"] for run in await theirs()]
        assert sorted(map(int, ran)) == list(range(1, 1001)) and await ours() and await theirs()
    assert await keys.client.llen(keys.key("active")) == 0


@from_us
async def test_29_drained(a, b, queue, keys):
    for _ in range(3):
        await a.add(queue, "value")
    async with a.working(queue):
        await all_done(keys, 3)
    assert len(await keys.events("drained")) == 1
    await a.add(queue, "value", {}, {"delay": 60000})
    await a.add(queue, "value")
    async with a.working(queue):
        await all_done(keys, 4)
    assert len(await keys.events("drained")) == 1


@pytest.mark.parametrize("first", ["ours", "theirs"])
def test_30_metrics_of_a_timeline(redis_url, queue_name, first):
    async def body(a, b, queue, keys):
        for minutes_ago, expected in ((None, []), (0, []), (1, [2]), (3, [0, 0, 1, 2])):
            if minutes_ago:
                # As if the last point had been made that long ago.
                await keys.client.hincrby(keys.key("metrics:completed"), "prevTS", -60_000 * minutes_ago)
            job_id = await a.add(queue, "value")
            async with a.working(queue, metrics=10):
                await all_done(keys, int(job_id))
            assert await keys.client.lrange(keys.key("metrics:completed:data"), 0, -1) == [str(point) for point in expected]
        ours = a if a.name == "ours" else b
        assert await ours.do("metrics", queue, state="completed") == {"count": 4, "data": [0, 0, 1, 2], "points": 4}

    while time.time() % 60 > 50:  # the jobs of the first minute must not be torn apart
        time.sleep(0.5)
    asyncio.run(run(redis_url, queue_name, first, "theirs" if first == "ours" else "ours", body))


@from_us
async def test_31_renewal_keeps_a_long_job(a, b, queue, keys):
    job_id = await a.add(queue, "sleep", {"ms": 6000})
    async with a.working(queue, lockDuration=2500, stalledInterval=60000), b.working(queue + "x"):
        async def active():
            return await keys.client.get(keys.key(f"{job_id}:lock"))

        token = await until(active)
        assert ":" in token and 0 < await keys.client.pttl(keys.key(f"{job_id}:lock")) <= 2500
        stalled = b.queue(queue).backend.scripts
        while await keys.client.zcard(keys.key("completed")) == 0:
            await keys.client.delete(keys.key("stalled-check"))
            assert await stalled.moveStalledJobsToWait(1, 500) == []
            await asyncio.sleep(0.3)
    assert await keys.field(job_id, "stc") is None and await keys.field(job_id, "ats") == "1"


@from_python
async def test_32_33_a_killed_worker_of_ours(a, b, queue, keys):
    """Python brings the job back; over the limit, its worker fails it with the agreed text."""
    job_id = await a.add(queue, "sleep", {"ms": 60000})
    check = a.queue(queue).backend.scripts.moveStalledJobsToWait
    for stalls in (1, 2):
        async with Ours(b.url) as victim:
            asyncio.get_running_loop().create_task(_ignore(victim.send("work", worker="v", queue=queue, lockDuration=1000)))
            await until(lambda: _is_active(keys))
            victim.kill()
        await until(lambda: _lock_is_gone(keys, job_id))
        back = []
        # The first one notes the job, unless the victim itself had; the next one brings it back.
        while not back:
            await keys.client.delete(keys.key("stalled-check"))
            back = await check(1, 1000)
        assert back == [job_id] and await keys.field(job_id, "stc") == str(stalls)
        assert await keys.client.lrange(keys.key("wait"), -1, -1) == [job_id]
    assert (await keys.events("waiting", "stalled"))[-2:] == [
        {"event": "waiting", "jobId": job_id, "prev": "active"}, {"event": "stalled", "jobId": job_id}]
    assert await keys.field(job_id, "defa") == "job stalled more than allowable limit"
    async with a.working(queue):
        await all_done(keys, 1, "failed")
    assert await keys.field(job_id, "failedReason") == "job stalled more than allowable limit"
    assert await keys.field(job_id, "defa") is None


async def _ignore(answer):
    try:
        await answer
    except BaseException:
        pass


async def _is_active(keys):
    return await keys.client.llen(keys.key("active")) == 1


async def _lock_is_gone(keys, job_id):
    return not await keys.client.exists(keys.key(f"{job_id}:lock"))


@from_python
async def test_32_33_34_a_vanished_worker_of_python(a, b, queue, keys):
    """Ours brings jobs back, once; fails the one that stalled too often, but not a scheduler's."""
    for job_id, stalls in (("once", 0), ("often", 1), ("scheduled", 1)):
        await a.add(queue, "value", {}, {"jobId": job_id})
        await keys.client.hset(keys.key(job_id), "stc", stalls)
    await keys.client.hset(keys.key("scheduled"), "rjk", "every")
    await keys.client.zadd(keys.key("repeat"), {"every": 1})
    await keys.client.delete(keys.key("wait"))
    await keys.client.lpush(keys.key("active"), "once", "often", "scheduled")
    assert await b.do("checkStalled", queue, stalledInterval=60000) == []
    await keys.client.delete(keys.key("stalled-check"))
    assert sorted(await b.do("checkStalled", queue, stalledInterval=60000)) == ["often", "once", "scheduled"]
    async with a.working(queue):
        await all_done(keys, 2)
        await all_done(keys, 1, "failed")
    assert await keys.field("often", "failedReason") == "job stalled more than allowable limit"


@from_us
async def test_35_finishing_without_the_lock(a, b, queue, keys):
    await a.add(queue, "value")
    await a.do("next", queue)
    await keys.client.delete(keys.key("1:lock"))
    before = await keys.dump()
    with pytest.raises(Refused, match="lockLost: Missing lock for job 1. moveToFinished"):
        await a.do("complete", queue, job="1")
    assert await keys.dump() == before
    await keys.client.set(keys.key("1:lock"), "another")
    with pytest.raises(Refused, match="Lock mismatch for job 1. Cmd moveToFinished from active"):
        await a.do("complete", queue, job="1")
    with pytest.raises(Refused, match="lockLost"):
        await a.do("extendLock", queue, job="1")
    assert await keys.client.lrange(keys.key("active"), 0, -1) == ["1"]


@from_us
async def test_36_one_checker_per_interval(a, b, queue, keys):
    theirs = b.queue(queue).backend.scripts
    await keys.client.lpush(keys.key("active"), "gone")
    await theirs.moveStalledJobsToWait(1, 60000)
    await keys.client.sadd(keys.key("stalled"), "witness")
    assert await a.do("checkStalled", queue, stalledInterval=60000) == []
    assert await keys.client.sismember(keys.key("stalled"), "witness")
    await keys.client.delete(keys.key("stalled-check"))
    await a.do("checkStalled", queue, stalledInterval=60000)
    assert 0 < await keys.client.pttl(keys.key("stalled-check")) <= 60000
    await keys.client.sadd(keys.key("stalled"), "witness")
    await theirs.moveStalledJobsToWait(1, 60000)
    assert await keys.client.sismember(keys.key("stalled"), "witness")


@both
async def test_38_pause_and_resume(a, b, queue, keys):
    async with b.working(queue) as runs:
        await a.add(queue, "value")
        await all_done(keys, 1)
        await a.do("pause", queue)
        assert await a.do("isPaused", queue) and await b.do("isPaused", queue)
        held = await a.add(queue, "value")
        await asyncio.sleep(0.4)
        assert await keys.client.lrange(keys.key("wait"), 0, -1) == [held] and len(await runs()) == 1
        resumed = time.time() * 1000
        await a.do("resume", queue)
        await all_done(keys, 2)
        assert (await runs())[1]["at"] - resumed < 4000
        assert not await b.do("isPaused", queue)


@from_us
async def test_39_resume_drains_a_list_of_old_clients(a, b, queue, keys):
    await a.add(queue, "value")
    ids = [str(n) for n in range(9000)]
    await keys.client.rpush(keys.key("paused"), *ids)
    await a.do("pause", queue)
    await a.do("resume", queue)
    assert not await keys.client.exists(keys.key("paused"))
    assert await keys.client.lrange(keys.key("wait"), 0, -1) == ["1", *ids]
    assert len(await keys.events("resumed")) == 1


@both
async def test_40_global_concurrency(a, b, queue, keys):
    await a.do("setGlobalConcurrency", queue, count=1)
    await a.add_bulk(queue, [{"name": "sleep", "data": {"ms": 30}}] * 12)
    most = 0
    async with a.working(queue, concurrency=3), b.working(queue, concurrency=3):
        while await keys.client.zcard(keys.key("completed")) < 12:
            most = max(most, await keys.client.llen(keys.key("active")))
            await asyncio.sleep(0.005)
    assert most == 1


@both
async def test_41_rate_limits(a, b, queue, keys):
    await a.do("setGlobalRateLimit", queue, max=3, duration=1000)
    await a.add_bulk(queue, [{"name": "value", "data": {}}] * 7)
    async with b.working(queue, concurrency=5) as runs:
        async def limited():
            return await keys.client.get(keys.key("limiter")) == "3" and 0 < await keys.client.pttl(keys.key("limiter")) <= 1000

        await until(limited)
        await all_done(keys, 7)
        at = sorted(run["at"] for run in await runs())
    # A window begins with the first job that it counts.
    assert at[3] - at[0] > 500 and at[6] - at[3] > 500


@both
async def test_41_a_workers_own_limit(a, b, queue, keys):
    await a.add_bulk(queue, [{"name": "value", "data": {}}] * 4)
    async with b.working(queue, concurrency=5, max=2, duration=1000) as runs:
        await all_done(keys, 4)
        at = sorted(run["at"] for run in await runs())
    assert at[2] - at[0] > 500


@both
async def test_42_limiting_by_hand(a, b, queue, keys):
    await a.do("rateLimit", queue, duration=60000)
    await a.add(queue, "value")
    async with b.working(queue, max=100, duration=1000, drainDelay=500) as runs:
        await asyncio.sleep(0.5)
        assert await runs() == []
        await a.do("removeRateLimit", queue)
        if b.name == "ours":  # Python sleeps as long as it was told at first, half a minute at most
            await all_done(keys, 1)


@from_us
async def test_43_rate_limited_jobs_go_to_the_front(a, b, queue, keys):
    for job_id, priority in (("plain", 0), ("fifth", 5)):
        await a.add(queue, "limited", {"ms": 60000}, {"jobId": job_id, "priority": priority} if priority else {"jobId": job_id})
    await a.add(queue, "value", {}, {"jobId": "behind"})
    async with a.working(queue) as runs:
        async def back():
            return len(await runs()) == 1 and await keys.client.lrange(keys.key("wait"), -1, -1) == ["plain"]

        await until(back)
        assert await keys.field("plain", "atm") is None and 0 < await keys.client.pttl(keys.key("limiter")) <= 60000
    await keys.client.delete(keys.key("limiter"), keys.key("wait"))
    async with a.working(queue):
        async def in_front():
            return await keys.client.zscore(keys.key("prioritized"), "fifth") == 5 * 2**32

        await until(in_front)
    await keys.client.delete(keys.key("limiter"))
    await keys.client.hset(keys.key("fifth"), "name", "value")
    async with b.working(queue):
        await all_done(keys, 1)
