"""How the numbered conformance tests are run: once with each side in each role."""

import asyncio

import pytest
import redis.asyncio

from sides import Keys, Ours, Theirs

SIDES = {"ours": Ours, "theirs": Theirs}


async def run(url, queue, first, second, body):
    client = redis.asyncio.from_url(url, decode_responses=True)
    try:
        async with SIDES[first](url) as a, SIDES[second](url) as b:
            await body(a, b, queue, Keys(client, queue))
    finally:
        await client.aclose()


def _test(body, pairs):
    @pytest.mark.parametrize("first, second", pairs)
    def test(redis_url, queue_name, first, second):
        asyncio.run(run(redis_url, queue_name, first, second, body))

    test.__name__, test.__doc__ = body.__name__, body.__doc__
    return test


def both(body):
    """`body(a, b, queue, keys)` runs with us as `a` and Python as `b`, and the other way round."""
    return _test(body, [("ours", "theirs"), ("theirs", "ours")])


def from_python(body):
    """Python is `a`, we are `b`."""
    return _test(body, [("theirs", "ours")])


def from_us(body):
    return _test(body, [("ours", "theirs")])


def same(actions):
    """`actions(side, queue, keys)` is done by each side on a queue of its own; then both queues must have the same keys."""

    async def body(a, b, queue, keys):
        dumps = []
        for side in (a, b):
            own = Keys(keys.client, queue + side.name)
            await actions(side, queue + side.name, own)
            dumps.append(await own.dump())
        for key in sorted(dumps[0].keys() | dumps[1].keys()):
            assert dumps[0].get(key) == dumps[1].get(key), key

    body.__name__, body.__doc__ = actions.__name__, actions.__doc__
    return _test(body, [("ours", "theirs")])
