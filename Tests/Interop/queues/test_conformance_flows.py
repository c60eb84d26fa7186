"""The conformance checklist, numbers 56 to 62: trees of jobs."""

import base64

import pytest
from conformance import both, from_us, same
from sides import Keys, Refused, until
from test_conformance_adding import all_done


def tree(queue, *children, name="value", **options):
    return {"name": name, "queueName": queue, "data": {}, "opts": options, "children": list(children)}


def leaf(queue, name="value", data=None, **options):
    return {"name": name, "queueName": queue, "data": data or {}, "opts": options}


@same
async def test_56_a_tree_leaves_the_same_keys(side, queue, keys):
    children = [leaf(queue, jobId="c1"), leaf(queue, jobId="c2", ignoreDependencyOnFailure=True), leaf(queue, jobId="c3", priority=3),
                leaf(queue, jobId="c4", delay=60000), tree(queue, leaf(queue, jobId="g1"), jobId="sub", failParentOnFailure=True)]
    await side.flow(tree(queue, *children, jobId="root"))


@both
async def test_56_two_queues(a, b, queue, keys):
    other = Keys(keys.client, queue + "kid")
    children = [leaf(queue + "kid", data={"value": {"v": n}}) for n in range(3)]
    root = await a.flow(tree(queue, *children, name="values"))
    async with b.working(queue + "kid"):
        await all_done(other, 3)
    values = {f"{other.base}:{child['id']}": {"v": n} for n, child in enumerate(root["children"])}
    for side in (a, b):
        assert await side.do("childrenValues", queue, job=root["id"]) == values
    async with a.working(queue):
        await all_done(keys, 1)
    job = await b.job(queue, root["id"])
    assert job["returnvalue"] == values


@both
async def test_57_a_failure_takes_three_levels_along(a, b, queue, keys):
    await a.flow(tree(
        queue, tree(queue, tree(queue, leaf(queue, "fail", jobId="low", failParentOnFailure=True), jobId="mid", failParentOnFailure=True),
                    jobId="high", failParentOnFailure=True), jobId="top"))
    async with b.working(queue):
        await all_done(keys, 4, "failed")
    assert await keys.field("mid", "failedReason") == f"child {keys.base}:low failed"
    assert await keys.field("high", "failedReason") == f"child {keys.base}:mid failed"
    assert await keys.field("top", "failedReason") == f"child {keys.base}:high failed"
    assert await keys.client.zrange(keys.key("top:unsuccessful"), 0, -1) == [f"{keys.base}:high"]


@both
async def test_58_ignored_and_removed_children(a, b, queue, keys):
    await a.flow(tree(
        queue, leaf(queue, jobId="good", data={"value": 1}), leaf(queue, "fail", {"message": "no"}, jobId="ignored", ignoreDependencyOnFailure=True),
        leaf(queue, "fail", jobId="removed", removeDependencyOnFailure=True), jobId="root"))
    async with b.working(queue):
        await all_done(keys, 2)
    assert await keys.client.hgetall(keys.key("root:processed")) == {f"{keys.base}:good": "1"}
    assert await keys.client.hgetall(keys.key("root:failed")) == {f"{keys.base}:ignored": "no"}
    assert not await keys.client.exists(keys.key("root:dependencies"))
    ours = a if a.name == "ours" else b
    assert await ours.do("ignoredFailures", queue, job="root") == {f"{keys.base}:ignored": "no"}
    assert await ours.do("childCounts", queue, job="root") == {"processed": 1, "pending": 0, "ignored": 1, "failed": 0}


@both
async def test_58_continue_at_once(a, b, queue, keys):
    await a.flow(tree(
        queue, leaf(queue, jobId="later", delay=60000), leaf(queue, "fail", jobId="bad", continueParentOnFailure=True), jobId="root"))
    async with b.working(queue):
        await all_done(keys, 2, "failed")
    # It ran although a child is pending, so it cannot complete.
    assert await keys.field("root", "failedReason") == "Job root has pending dependencies. moveToFinished"


@both
async def test_59_missing_parents(a, b, queue, keys):
    with pytest.raises(Exception, match=f"Missing key for parent job {keys.base}:nobody"):
        await a.flow(tree(queue, leaf(queue), parent={"id": "nobody", "queue": keys.base}))
    assert await keys.client.keys(f"{keys.base}*") in ([], [f"{keys.base}:meta"]) or a.name == "theirs"
    with pytest.raises(Exception, match="Missing key for parent job"):
        await a.add(queue, "value", {}, {"parent": {"id": "nobody", "queue": keys.base}})


@both
async def test_59_children_that_exist(a, b, queue, keys):
    await b.flow(tree(queue, leaf(queue, jobId="taken"), jobId="first"))
    if a.name == "ours":
        with pytest.raises(Refused, match="parentMismatch"):
            await a.flow(tree(queue, leaf(queue, jobId="taken"), jobId="second"))
        assert not await keys.client.exists(keys.key("second"))
    # A job without a parent is adopted; one that has completed is counted at once.
    await b.add(queue, "value", {"value": 5}, {"jobId": "done"})
    async with b.working(queue):
        await all_done(keys, 3)
    await a.flow(tree(queue, leaf(queue, jobId="done"), leaf(queue, jobId="new", delay=60000), jobId="third"))
    assert await keys.client.hgetall(keys.key("third:processed")) == {f"{keys.base}:done": "5"}
    assert await keys.client.smembers(keys.key("third:dependencies")) == {f"{keys.base}:new"}
    assert await keys.field("done", "parentKey") == f"{keys.base}:third"
    if a.name == "ours":  # the official one lets the parent go before its second child is there
        assert await keys.client.zscore(keys.key("waiting-children"), "third")


@both
async def test_60_children_added_while_running(a, b, queue, keys):
    await a.add(queue, "parent", {"children": [3, 1, 2], "queue": queue + "kid"}, {"jobId": "p", "attempts": 2})
    async with b.working(queue):
        await all_done(keys, 1, "waiting-children")
        async with a.working(queue + "kid"):
            await all_done(keys, 1)
    assert await keys.field("p", "returnvalue") == "[1,2,3]"
    assert await keys.field("p", "atm") == "1" and await keys.field("p", "ats") == "2"
    assert [event["prev"] for event in await keys.events("waiting-children")] == ["active"]


@from_us
async def test_60_codes(a, b, queue, keys):
    await a.add(queue, "value", {}, {"jobId": "p"})
    await a.do("next", queue)
    assert await a.do("waitForChildren", queue, job="p") is False
    await b.add(queue, "fail", {}, {"jobId": "c", "parent": {"id": "p", "queue": keys.base}})
    with pytest.raises(Refused, match="pendingChildren: Job p has pending dependencies. moveToFinished"):
        await a.do("complete", queue, job="p")
    assert await a.do("waitForChildren", queue, job="p") is True
    assert await keys.client.zscore(keys.key("waiting-children"), "p")
    async with b.working(queue):
        await all_done(keys, 1, "failed")
    # Without a policy its parent goes on waiting.
    assert await keys.client.zscore(keys.key("waiting-children"), "p")
    await a.do("removeChildDependency", queue, job="c")
    await a.do("next", queue)
    await keys.client.zadd(keys.key("p:unsuccessful"), {"x": 1})
    with pytest.raises(Refused, match="failedChildren: Cannot complete job p because it has at least one failed child. moveToFinished"):
        await a.do("complete", queue, job="p")


@both
async def test_61_removal(a, b, queue, keys):
    await b.flow(tree(queue, leaf(queue, jobId="c1"), leaf(queue, jobId="c2"), jobId="root"))
    await a.do("remove", queue, job="c1")
    assert await keys.client.zscore(keys.key("waiting-children"), "root")
    await a.do("remove", queue, job="c2")
    assert await keys.client.lrange(keys.key("wait"), 0, -1) == ["root"]
    await b.flow(tree(queue, leaf(queue, jobId="d1"), tree(queue, leaf(queue, jobId="e1"), jobId="d2"), jobId="tree"))
    await a.do("remove", queue, job="tree")
    assert not await keys.client.exists(*(keys.key(job_id) for job_id in ("tree", "d1", "d2", "e1")))
    assert await keys.client.lrange(keys.key("wait"), 0, -1) == ["root"]


@from_us
async def test_61_unprocessed_children(a, b, queue, keys):
    await b.flow(tree(queue, leaf(queue, jobId="held"), tree(queue, leaf(queue, jobId="deep"), jobId="sub"), leaf(queue, jobId="c"), jobId="root"))
    await keys.client.set(keys.key("held:lock"), "t")
    assert await a.do("removeUnprocessedChildren", queue, job="root") == 3
    assert await keys.client.smembers(keys.key("root:dependencies")) == {f"{keys.base}:held"}


@both
async def test_62_a_retried_child_is_linked_again(a, b, queue, keys):
    await a.flow(tree(
        queue, leaf(queue, "flaky", jobId="bad", ignoreDependencyOnFailure=True), leaf(queue, jobId="slow", delay=60000), jobId="root"))
    async with b.working(queue):
        await all_done(keys, 1, "failed")
    assert await keys.client.hkeys(keys.key("root:failed")) == [f"{keys.base}:bad"]
    await a.do("retry", queue, job="bad", state="failed")
    assert f"{keys.base}:bad" in await keys.client.smembers(keys.key("root:dependencies"))
    assert not await keys.client.exists(keys.key("root:failed"))
    async with b.working(queue):
        await all_done(keys, 1)
    assert await keys.client.hkeys(keys.key("root:processed")) == [f"{keys.base}:bad"]


@from_us
async def test_69_workers_are_listed(a, b, queue, keys):
    async with a.working(queue, name="w7"), a.working(queue):
        async def listed():
            return sorted(str(name) for name in await a.do("workers", queue)) == ["None", "w7"]

        await until(listed)
        # The Python client looks for names in its own form; the rule of the Node client is that of ours.
        name = "bull:" + base64.b64encode(queue.encode()).decode()
        assert sorted(c["name"] for c in await keys.client.client_list() if c["name"].startswith(name)) == [name, name + ":w:w7"]


@from_us
async def test_prometheus(a, b, queue, keys):
    await a.add(queue, "value")
    assert f'bullmq_job_count{{queue="{queue}",state="waiting"}} 1' in await a.do("prometheus", queue)


@both
async def test_68_events_are_trimmed(a, b, queue, keys):
    await a.add(queue, "value")
    assert await keys.client.hget(keys.key("meta"), "opts.maxLenEvents") == "10000"
    await keys.client.hset(keys.key("meta"), "opts.maxLenEvents", 100)
    await a.add_bulk(queue, [{"name": "value", "data": {}}] * 1000)
    # Redis cuts whole nodes of a hundred entries.
    assert 100 <= await keys.client.xlen(keys.key("events")) <= 300
