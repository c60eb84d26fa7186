"""Faults on real servers that take several processes."""

import asyncio
import os
import random
import subprocess

import pytest
import redis.asyncio
from sides import Keys, Ours, Theirs, until
from tools import binary


@pytest.mark.parametrize("groups", [0, 20], ids=["plain", "grouped"])
def test_workers_killed_while_ten_thousand_jobs_run(redis_url, queue_name, groups):
    """kill -9 at random moments: every job completes at least once, none is lost, counts add up; limits of groups hold."""
    seed = int(os.environ.get("MAINSTAY_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}")
    chance, jobs = random.Random(seed), 10_000

    async def work(keys, deadline):
        async with Ours(redis_url) as victim:
            run = victim.send("work", worker="v", queue=queue_name, concurrency=50, lockDuration=1000, stalledInterval=500,
                              maxStalledCount=1000, drainDelay=500)
            done, _ = await asyncio.wait([run], timeout=deadline)
            assert not done, run.exception() or "the worker ended by itself"
            victim.kill()
            run.cancel()

    async def body():
        client = redis.asyncio.from_url(redis_url, decode_responses=True)
        keys = Keys(client, queue_name)
        async with Ours(redis_url) as producer:
            if groups:
                subprocess.run([binary("bullmq"), "groups", "set", "g0", "--concurrency", "3", "--queue", queue_name, "--redis", redis_url],
                               check=True, timeout=20)
            for _ in range(10):
                await producer.add_bulk(queue_name, [
                    {"name": "sleep", "data": {"ms": 40}} | ({"opts": {"group": [f"g{n % groups}", f"q{n % 3}"]}} if groups else {})
                    for n in range(jobs // 10)])

            async def watch():
                while True:
                    held = [path for path in await client.hvals(keys.key("sw:a")) if path.startswith("g0/")]
                    assert len(held) <= 3, held
                    await asyncio.sleep(0.02)

            watching = asyncio.create_task(watch())

            async def is_over():
                return await client.zcard(keys.key("completed")) == jobs

            kills = 0
            while kills < 8 and not await is_over():
                await asyncio.gather(*(work(keys, chance.uniform(0.2, 1.0)) for _ in range(2)))
                kills += 2
            assert kills >= 4
            async with producer.working(queue_name, concurrency=50, lockDuration=1000, stalledInterval=500, maxStalledCount=1000,
                                        drainDelay=500):
                await until(is_over, 60)
            counts = await producer.do("counts", queue_name)
            assert counts == {"completed": jobs, "failed": 0, "wait": 0, "active": 0, "delayed": 0, "prioritized": 0, "paused": 0,
                              "waiting-children": 0}
            assert int(await client.get(keys.key("id"))) == jobs
            started = [int(value) for value in await _field_of_all(client, keys, jobs, "ats")]
            assert min(started) >= 1 and sum(started) > jobs, "no job was cut short"
            assert set(await _field_of_all(client, keys, jobs, "atm")) == {"1"}
            assert not watching.done(), watching.exception()
            watching.cancel()
            # All that is left of the groups are the settings of the one that has some.
            left = {key.split(":sw:")[1] for key in await client.keys(keys.key("sw:*"))}
            assert left - {"m", "mi"} == ({"n:", "n:g0", "groups"} if groups else set()), left
        await client.aclose()

    asyncio.run(body())


async def _field_of_all(client, keys, jobs, field):
    pipeline = client.pipeline(transaction=False)
    for job_id in range(1, jobs + 1):
        pipeline.hget(keys.key(job_id), field)
    return await pipeline.execute()


def test_70_redis_restarts_under_both_workers(queue_name, tmp_path):
    """A shutdown in good order, twice, while both clients' workers run: both recover, no job is lost."""
    socket = f"{tmp_path}/redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", socket, "--dir", str(tmp_path), "--save", "", "--appendonly", "yes"]
    url = f"unix://{socket}"
    servers = []

    async def start():
        servers.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))

        async def answers():
            client = redis.asyncio.from_url(url)
            try:
                return await client.ping()
            except redis.exceptions.RedisError:
                return False
            finally:
                await client.aclose()

        await until(answers)

    async def body():
        await start()
        client = redis.asyncio.from_url(url, decode_responses=True)
        keys = Keys(client, queue_name)
        async with Ours(f"redis+unix://{socket}") as ours, Theirs(url) as theirs:
            await ours.add_bulk(queue_name, [{"name": "sleep", "data": {"ms": 10}}] * 600)
            quick = {"lockDuration": 2000, "stalledInterval": 1000, "maxStalledCount": 100}
            async with ours.working(queue_name, concurrency=2, **quick), theirs.working(queue_name, concurrency=2, runRetryDelay=300, **quick):
                for count in (50, 150):
                    async def some_are_done():
                        return await client.zcard(keys.key("completed")) >= count

                    await until(some_are_done)
                    servers[-1].terminate()
                    servers[-1].wait(10)
                    await asyncio.sleep(0.3)
                    await start()

                async def all_are_done():
                    return await client.zcard(keys.key("completed")) == 600

                await until(all_are_done, 60)
            assert await client.llen(keys.key("active")) == 0 and not await client.exists(keys.key("failed"), keys.key("wait"))
        await client.aclose()

    try:
        asyncio.run(body())
    finally:
        servers[-1].kill()
        servers[-1].wait()
