"""The two sides of every conformance test, this library and the official Python client, behind one interface.

What a job does is in its name (see `process`), so that a job added by one side means the same to a worker of the other.
Ours is reached through `queue-driver`, which answers JSON lines.
"""

import asyncio
import contextlib
import json
import time

import redis.asyncio
from bullmq import FlowProducer, Job, Queue, UnrecoverableError, Worker
from bullmq.custom_errors import WaitingChildrenError
from bullmq.custom_errors.delayed_error import DelayedError

from tools import binary


class Refused(Exception):
    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class Ours:
    """This library, in a process of its own."""

    name = "ours"

    def __init__(self, url):
        self.url = url
        self._pending, self._next, self._process = {}, 0, None

    async def __aenter__(self):
        self._process = await asyncio.create_subprocess_exec(
            binary("queue-driver"), self.url, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 26)
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_):
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        self._reader.cancel()

    async def _read(self):
        while line := await self._process.stdout.readline():
            answer = json.loads(line)
            waiting = self._pending.pop(answer.get("id"), None)
            if waiting is None or waiting.done():
                continue
            if "error" in answer:
                waiting.set_exception(Refused(answer["error"], answer["message"]))
            else:
                waiting.set_result(answer.get("result"))

    def send(self, op, **arguments):
        self._next += 1
        answer = asyncio.get_running_loop().create_future()
        self._pending[self._next] = answer
        self._process.stdin.write(json.dumps({"id": self._next, "op": op, **arguments}).encode() + b"\n")
        return answer

    def kill(self):
        """kill -9."""
        self._process.kill()

    async def add(self, queue, name, data=None, opts=None):
        return (await self.send("add", queue=queue, name=name, data=data or {}, opts=opts or {}))["id"]

    async def add_bulk(self, queue, jobs):
        return await self.send("addBulk", queue=queue, jobs=jobs)

    async def flow(self, tree):
        return await self.send("flow", tree=tree)

    @contextlib.asynccontextmanager
    async def working(self, queue, **options):
        name = f"{queue}-{self._next}"
        run = self.send("work", worker=name, queue=queue, **options)
        try:
            yield lambda: self.send("runs", worker=name)
            # Again while it runs: a stop may overtake the start of its worker.
            while not run.done():
                await self.send("stop", worker=name)
                await asyncio.wait([run], timeout=1)
            await run
        except BaseException:
            run.cancel()
            raise

    async def job(self, queue, job_id):
        return await self.send("job", queue=queue, job=job_id)

    async def do(self, op, queue, **arguments):
        return await self.send(op, queue=queue, **arguments)


class Theirs:
    """The official Python client."""

    name = "theirs"

    def __init__(self, url):
        self.url = url
        self._queues = {}

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        for queue in self._queues.values():
            await queue.close()

    def queue(self, name):
        if name not in self._queues:
            self._queues[name] = Queue(name, {"connection": self.url})
        return self._queues[name]

    async def add(self, queue, name, data=None, opts=None):
        return (await self.queue(queue).add(name, data or {}, opts or {})).id

    async def add_bulk(self, queue, jobs):
        added = await self.queue(queue).addBulk([{"data": {}, "opts": {}, **job} for job in jobs])
        return [job.id for job in added]

    async def flow(self, tree):
        producer = FlowProducer({"connection": self.url})
        try:
            def describe(node):
                return {"id": node["job"].id, "children": [describe(child) for child in node.get("children") or []]}
            return describe(await producer.add(_with_data(tree)))
        finally:
            await producer.close()

    @contextlib.asynccontextmanager
    async def working(self, queue, **options):
        runs = []

        async def run(job, token):
            runs.append({
                "id": job.id, "name": job.name, "attemptsMade": job.attemptsMade, "attemptsStarted": job.attemptsStarted,
                "at": time.time() * 1000})
            return await process(self, job, token)

        if "max" in options:
            options["limiter"] = {"max": options.pop("max"), "duration": options.pop("duration")}
        if "metrics" in options:
            options["metrics"] = {"maxDataPoints": options["metrics"]}
        for key in ("removeOnComplete", "removeOnFail"):
            if key in options:
                options[key] = {"count": options[key]}
        options["drainDelay"] = 1
        worker = Worker(queue, run, {"connection": self.url, **options})

        async def answer():
            return runs

        try:
            yield answer
        finally:
            await worker.close(force=True)

    async def job(self, queue, job_id):
        job = await Job.fromId(self.queue(queue), job_id)
        if job is None:
            return None
        return {
            "id": job.id, "name": job.name, "data": job.data, "opts": job.opts, "attemptsMade": job.attemptsMade,
            "attemptsStarted": job.attemptsStarted, "failedReason": job.failedReason, "stacktrace": job.stacktrace,
            "returnvalue": job.returnvalue, "progress": job.progress, "delay": job.delay, "priority": job.priority,
            "finishedOn": job.finishedOn, "processedOn": job.processedOn, "timestamp": job.timestamp,
        }

    async def do(self, op, name, **a):
        queue = self.queue(name)
        job = await Job.fromId(queue, a["job"]) if "job" in a else None
        match op:
            case "pause": await queue.pause()
            case "resume": await queue.resume()
            case "isPaused": return await queue.isPaused()
            case "drain": await queue.drain(a.get("delayed", False))
            case "clean": return await queue.clean(a["grace"], a.get("limit", 0), a["state"])
            case "obliterate": await queue.obliterate(a.get("force", False))
            case "retryAll": await queue.retryJobs({"state": a["state"], "count": 1000})
            case "promoteAll": await queue.promoteJobs({"count": 1000})
            case "rateLimit": await queue.rateLimit(a["duration"])
            case "removeRateLimit": await queue.removeRateLimitKey()
            case "setGlobalConcurrency": await queue.setGlobalConcurrency(a["count"])
            case "setGlobalRateLimit": await queue.setGlobalRateLimit(a["max"], a["duration"])
            case "promote": await job.promote()
            case "changeDelay": await queue.backend.scripts.changeDelay(a["job"], a["delay"])
            case "changePriority": await job.changePriority({"priority": a["priority"], "lifo": a.get("lifo", False)})
            case "retry":
                await job.retry(a["state"], {
                    "resetAttemptsMade": a.get("resetAttempts", False), "resetAttemptsStarted": a.get("resetStarts", False)})
            case "remove":
                code = await queue.remove(a["job"], {"removeChildren": a.get("withChildren", True)})
                if code != 1:
                    raise Refused({0: "locked", -8: "ownedByScheduler"}[code], a["job"])
            case "updateData": await job.updateData(a["data"])
            case "updateProgress": await job.updateProgress(a["progress"])
            case "addLog": return await Job.addJobLog(queue, a["job"], a["row"], a.get("keep") or 0)
            case "logs":
                found = await queue.getJobLogs(a["job"], a.get("from", 0), a.get("to", -1), not a.get("newestFirst", False))
                return {"rows": found["logs"], "count": found["count"]}
            case "state": return await queue.getJobState(a["job"])
            case "counts": return await queue.getJobCounts()
            case "countsPerPriority":
                counts = await queue.getCountsPerPriority(a["priorities"])
                return [counts[str(priority)] for priority in a["priorities"]]
            case "jobs":
                newest = a.get("newestFirst")
                return [job.id for job in await queue.getJobs(a["states"], a.get("from", 0), a.get("to", -1), not newest)]
            case "childrenValues": return await job.getChildrenValues()
            case "deduplicationOwner": return await queue.getDeduplicationJobId(a["key"])
            case _: raise NotImplementedError(op)
        return True


def _with_data(tree):
    return {"data": {}, **tree, "children": [_with_data(child) for child in tree.get("children", [])]}


async def process(side, job, token):
    """What a job does, by its name; `queue-driver` has the same."""
    match job.name:
        case "value": return job.data.get("value")
        case "sleep": await asyncio.sleep(job.data["ms"] / 1000)
        case "fail": raise ValueError(job.data.get("message", f"boom {job.attemptsMade}"))
        case "fatal": raise UnrecoverableError("fatal")
        case "flaky":
            if job.attemptsMade < job.data.get("failures", 1):
                raise ValueError(f"boom {job.attemptsMade}")
            return job.attemptsMade
        case "postponed":
            if job.attemptsStarted == 1:
                await job.moveToDelayed(int(time.time() * 1000) + job.data.get("ms", 100), token)
                raise DelayedError()
            return job.attemptsMade
        case "told":
            await job.updateProgress(job.data["progress"])
            for row in job.data["rows"]:
                await job.log(row)
        case "remember":
            if job.attemptsStarted == 1:
                await job.updateData({"seen": True})
                raise ValueError("once more")
            return job.data
        case "parent":
            if job.attemptsStarted == 1:
                queue = side.queue(job.data.get("queue") or job.queue.name)
                for value in job.data["children"]:
                    await queue.add("value", {"value": value}, {"parent": {"id": job.id, "queue": job.queueQualifiedName}})
                if await job.moveToWaitingChildren(token, {}):
                    raise WaitingChildrenError()
            return sorted((await job.getChildrenValues()).values(), key=json.dumps)
        case "values": return await job.getChildrenValues()
        case _: return {"id": job.id, "name": job.name, "data": job.data, "attemptsMade": job.attemptsMade}


class Keys:
    """A queue's keys as they are."""

    def __init__(self, client: redis.asyncio.Redis, queue: str):
        self.client, self.base = client, f"bull:{queue}"

    def key(self, suffix):
        return f"{self.base}:{suffix}"

    async def events(self, *names):
        entries = [fields for _, fields in await self.client.xrange(self.key("events"))]
        return [fields for fields in entries if not names or fields["event"] in names]

    async def field(self, job_id, name):
        return await self.client.hget(self.key(job_id), name)

    async def dump(self):
        """Everything, but for what a clock decides."""
        dump = {}
        for key in sorted(await self.client.keys(f"{self.base}:*")):
            name = key.removeprefix(self.base + ":")
            match await self.client.type(key):
                case "string": dump[name] = "set" if name.endswith("lock") else await self.client.get(key)
                case "list": dump[name] = await self.client.lrange(key, 0, -1)
                case "set": dump[name] = sorted(member.replace(self.base, "Q") for member in await self.client.smembers(key))
                case "zset":
                    pairs = await self.client.zrange(key, 0, -1, withscores=True)
                    dump[name] = [(member.replace(self.base, "Q"), score if score < 1e11 or name == "prioritized" else "time")
                                  for member, score in pairs]
                case "hash": dump[name] = {k.replace(self.base, "Q"): self._plain(k, v)
                                           for k, v in (await self.client.hgetall(key)).items()}
                case "stream":
                    dump[name] = [{k: self._plain(k, v) for k, v in fields.items() if k != "delay"}
                                  for _, fields in await self.client.xrange(key)]
        return dump

    def _plain(self, field, value):
        if field in ("timestamp", "processedOn", "finishedOn", "prevTS"):
            return "time"
        if field == "stacktrace":
            return len(json.loads(value))
        if field in ("opts", "parent"):
            value = json.loads(value)
            value.pop("timestamp", None)
            return json.loads(json.dumps(value).replace(self.base, "Q"))
        return value.replace(self.base, "Q")


async def until(condition, limit=20):
    """Waits until the coroutine function `condition` answers something true, and answers that."""
    end = time.monotonic() + limit
    while True:
        result = await condition()
        if result:
            return result
        assert time.monotonic() < end, "nothing happened in time"
        await asyncio.sleep(0.02)
