#!/usr/bin/env python3
"""PyPI's asyncpg at the work of PostgresBench: one indexed select by key over the tables of `pgbench -i`, prepared, binary.

usage: asyncpg_select.py URL CONNECTIONS IN_FLIGHT SECONDS KEYS [uvloop]
"""

import asyncio
import importlib
import resource
import sys
import time

import asyncpg

SELECT = "SELECT abalance FROM pgbench_accounts WHERE aid = $1"


async def select(free, keys, key, end):
    """Takes a free connection for each statement, as a caller of a pool does; the driver keeps what it has prepared."""
    done = 0
    while done % 16 or time.monotonic() < end:
        key = (key * 6364136223846793005 + 1442695040888963407) % 2**63
        connection = await free.get()
        balance = await connection.fetchval(SELECT, key % keys + 1)
        free.put_nowait(connection)
        assert isinstance(balance, int)
        done += 1
    return done


async def main(url, connections, in_flight, seconds, keys):
    # Costs less than asyncpg.Pool, which resets the session whenever a connection is given back.
    free = asyncio.Queue()
    for _ in range(connections):
        free.put_nowait(await asyncpg.connect(url))

    async def run(seconds):
        end = time.monotonic() + seconds
        return sum(await asyncio.gather(*(select(free, keys, task * 7919, end) for task in range(in_flight))))

    await run(0.5)
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    done = await run(seconds)
    elapsed, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_SELF)
    cost = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / done * 1e6
    print(f"connections {connections} in-flight {in_flight}: {done / elapsed:.0f} selects/s, {cost:.1f} us CPU each")
    while not free.empty():
        await free.get_nowait().close()


if "uvloop" in sys.argv:
    importlib.import_module("uvloop").install()
asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:6])))
