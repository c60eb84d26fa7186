"""Numbers 71 and 72 of the conformance checklist: queues with a hash tag, on a Redis and on a Valkey in cluster mode (of one node)."""

import asyncio
import subprocess

import pytest
import redis.asyncio
from bullmq import Queue, Worker
from interop.ports import free_port
from sides import Ours, Refused, until
from test_conformance_flows import leaf, tree
from tools import valkey

PREFIX = "{x}"


@pytest.fixture(params=["redis", "valkey"])
def cluster_url(request, tmp_path):
    port = free_port()
    binary = valkey() if request.param == "valkey" else "redis-server"
    server = subprocess.Popen(
        [binary, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path), "--save", "", "--cluster-enabled", "yes",
         "--cluster-port", str(free_port())], stdout=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}"

    async def prepare():
        async def is_ready():
            client = redis.asyncio.from_url(url, decode_responses=True)
            try:
                await client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            except redis.exceptions.ConnectionError:
                return False
            except redis.exceptions.ResponseError:
                pass  # they have been added
            finally:
                info = await client.execute_command("CLUSTER", "INFO") if server.poll() is None and await _answers(client) else ""
                await client.aclose()
            return "cluster_state:ok" in str(info)

        await until(is_ready)

    asyncio.run(prepare())
    yield url
    server.kill()
    server.wait()


async def _answers(client):
    try:
        return await client.ping()
    except redis.exceptions.ConnectionError:
        return False


def test_71_72_cluster(cluster_url, queue_name):
    async def body():
        client = redis.asyncio.from_url(cluster_url, decode_responses=True)
        theirs = Queue(queue_name, {"connection": cluster_url, "prefix": PREFIX})
        base = f"{PREFIX}:{queue_name}"

        async def process(job, token):
            return job.data.get("value")

        async with Ours(cluster_url) as ours:
            # We add a tree over two queues, and what a queue has to offer besides; Python runs it, then the other way round.
            def do(op, **arguments):
                return ours.send(op, queue=queue_name, prefix=PREFIX, **arguments)

            await ours.send("flow", prefix=PREFIX, tree=tree(queue_name, leaf(queue_name + "kid"), jobId="root"))
            await do("add", name="value", data={}, opts={"delay": 200, "priority": 3})
            await do("add", name="value", data={}, opts={"deduplication": {"id": "x"}})
            workers = [Worker(name, process, {"connection": cluster_url, "prefix": PREFIX, "drainDelay": 1})
                       for name in (queue_name, queue_name + "kid")]

            async def done():
                return await client.zcard(f"{base}:completed") == 3

            await until(done)
            for worker in workers:
                await worker.close(force=True)

            for options in ({}, {"priority": 2}, {"delay": 300}, {"deduplication": {"id": "y"}}):
                await theirs.add("value", {}, options)
            run = do("work", worker="w")

            async def all_done():
                return await client.zcard(f"{base}:completed") == 7

            await until(all_done)
            await do("stop", worker="w")
            await run
            await do("pause")
            await do("add", name="value")
            await do("drain")
            await do("obliterate")
            # What belongs to different slots cannot go in together, and does not in part.
            with pytest.raises(Refused):
                await ours.send("flow", prefix="plain", tree=tree(queue_name, leaf(queue_name + "elsewhere")))
        await theirs.close()
        await client.aclose()

    asyncio.run(body())
