"""Nothing that was answered 202 is lost: real signals on real processes, no hooks."""

import base64
import itertools
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from interop.api import Team
from interop.receiver import verify
from interop.stack import Cluster
from interop.waiting import wait_until

# A job of a worker that was killed is free again when its lock has run out and another worker has looked: two half minutes by BullMQ's
# defaults. Whoever waits for it waits on the condition, so a shorter setting makes these tests quicker.
RECOVERY = 120


@pytest.fixture(scope="module")
def fault_cluster():
    """Stores of this module's own: it stops, cuts and wipes them."""
    cluster = Cluster("faults")
    yield cluster
    cluster.stop()


@pytest.fixture()
def environment(fault_cluster):
    environment = fault_cluster.environment("fault")
    yield environment
    fault_cluster.redis.thaw()
    environment.stop()


def explain(queue):
    return lambda message_id: {name: value for name, value in queue.message(message_id).items() if name != "payload"}


def test_redis_stopped_and_processes_killed(environment, receiver):
    redis = environment.cluster.redis
    server, worker = environment.serve(), environment.worker()
    endpoint = receiver.endpoint("orders")
    queue = Team(environment.base_url).queue(endpoint.url)
    endpoint.wait_for([queue.publish({"n": "before"})["id"]])

    redis.freeze()
    started = time.monotonic()
    with ThreadPoolExecutor(5) as pool:
        ids = list(pool.map(lambda n: queue.publish({"n": n}, timeout=10)["id"], range(5)))
    assert time.monotonic() - started < 6, "202 does not wait for Redis"
    server.kill()
    worker.kill()
    redis.thaw()

    environment.serve()
    environment.worker()
    endpoint.wait_for(ids, timeout=RECOVERY, why=explain(queue))
    for message_id in ids:
        for delivery in endpoint.of(message_id):
            verify(delivery, queue.secret)
        queue.wait_for_state(message_id, "delivered")


def test_worker_killed_in_mid_delivery_is_recovered_by_another(environment, receiver):
    environment.serve()
    first = environment.worker()
    endpoint = receiver.endpoint("held")
    queue = Team(environment.base_url).queue(endpoint.url)
    endpoint.hold()
    message = queue.publish({"held": True})
    endpoint.wait_for([message["id"]])
    first.kill()
    endpoint.release()
    environment.worker()
    data = queue.wait_for_state(message["id"], "delivered", timeout=RECOVERY)
    deliveries = endpoint.of()
    assert len(deliveries) >= 2 and {d.id for d in deliveries} == {message["id"]}
    for delivery in deliveries:
        verify(delivery, queue.secret)
    assert data["attempts"][-1]["status"] == 200


def test_thousand_messages_while_the_worker_is_killed_every_second(environment, receiver):
    total = 1000
    environment.serve()
    endpoint = receiver.endpoint("many")
    queue = Team(environment.base_url).queue(endpoint.url)
    numbers = iter(range(total))
    taking = threading.Lock()
    accepted, problems = {}, []
    pause, done = threading.Event(), threading.Event()

    def publish():
        try:
            while True:
                with taking:
                    number = next(numbers, None)
                if number is None:
                    return
                accepted[number] = queue.publish({"n": number})["id"]
                # Spread over several lives of the worker.
                pause.wait(0.025)
        except Exception as problem:  # noqa: BLE001 - told by the test itself
            problems.append(problem)

    publishers = [threading.Thread(target=publish) for _ in range(5)]
    waiter = threading.Thread(target=lambda: ([thread.join() for thread in publishers], done.set()))
    for thread in [*publishers, waiter]:
        thread.start()
    kills = 0
    while not (done.is_set() and kills >= 5):
        worker = environment.worker()
        # The second of the promise, not a wait for something.
        time.sleep(1)
        worker.kill()
        kills += 1
        assert kills < 60, "publishing does not end"
    assert not problems and len(accepted) == total, problems[:1]
    environment.worker()
    endpoint.wait_for(accepted.values(), timeout=RECOVERY, why=explain(queue))

    ids = defaultdict(set)
    for delivery in endpoint.of():
        verify(delivery, queue.secret)
        ids[int(delivery.body.split(b":")[1].rstrip(b"} "))].add(delivery.id)
    assert {number: {message_id} for number, message_id in accepted.items()} == ids
    wait_until(
        lambda: environment.sql(f"select count(*) from {environment.table('message', 'messages')} where state <> 'delivered'") == [["0"]],
        RECOVERY, "every message's state is delivered")


def test_postgres_restarts_while_publishing(environment, receiver):
    environment.serve()
    environment.worker()
    endpoint = receiver.endpoint("restart")
    queue = Team(environment.base_url).queue(endpoint.url)
    numbers = itertools.count()
    accepted, answers = {}, defaultdict(int)
    stop, pause = threading.Event(), threading.Event()

    def publish():
        while not stop.is_set():
            number = next(numbers)
            try:
                response = queue.post({"n": number}, timeout=20)
            except requests.RequestException as problem:
                answers[type(problem).__name__] += 1
            else:
                code = response.json().get("code", "") if response.status_code != 202 else ""
                answers[f"{response.status_code} {code}".strip()] += 1
                if response.status_code == 202:
                    accepted[response.json()["data"]["id"]] = number
            pause.wait(0.02)

    publishers = [threading.Thread(target=publish) for _ in range(4)]
    try:
        for thread in publishers:
            thread.start()
        wait_until(lambda: len(accepted) >= 50, 30, lambda: f"50 messages are accepted before the restart: {dict(answers)}")
        environment.postgres.restart_immediately()
        before = len(accepted)
        wait_until(lambda: len(accepted) >= before + 50, 30, lambda: f"50 messages are accepted after the restart: {dict(answers)}")
    finally:
        stop.set()
        for thread in publishers:
            thread.join(30)
    assert set(answers) <= {"202", "503 store_unavailable"}, dict(answers)
    endpoint.wait_for(accepted, timeout=RECOVERY, why=explain(queue))
    for delivery in endpoint.of():
        verify(delivery, queue.secret)
        if delivery.id in accepted:
            assert delivery.body == b'{"n": %d}' % accepted[delivery.id]


def test_worker_finishes_what_is_in_hand_on_sigterm(environment, receiver):
    server = environment.serve()
    worker = environment.worker(SHUTDOWN_GRACE="PT20S")
    endpoint = receiver.endpoint("graceful")
    queue = Team(environment.base_url).queue(endpoint.url)
    endpoint.hold()
    message = queue.publish({"n": 1})
    endpoint.wait_for([message["id"]])
    started = time.monotonic()
    worker.terminate_later()
    later = queue.publish({"n": 2})
    assert not receiver.wait(lambda: later["id"] in {d.id for d in endpoint.deliveries}, 1), "a worker that stops takes nothing new"
    assert worker.is_running, worker.tail()
    endpoint.release()
    assert worker.wait(20) == 0, worker.tail()
    assert time.monotonic() - started < 20
    data = queue.wait_for_state(message["id"], "delivered", timeout=5)
    assert len(data["attempts"]) == 1
    environment.worker()
    endpoint.wait_for([later["id"]], timeout=RECOVERY)
    assert len(endpoint.of(message["id"])) == 1
    assert server.terminate(30) == 0, server.tail()


def test_worker_returns_what_it_cannot_finish_on_sigterm(environment, receiver):
    environment.serve()
    worker = environment.worker(SHUTDOWN_GRACE="PT1S")
    endpoint = receiver.endpoint("returned")
    queue = Team(environment.base_url).queue(endpoint.url)
    endpoint.hold()
    message = queue.publish({"n": 1})
    endpoint.wait_for([message["id"]])
    started = time.monotonic()
    assert worker.terminate(15) == 0, worker.tail()
    assert time.monotonic() - started < 10
    endpoint.release()
    environment.worker()
    queue.wait_for_state(message["id"], "delivered", timeout=RECOVERY)
    assert endpoint.ids() == {message["id"]}


def test_redis_wiped_is_refilled(environment, receiver):
    environment.serve()
    environment.worker()
    endpoint = receiver.endpoint("wiped")
    queue = Team(environment.base_url).queue(endpoint.url)
    ids = [queue.publish({"n": n}, delay="PT3S")["id"] for n in range(20)]
    environment.cluster.redis.client().flushall()
    endpoint.wait_for(ids, timeout=30, why=explain(queue))
    for message_id in ids:
        queue.wait_for_state(message_id, "delivered")


def test_postgres_away_longer_than_anybody_waits(environment, receiver):
    """A worker that cannot record an attempt must not let the message's job end."""
    environment.serve()
    environment.worker()
    endpoint = receiver.endpoint("away")
    queue = Team(environment.base_url).queue(endpoint.url)
    endpoint.hold()
    ids = [queue.publish({"n": n})["id"] for n in range(20)]
    endpoint.wait_for(ids)
    postgres = environment.cluster.postgres
    postgres.stop()
    try:
        endpoint.release()
        # Longer than a connection is waited for (10 s), so that recording fails for good and is not merely late.
        time.sleep(13)
    finally:
        postgres.start()
    for message_id in ids:
        queue.wait_for_state(message_id, "delivered", timeout=RECOVERY)


def test_postgres_hangs(environment, receiver):
    """Every request ends although the database answers nothing; afterwards all is well again."""
    environment.serve()
    environment.worker()
    endpoint = receiver.endpoint("hangs")
    team = Team(environment.base_url)
    queue = team.queue(endpoint.url)
    before = queue.publish({"n": 0})["id"]
    endpoint.wait_for([before])
    postgres = environment.cluster.postgres
    postgres.freeze()
    try:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda n: queue.post({"n": n}, timeout=60).status_code, range(8)))
        assert set(answers) == {503}
    finally:
        postgres.thaw()

    def works():
        return queue.post({"n": "after"}).status_code == 202

    wait_until(works, 40, lambda: "publishing works again")


def test_our_own_fault_uses_up_no_attempt(environment, receiver):
    """A worker that cannot open the signing secret sends nothing, and the message has all its attempts left."""
    environment.serve()
    wrong = environment.worker(ENCRYPTION_KEYS="1:" + base64.b64encode(bytes(32)).decode())
    endpoint = receiver.endpoint("ours")
    queue = Team(environment.base_url).queue(endpoint.url, retry={"attempts": 1})
    message = queue.publish({"n": 1})["id"]
    wait_until(lambda: "signing secret does not open" in wrong.tail(), 30, lambda: f"the worker says so. {wrong.tail()}")
    assert wrong.terminate(15) == 0
    assert endpoint.ids() == set()
    environment.worker()
    data = queue.wait_for_state(message, "delivered", timeout=RECOVERY)
    assert data["attemptCount"] == 1 and [attempt["number"] for attempt in data["attempts"]] == [1]
