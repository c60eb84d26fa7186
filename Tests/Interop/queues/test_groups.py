"""A queue that also has groups, shared with the official Python client: it sees and gets what it always did."""

import json

from bullmq import Job

from test_bullmq import run, until, with_queue, with_worker


def add_grouped(tool, name, *path, **options):
    return tool.run("add", "--name", name, "--data", "{}", "--opts", json.dumps({"group": list(path), **options}))


def test_python_does_not_see_waiting_groups_and_runs_its_own(tool, redis_url, queue_name):
    for number in range(5):
        add_grouped(tool, f"grouped{number}", "acme", "orders", jobId=f"g{number}")
    add_grouped(tool, "later", "acme", jobId="later", delay=60_000)

    async def body(queue):
        done = []

        async def process(job, token):
            done.append(job.name)
            return "python"

        counts = await queue.getJobCounts("wait", "delayed", "prioritized", "active")
        assert counts == {"wait": 0, "delayed": 0, "prioritized": 0, "active": 0}, counts
        jobs = [await queue.add(f"plain{number}", {}) for number in range(5)]

        async def wait():
            async def all_done():
                return len(done) == 5

            await until(all_done)

        await with_worker(redis_url, queue_name, process, wait)
        assert sorted(done) == [f"plain{number}" for number in range(5)]
        assert await queue.client.zcard(f"bull:{queue_name}:completed") == 5
        # The groups are as they were, and a job of one can be looked at.
        job = await Job.fromId(queue, "g0")
        assert job.name == "grouped0" and job.opts["group"] == ["acme", "orders"]
        assert len(jobs) == 5

    run(with_queue(redis_url, queue_name, body))
    assert json.loads(tool.run("counts", "--json"))["wait"] == 5


def test_our_worker_takes_turns_between_groups_and_python_jobs(tool, redis_url, queue_name, tmp_path):
    for number in range(3):
        add_grouped(tool, f"a{number}", "a")
        add_grouped(tool, f"b{number}", "b", "x")

    async def body(queue):
        for number in range(3):
            await queue.add(f"plain{number}", {})
        script = tmp_path / "note"
        script.write_text(f"#!/bin/sh\nhead -c 4000 | sed 's/.*\"name\":\"\\([a-z0-9]*\\)\".*/\\1/' >> {tmp_path}/order; echo >> {tmp_path}/order\n")
        script.chmod(0o755)
        tool.work(str(script))

        async def all_done():
            return await queue.client.zcard(f"bull:{queue_name}:completed") == 9

        await until(all_done, 30)
        order = (tmp_path / "order").read_text().split()
        for at in range(0, 9, 3):
            assert {name[:-1] for name in order[at:at + 3]} == {"a", "b", "plain"}, order
        # Finished jobs of groups are where every client looks for finished jobs.
        counts = await queue.getJobCounts("completed", "wait", "active")
        assert counts == {"completed": 9, "wait": 0, "active": 0}
        assert await queue.client.keys(f"bull:{queue_name}:sw:[!m]*") == []

    run(with_queue(redis_url, queue_name, body))


def test_a_job_of_a_vanished_worker_that_python_recovers_goes_back_to_its_group(tool, redis_url, queue_name):
    add_grouped(tool, "grouped", "acme", jobId="g")
    add_grouped(tool, "second", "acme", jobId="s")

    async def body(queue):
        client = queue.client
        worker = tool.work("sleep 600", "--concurrency", "2")

        async def is_active():
            return await client.llen(f"bull:{queue_name}:active") >= 1

        await until(is_active)
        worker.kill()
        worker.wait()
        tool.workers.remove(worker)
        held = (await client.lrange(f"bull:{queue_name}:active", 0, -1))
        held = [name.decode() if isinstance(name, bytes) else name for name in held]
        for name in held:
            await client.delete(f"bull:{queue_name}:{name}:lock")
        # What the official script for stalled jobs does.
        for name in held:
            await client.lrem(f"bull:{queue_name}:active", 1, name)
            await client.rpush(f"bull:{queue_name}:wait", name)
        await client.delete(f"bull:{queue_name}:stalled-check")
        tool.work("true", "--concurrency", "2")

        async def all_done():
            return await client.zcard(f"bull:{queue_name}:completed") == 2

        await until(all_done, 30)

        async def nothing_left():
            return await client.keys(f"bull:{queue_name}:sw:[!m]*") == []

        await until(nothing_left, 40)

    run(with_queue(redis_url, queue_name, body))
