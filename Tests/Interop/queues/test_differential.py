"""Our scripts against those of PyPI `bullmq`: random sequences of operations must leave the same keys.

SEED and SEQUENCES (default 500) may be set; a failure prints both, and the first operation after which the keys differ.
"""

import asyncio
import os
import random
import socket
import threading
import time
import uuid

import pytest
import redis

from driver import Driver, DriverEnded
from interop.ports import free_port
from official import Official, Ours
from snapshot import differences, snapshot

SEED = int(os.environ.get("MAINSTAY_SEED", random.SystemRandom().randrange(1 << 32)))
SEQUENCES = int(os.environ.get("SEQUENCES", 500))
LENGTH = 50
# Far enough that no clock of a test reaches it; delays count from here, so that both sides store the same.
FUTURE = 2_000_000_000_000
PAST = 1_700_000_000_000
DAY = 86_400_000


class Sequence:
    """One random sequence of operations, made while both sides perform it: what may come next depends on what is there."""

    def __init__(self, seed, official, ours, names):
        self.rng = random.Random(seed)
        self.sides = {"official": official, "ours": ours}
        self.names = names
        self.ids = {name: [] for name in names}
        self.held = {name: [] for name in names}
        self.history = []
        self.flows = 0
        self.schedulers = 0

    def data(self):
        return self.rng.choice([{}, {"a": [1, {"b": None}]}, {"text": "ü \"quoted\" / \n"}, [1, 2.5, True], "plain", 7, None])

    def options(self):
        rng, opts = self.rng, {}
        if rng.random() < 0.3:
            opts["attempts"] = rng.choice([1, 2, 3])
            if rng.random() < 0.6:
                opts["backoff"] = rng.choice([{"type": "fixed", "delay": 50_000}, {"type": "exponential", "delay": 40_000}, 60_000])
        if rng.random() < 0.3:
            opts["removeOnComplete"] = rng.choice([True, False, 1, 2, 0, -1, -7, 9000, {"count": 1}, {"age": 3600, "count": 3}, {"count": -1}, {"count": 0},
                                                  {"age": 3600, "limit": 9000}, {"age": 0, "limit": -1}, {"age": -60, "count": 2}, {"limit": 5}, {}])
        if rng.random() < 0.3:
            opts["removeOnFail"] = rng.choice([True, False, 1, -1, 9000, {"age": 3600}, {"count": -3}, {"age": 0}, {"age": 3600, "count": 0}])
        if rng.random() < 0.15:
            opts["stackTraceLimit"] = rng.choice([0, 1])
        if rng.random() < 0.1:
            opts["keepLogs"] = 2
        return opts

    def place(self, opts):
        """Delay, priority, end of the queue."""
        kind = self.rng.randrange(8)
        if kind == 0:
            opts.update(delay=self.rng.randint(1, 5) * 10_000, timestamp=FUTURE)
        elif kind == 1:
            # Due long ago: the next fetch makes it ready.
            opts.update(delay=self.rng.randint(1, 5) * 1000, timestamp=PAST)
        elif kind == 2:
            opts["priority"] = self.rng.choice([1, 2, 2, 2_097_151])
        elif kind == 3:
            opts["lifo"] = True
        elif kind == 4:
            opts.update(priority=3, delay=10_000, timestamp=self.rng.choice([PAST, FUTURE]))
        return opts

    def add(self, queue):
        rng = self.rng
        opts = self.place(self.options())
        if rng.random() < 0.25:
            opts["jobId"] = f"{queue}-{rng.choice('abc')}"
        chance = rng.random()
        if chance < 0.2:
            rules = [{}, {"ttl": 600_000}, {"ttl": 600_000, "extend": True}, {"replace": True}, {"ttl": 600_000, "replace": True},
                     {"ttl": 600_000, "extend": True, "replace": True}, {"keepLastIfActive": True}]
            opts["deduplication"] = {"id": rng.choice(["k1", "k2"]), **rng.choice(rules)}
        elif chance < 0.3 and self.any_id():
            parent_queue, parent = self.any_id()
            opts["parent"] = {"id": parent, "queue": f"bull:{parent_queue}"}
            self.flag(opts)
        return "add", queue, {"name": rng.choice(["paint", "mail"]), "data": self.data(), "opts": opts}

    def flag(self, opts):
        name = self.rng.choice(["failParentOnFailure", "continueParentOnFailure", "ignoreDependencyOnFailure", "removeDependencyOnFailure", None, None])
        if name:
            opts[name] = True

    def any_id(self):
        known = [(name, job) for name in self.names for job in self.ids[name]]
        return self.rng.choice(known) if known else None

    def flow(self, queue):
        self.flows += 1
        tree = self.node(queue, f"f{self.flows}", 0)
        return "flow", queue, {"tree": tree}

    def node(self, queue, job, depth):
        opts = {**self.options(), "jobId": job}
        if depth:
            self.flag(opts)
        if self.rng.random() < 0.3:
            opts["priority"] = self.rng.choice([1, 5])
        node = {"name": "node", "queueName": queue, "data": self.data(), "opts": opts}
        children = 0 if depth == 2 else self.rng.randint(1, 3) if depth == 0 else self.rng.randint(0, 2)
        if children:
            node["children"] = [self.node(self.rng.choice(self.names), f"{job}-{number}", depth + 1) for number in range(children)]
        else:
            self.place(opts)
        return node

    def scheduler(self, queue):
        # Jobs that are held are told apart by their ids alone, and a scheduler's are made of its id.
        name = f"{queue}-{self.rng.choice(['s1', 's2'])}"
        if self.rng.random() < 0.3:
            return "removeScheduler", queue, {"scheduler": name}
        schedule = self.rng.choice([{"every": DAY, "startDate": FUTURE}, {"every": DAY, "startDate": FUTURE, "limit": 3},
                                    {"pattern": "0 0 29 2 *", "tz": "UTC"}, {"pattern": "30 5 1 1 *", "tz": "Asia/Tokyo", "startDate": FUTURE}])
        opts = self.rng.choice([{}, {"attempts": 2}, {"priority": 4}, {"removeOnComplete": True}])
        return "upsertScheduler", queue, {"scheduler": name, "name": "tick", "data": self.rng.choice([{}, {"n": 1}]), "opts": opts, **schedule}

    def of_job(self, queue):
        """Something done to a job that exists, or that does not."""
        rng = self.rng
        job = rng.choice(self.ids[queue] + ["nobody"])
        return rng.choice([
            lambda: ("updateProgress", {"progress": rng.choice([5, "half", {"pct": 50}])}),
            lambda: ("updateData", {"data": self.data()}),
            lambda: ("addLog", {"row": rng.choice(["one", "two ü"]), "keep": rng.choice([1, 2, 5])}),
            lambda: ("promote", {}), lambda: ("promote", {}),
            lambda: ("changeDelay", {"delay": rng.randint(1, 9) * 100_000}),
            lambda: ("changePriority", {"priority": rng.choice([0, 1, 8]), "lifo": rng.random() < 0.3}),
            lambda: ("retry", {"state": "failed", "resetAttempts": rng.random() < 0.5, "resetStarts": rng.random() < 0.5}),
            lambda: ("retry", {"state": "completed", "resetAttempts": False, "resetStarts": False}),
            lambda: ("remove", {"withChildren": rng.random() < 0.5}),
            lambda: ("removeUnprocessedChildren", {}), lambda: ("removeChildDependency", {}),
        ])(), job

    def of_queue(self, queue):
        rng = self.rng
        op, arguments = rng.choice([
            lambda: ("pause", {}), lambda: ("resume", {}), lambda: ("resume", {}),
            lambda: ("drain", {"delayed": rng.random() < 0.4}),
            lambda: ("clean", {"state": rng.choice(["completed", "failed", "wait", "active", "delayed", "prioritized"]), "grace": 0,
                               "limit": rng.choice([0, 0, 1, 2])}),
            lambda: ("retryAll", {"state": rng.choice(["failed", "completed"])}), lambda: ("promoteAll", {}),
            lambda: ("setGlobalConcurrency", {"count": rng.choice([None, 1, 2])}),
            lambda: ("setGlobalRateLimit", {"max": rng.choice([None, 3]), "duration": 600_000}),
            lambda: ("rateLimit", {"duration": 600_000}), lambda: ("removeRateLimit", {}), lambda: ("removeRateLimit", {}),
            lambda: ("freeDeduplication", {"key": "k1"}), lambda: ("checkStalled", {}), lambda: ("checkStalled", {}),
        ])()
        return op, queue, arguments

    def choose(self):
        rng = self.rng
        queue = rng.choice(self.names)
        chance = rng.random()
        if chance < 0.26:
            return self.add(queue)
        if chance < 0.31:
            return self.flow(queue)
        if chance < 0.49:
            return "next", queue, {}
        if chance < 0.69 and self.held[queue]:
            job = rng.choice(self.held[queue])
            op, arguments = rng.choice([
                ("complete", {"value": rng.choice([None, 0, "", False, [], {}, {"ok": True}])}), ("complete", {"value": 1}), ("complete", {"value": "x"}),
                ("fail", {"message": "boom"}), ("fail", {"message": "boom"}), ("fail", {"message": "ü"}), ("delay", {"delay": 70_000}),
                ("giveBack", {}), ("waitForChildren", {}), ("extendLock", {}), ("expireLock", {}),
            ])
            return op, queue, {"job": job, **arguments}
        if chance < 0.74:
            return self.scheduler(queue)
        if chance < 0.9:
            (op, arguments), job = self.of_job(queue)
            return op, queue, {"job": job, **arguments}
        return self.of_queue(queue)

    def is_comparable(self, op, queue, arguments):
        """Leaves out what the official scripts are known to do wrong, and we do not; see the tests of each."""
        client, base = self.sides["official"].client, f"bull:{queue}"
        job = f"{base}:{arguments.get('job')}"
        if op == "drain":
            # It takes out jobs by number instead of by name where a scheduler's job waits.
            return not any(member.startswith("repeat:") for member in client.lrange(f"{base}:wait", 0, -1))
        if op == "clean" and arguments["limit"]:
            # Its limit counts the jobs it looks at, ours those it deletes: running and scheduled ones are looked at only.
            return arguments["state"] not in ("active", "wait")
        if op == "fail" and "removeOnFail" in (client.hget(job, "opts") or ""):
            # Ours deletes what is over the limit once a turn, after its events, which a parent of a deleted job notices.
            return not any(client.hexists(f"{base}:{other}", "parentKey") for other in client.zrange(f"{base}:failed", 0, -1))
        if op == "remove":
            # The last child to go makes the parent ready on the way.
            return not client.exists(f"{job}:dependencies")
        if op == "upsertScheduler":
            # In a paused queue it does not find the pending job that waits; and it writes over a job that has the slot already.
            name = f"{base}:repeat:{arguments['scheduler']}"
            due = client.zscore(f"{base}:repeat", arguments["scheduler"])
            others = set(client.scan_iter(f"{name}:*")) - {f"{name}:{due or 0:.0f}"}
            return not client.hexists(f"{base}:meta", "paused") and not others
        return True

    async def step(self):
        """Takes one; answers what the sides disagree on."""
        while True:
            op, queue, arguments = self.choose()
            if self.is_comparable(op, queue, arguments):
                break
        self.history.append((op, queue, arguments))
        answers = []
        for name, side in self.sides.items():
            answers.append(await self.perform(side, op, queue, arguments))
        if answers[0] != answers[1]:
            return f"{op} answered {answers[0]!r} there, {answers[1]!r} here"
        self.learn(op, queue, arguments, answers[0])
        return None

    async def perform(self, side, op, queue, arguments):
        """The answer, or that there was an error."""
        # Each in a millisecond of its own, so that times are in the order of the operations.
        time.sleep(0.0011)
        base = f"bull:{queue}"
        if op == "expireLock":
            return side.client.delete(f"{base}:{arguments['job']}:lock")
        if op == "checkStalled":
            side.client.delete(f"{base}:stalled-check")
        try:
            answer = await side.perform(op, queue, arguments)
        except (DriverEnded, redis.ConnectionError, redis.ResponseError):
            raise
        except Exception:
            return "refused" if op != "removeChildDependency" else None
        if op == "setGlobalConcurrency":
            # Ours wakes a worker, since there may be room now.
            side.client.zadd(f"{base}:marker", {"0": 0})
        return answer if op in ("add", "next", "clean", "checkStalled", "waitForChildren", "removeScheduler") else None

    def learn(self, op, queue, arguments, answer):
        if op == "add" and answer != "refused" and answer not in self.ids[queue]:
            self.ids[queue].append(answer)
        elif op == "flow":
            def known(node):
                self.ids[node["queueName"]].append(node["opts"]["jobId"])
                for child in node.get("children", []):
                    known(child)
            known(arguments["tree"])
        elif op == "next" and answer not in (None, "refused"):
            if answer not in self.held[queue]:
                self.held[queue].append(answer)

    def compare(self):
        first, second = (snapshot(side.client, "bull") for side in self.sides.values())
        for found in (first, second):
            for key in [key for key in found if ":metrics:" in key and key.endswith(":data")]:
                # What falls into which minute is the clock's business.
                del found[key]
            for key in [key for key in found if ":metrics:" in key]:
                found[key]["value"].pop("prevCount", None)
                found[key]["value"].pop("prevTS", None)
        return differences(first, second)


class Bench:
    """Two databases of one server: one for the official scripts, one for ours."""

    def __init__(self, redis_url, driver_path, ours=None):
        self.urls = [f"{redis_url}/{database}" for database in (9, 10)]
        self.clients = [redis.Redis.from_url(url, decode_responses=True) for url in self.urls]
        self.driver = Driver(driver_path, f"{ours or redis_url}/10")

    def close(self):
        self.driver.close()
        for client in self.clients:
            client.close()

    async def run(self, seed, checks_each_step=False):
        """The differences that a sequence leaves, and its history."""
        tag = uuid.uuid4().hex[:8]
        names = [f"p{tag}", f"k{tag}"]
        for client in self.clients:
            client.flushdb()
            for number, name in enumerate(names):
                # Ids tell the queues apart.
                client.set(f"bull:{name}:id", number * 1000)
                # As Node does when it opens a queue; else it depends on which operation comes first.
                client.hset(f"bull:{name}:meta", "opts.maxLenEvents", 10_000)
        official = Official(self.urls[0], self.clients[0], names)
        sequence = Sequence(seed, official, Ours(self.driver, self.clients[1]), names)
        try:
            for _ in range(LENGTH):
                problem = await sequence.step()
                if problem:
                    return [problem], sequence.history
                if checks_each_step and (found := sequence.compare()):
                    return found, sequence.history
            return sequence.compare(), sequence.history
        finally:
            await official.close()

    async def run_all(self, seeds):
        """The differences of the first sequence that leaves some, its seed, and its history up to there."""
        for seed in seeds:
            found, history = await self.run(seed)
            if found:
                again, history_again = await self.run(seed, checks_each_step=True)
                return (again, seed, history_again) if again else (found, seed, history)
        return [], None, []


@pytest.fixture(scope="module")
def bench(redis_url, driver_path):
    bench = Bench(redis_url, driver_path)
    yield bench
    bench.close()


def test_same_keys_as_the_official_scripts(bench):
    print("seed", SEED, "sequences", SEQUENCES)
    found, seed, history = asyncio.run(bench.run_all(range(SEED, SEED + SEQUENCES)))
    steps = "\n".join(f"{number + 1}. {step}" for number, step in enumerate(history))
    assert not found, f"MAINSTAY_SEED={seed} SEQUENCES=1\n{steps}\n" + "\n".join(found)


# The oracle itself.

DEFECTS = {
    "a due job's delay stays": ("call('HSET', key, 'delay', 0)", "call('HSET', key, 'delay', 1)"),
    "an event is told wrongly": ("emit(q, 'completed', 'jobId', id", "emit(q, 'completes', 'jobId', id"),
    "a priority counts double": ("priority * 4294967296 + count", "priority * 8589934592 + count"),
    "a scheduler counts wrongly": ("'ic', old[3] or 1", "'ic', old[3] or 2"),
}


class Saboteur:
    """Sits between the driver and Redis, and alters one text on its way: the same length, in scripts alone."""

    def __init__(self, redis_url, found, planted):
        assert len(found) == len(planted) and found != planted
        self.upstream = ("127.0.0.1", int(redis_url.rsplit(":", 1)[1]))
        self.found, self.planted, self.hits = found.encode(), planted.encode(), 0
        self.listener = socket.create_server(("127.0.0.1", free_port()))
        self.url = f"redis://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.upstream)
            threading.Thread(target=self._alter, args=(client, server), daemon=True).start()
            threading.Thread(target=self._copy, args=(server, client), daemon=True).start()

    def _alter(self, client, server):
        kept = b""
        while chunk := self._read(client):
            data = kept + chunk
            self.hits += data.count(self.found)
            data = data.replace(self.found, self.planted)
            # The text may be cut in two: what could be its beginning waits for the rest.
            tail = next((size for size in range(min(len(self.found) - 1, len(data)), 0, -1) if self.found.startswith(data[-size:])), 0)
            kept = data[len(data) - tail :]
            server.sendall(data[: len(data) - tail])
        server.close()

    def _copy(self, server, client):
        while chunk := self._read(server):
            client.sendall(chunk)
        client.close()

    @staticmethod
    def _read(connection):
        try:
            return connection.recv(1 << 16)
        except OSError:
            return b""

    def close(self):
        self.listener.close()


@pytest.mark.parametrize("defect", DEFECTS)
def test_notices_a_planted_defect(redis_url, driver_path, defect):
    """One of our scripts is altered on its way to Redis: a few sequences must show it."""
    saboteur = Saboteur(redis_url, *DEFECTS[defect])
    bench = Bench(redis_url, driver_path, ours=saboteur.url)
    # So that the texts travel at all.
    bench.clients[0].script_flush()
    try:
        found, seed, _ = asyncio.run(bench.run_all(range(SEED, SEED + 40)))
    finally:
        bench.close()
        saboteur.close()
        redis.Redis.from_url(redis_url).script_flush()
    assert saboteur.hits > 0, "the text to be altered is in no script any more"
    assert found, f"MAINSTAY_SEED={SEED}: not noticed"
