"""One side of the differential test: operations done by PyPI `bullmq` and the scripts in its wheel."""

import importlib.resources
import time

from bullmq import FlowProducer, Job, Queue

LOCK = 30_000


class Official:
    def __init__(self, url, client, names):
        options = {"connection": url}
        self.client = client
        self.queues = {name: Queue(name, {**options, "lockDuration": LOCK, "metrics": {"maxDataPoints": 5}}) for name in names}
        self.flows = FlowProducer(options)
        self.held, self.tokens, self.scripts = {}, 0, {}

    async def close(self):
        for queue in self.queues.values():
            await queue.close()
        await self.flows.close()

    async def perform(self, op, queue, arguments):
        return await getattr(self, op)(self.queues[queue], **arguments)

    def _script(self, name, keys, arguments):
        """Scripts of the wheel that no Python method calls."""
        if name not in self.scripts:
            text = importlib.resources.files("bullmq").joinpath("commands", f"{name}-{len(keys)}.lua").read_text()
            self.scripts[name] = self.client.register_script(text)
        return self.scripts[name](keys=keys, args=arguments)

    def _keys(self, queue, *suffixes):
        return [f"bull:{queue.name}:{suffix}" for suffix in suffixes]

    async def add(self, queue, name, data, opts):
        return (await queue.add(name, data, opts)).id

    async def flow(self, queue, tree):
        await self.flows.add(tree)

    async def next(self, queue):
        self.tokens += 1
        token = f"official:{self.tokens}"
        fields, job_id, *_ = await queue.backend.moveToActive(token, queue.opts)
        if not fields:
            return None
        self.held[job_id] = (fields, token)
        return job_id

    def _held(self, queue, job):
        """The job as it was fetched, and its token: a `Job` counts its tries by itself."""
        fields, token = self.held[job]
        return Job.fromJSON(queue, fields, job), token

    async def complete(self, queue, job, value):
        held, token = self._held(queue, job)
        await held.moveToCompleted(value, token)

    async def fail(self, queue, job, message):
        held, token = self._held(queue, job)
        try:
            raise RuntimeError(message)
        except RuntimeError as error:
            await held.moveToFailed(error, token)

    async def delay(self, queue, job, delay):
        held, token = self._held(queue, job)
        await held.moveToDelayed(int(time.time() * 1000) + delay, token)

    async def giveBack(self, queue, job):
        _, token = self.held[job]
        keys = self._keys(queue, "active", "wait", "stalled", "paused", "meta", "limiter", "prioritized", "marker", "events")
        code = self._script("moveJobFromActiveToWait", keys, [job, token, f"bull:{queue.name}:{job}"])
        assert code >= 0, code

    async def waitForChildren(self, queue, job):
        held, token = self._held(queue, job)
        return await held.moveToWaitingChildren(token, {})

    async def extendLock(self, queue, job):
        held, token = self._held(queue, job)
        assert await queue.backend.extendLock(job, token, LOCK) == 1

    async def checkStalled(self, queue):
        return await queue.backend.moveStalledJobsToWait(1, 30_000)

    async def updateProgress(self, queue, job, progress):
        await queue.backend.updateProgress(job, progress)

    async def updateData(self, queue, job, data):
        await queue.backend.updateData(job, data)

    async def addLog(self, queue, job, row, keep):
        assert self._script("addLog", self._keys(queue, job, f"{job}:logs"), [job, row, keep]) >= 0

    async def promote(self, queue, job):
        await queue.backend.promote(job)

    async def changeDelay(self, queue, job, delay):
        keys = self._keys(queue, "delayed", "meta", "marker", "events")
        code = self._script("changeDelay", keys, [delay, int(time.time() * 1000), job, f"bull:{queue.name}:{job}"])
        assert code >= 0, code

    async def changePriority(self, queue, job, priority, lifo):
        await queue.backend.changePriority(job, priority, lifo)

    async def retry(self, queue, job, state, resetAttempts, resetStarts):
        found = await Job.fromId(queue, job)
        assert found
        await queue.backend.reprocessJob(found, state, {"resetAttemptsMade": resetAttempts, "resetAttemptsStarted": resetStarts})

    async def remove(self, queue, job, withChildren):
        assert await queue.backend.remove(job, withChildren) == 1

    async def removeUnprocessedChildren(self, queue, job):
        self._script("removeUnprocessedChildren", self._keys(queue, job, "meta"), [f"bull:{queue.name}:", job])

    async def removeChildDependency(self, queue, job):
        key = f"bull:{queue.name}:{job}"
        if parent := self.client.hget(key, "parentKey"):
            self._script("removeChildDependency", self._keys(queue, ""), [key, parent])

    async def freeDeduplication(self, queue, key):
        self.client.delete(f"bull:{queue.name}:de:{key}")

    async def pause(self, queue):
        await queue.pause()

    async def resume(self, queue):
        await queue.resume()

    async def drain(self, queue, delayed):
        await queue.drain(delayed)

    async def clean(self, queue, state, grace, limit):
        return sorted(await queue.backend.cleanJobsInSet(state, grace, limit))

    async def retryAll(self, queue, state):
        await queue.retryJobs({"state": state})

    async def promoteAll(self, queue):
        await queue.promoteJobs()

    async def setGlobalConcurrency(self, queue, count):
        await (queue.setGlobalConcurrency(count) if count else queue.removeGlobalConcurrency())

    async def setGlobalRateLimit(self, queue, max, duration):
        await (queue.setGlobalRateLimit(max, duration) if max else queue.removeGlobalRateLimit())

    async def rateLimit(self, queue, duration):
        await queue.rateLimit(duration)

    async def removeRateLimit(self, queue):
        await queue.removeRateLimitKey()

    async def obliterate(self, queue, force):
        await queue.obliterate(force)

    async def upsertScheduler(self, queue, scheduler, name, data, opts, **schedule):
        await queue.upsertJobScheduler(scheduler, schedule, name, data, opts)

    async def removeScheduler(self, queue, scheduler):
        return await queue.removeJobScheduler(scheduler) == 0


class Ours:
    """The same operations by our library, through the driver."""

    def __init__(self, driver, client):
        self.driver, self.client = driver, client

    async def perform(self, op, queue, arguments):
        options = {"lockDuration": LOCK, "metrics": 5, "maxStalledCount": 1} if op in ("next", "checkStalled") else {}
        result = self.driver.call(op, queue=queue, **{**options, **arguments})
        if op == "add":
            return result["id"]
        if op == "next":
            return result and result["job"]["id"]
        return sorted(result) if op == "clean" else result


