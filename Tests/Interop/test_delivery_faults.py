"""How deliveries read what a destination answers, and what is not the destination's fault: our queueing, and our stops."""

import email.utils
import socketserver
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from interop.api import Team
from interop.ports import free_port
from interop.waiting import wait_until


class RawReceiver:
    """Answers each request with bytes as they stand; `answer(number)` gives them, and how long the connection then stays open."""

    def __init__(self, answer):
        self.requests = []
        self.over = threading.Event()
        receiver = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.rfile.readline()
                length = 0
                headers = {}
                while (line := self.rfile.readline()) not in (b"\r\n", b"\n", b""):
                    name, _, value = line.decode().partition(":")
                    headers[name.lower()] = value.strip()
                length = int(headers.get("content-length", 0))
                self.rfile.read(length)
                receiver.requests.append((time.time(), headers))
                text, hold = answer(len(receiver.requests))
                try:
                    self.wfile.write(text)
                    self.wfile.flush()
                    receiver.over.wait(hold)
                except OSError:
                    pass

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = allow_reuse_address = True
            request_queue_size = 256

        self.server = Server(("127.0.0.1", free_port()), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def stop(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture()
def raw():
    receivers = []

    def make(answer):
        receivers.append(RawReceiver(answer))
        return receivers[-1]

    yield make
    for receiver in receivers:
        receiver.stop()


def head(status, *lines, length=2):
    return "\r\n".join([f"HTTP/1.1 {status} X", *lines, f"Content-Length: {length}", "Connection: close", "", ""]).encode()


OK = head(200) + b"ok"


def asctime(seconds):
    return time.asctime(time.gmtime(seconds))


def rfc850(seconds):
    return time.strftime("%A, %d-%b-%y %H:%M:%S GMT", time.gmtime(seconds))


def imf(seconds):
    return email.utils.formatdate(seconds, usegmt=True)


@pytest.mark.parametrize("form", [imf, rfc850, asctime])
@pytest.mark.parametrize("offset", [0, 3600], ids=["one clock", "a clock an hour ahead"])
def test_retry_after_is_also_a_date(team, raw, form, offset):
    """A date counts from the answer's own `Date`, however its clock goes."""
    now = time.time() + offset
    date = [f"Date: {imf(now)}"] if offset else []
    receiver = raw(lambda number: (head(503, f"Retry-After: {form(now + 1200)}", *date) + b"no", 0))
    queue = team.queue(receiver.url, retry={"attempts": 3, "delay": "PT5S", "backoff": "fixed"})
    message = queue.publish({"n": 1})["id"]
    data = queue.wait_for_state(message, "retrying")
    assert 1100 < seconds_until(data["nextAttemptAt"]) <= 1201, data


def seconds_until(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() - time.time()


@pytest.mark.parametrize("value", ["-5", "1.5", "soon", imf(0), "0", "Sun, 31 Feb 2100 00:00:00 GMT", ""])
def test_unreadable_values_of_retry_after_count_as_absent(team, raw, value):
    receiver = raw(lambda number: (head(503, f"Retry-After: {value}") + b"no", 0))
    queue = team.queue(receiver.url, retry={"attempts": 3, "delay": "PT40S", "backoff": "fixed"})
    data = queue.wait_for_state(queue.publish({"n": 1})["id"], "retrying")
    assert 20 < seconds_until(data["nextAttemptAt"]) <= 41


def test_retry_after_is_at_most_a_day(team, raw):
    receiver = raw(lambda number: (head(429, "Retry-After: 99999999999999999999") + b"no", 0))
    queue = team.queue(receiver.url, retry={"attempts": 3, "delay": "PT5S"})
    data = queue.wait_for_state(queue.publish({"n": 1})["id"], "retrying")
    assert 86_000 < seconds_until(data["nextAttemptAt"]) <= 86_401


# Bodies that break


BROKEN = {
    "cut": lambda status: (head(status, length=100) + b"half", 0),
    "held open": lambda status: (head(status, length=100) + b"half", 30),
    "bad chunk": lambda status: (f"HTTP/1.1 {status} X\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n".encode(), 0),
}


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("status, state", [(202, "delivered"), (410, "failed"), (500, "retrying")])
def test_the_status_counts_once_the_head_has_come(team, raw, how, status, state):
    receiver = raw(lambda number: BROKEN[how](status))
    queue = team.queue(receiver.url, timeout="PT2S", retry={"attempts": 3, "delay": "PT1H"})
    message = queue.publish({"n": 1})["id"]
    data = queue.wait_for_state(message, state)
    attempt, = data["attempts"]
    assert attempt["status"] == status, attempt
    assert attempt["response"]["truncated"] is True if "response" in attempt else attempt.get("responseTruncated") is True, attempt
    assert len(receiver.requests) == 1


def test_retry_after_counts_although_the_body_breaks(team, raw):
    receiver = raw(lambda number: (head(429, "Retry-After: 1200", length=100) + b"half", 0))
    queue = team.queue(receiver.url, retry={"attempts": 3, "delay": "PT5S"})
    data = queue.wait_for_state(queue.publish({"n": 1})["id"], "retrying")
    assert 1100 < seconds_until(data["nextAttemptAt"]) <= 1201


# What is ours


def test_waiting_for_a_turn_is_not_charged_to_the_destination(environment, raw):
    """More messages at once than the destination may have requests: each has its own time from its own start."""
    environment.serve()
    environment.worker(OUTGOING_CONNECTIONS_PER_HOST="8", WORKER_CONCURRENCY="40")
    team = Team(environment.base_url)

    def answer(number):
        time.sleep(0.6)
        return OK, 0

    receiver = raw(answer)
    queue = team.queue(receiver.url, timeout="PT1S", retry={"attempts": 1})
    with ThreadPoolExecutor(8) as pool:
        messages = list(pool.map(lambda number: queue.publish({"n": number})["id"], range(40)))
    for message in messages:
        data = queue.wait_for_state(message, "delivered", timeout=60)
        assert len(data["attempts"]) == 1
    assert len(receiver.requests) == 40, "each exactly once"


@pytest.mark.parametrize("grace", ["PT1S", "PT3S"])
def test_a_stop_uses_up_no_attempt_and_hands_the_message_on_at_once(environment, raw, grace):
    environment.serve()
    worker = environment.worker(SHUTDOWN_GRACE=grace)
    team = Team(environment.base_url)
    receiver = raw(lambda number: (b"", 30) if number == 1 else (head(500) + b"no", 0) if number == 2 else (OK, 0))
    queue = team.queue(receiver.url, timeout="PT30S", retry={"attempts": 2, "delay": "PT0.1S", "backoff": "fixed"})
    message = queue.publish({"n": 1})["id"]
    wait_until(lambda: len(receiver.requests) == 1, 20, "the first delivery is under way")
    assert worker.terminate() == 0
    assert '"returned":"1"' in worker.output().replace(" ", ""), worker.tail()
    stopped = time.monotonic()
    environment.worker(SHUTDOWN_GRACE=grace)
    wait_until(lambda: len(receiver.requests) >= 2, 30, "the next delivery")
    assert time.monotonic() - stopped < 8, "at once, not after the lock of the stopped worker"
    queue.wait_for_state(message, "delivered")
    assert len(receiver.requests) == 3, "the interrupted attempt is not one of the two"


def test_a_killed_worker_uses_up_no_attempt(environment, raw):
    environment.serve()
    worker = environment.worker()
    team = Team(environment.base_url)
    receiver = raw(lambda number: (b"", 30) if number == 1 else (head(500) + b"no", 0) if number == 2 else (OK, 0))
    queue = team.queue(receiver.url, timeout="PT30S", retry={"attempts": 2, "delay": "PT0.1S", "backoff": "fixed"})
    message = queue.publish({"n": 1})["id"]
    wait_until(lambda: len(receiver.requests) == 1, 20, "the first delivery is under way")
    worker.kill()
    environment.worker()
    queue.wait_for_state(message, "delivered", timeout=60)
    assert len(receiver.requests) == 3


def test_a_stop_returns_all_that_is_in_hand(environment, raw):
    environment.serve()
    worker = environment.worker(SHUTDOWN_GRACE="PT1S")
    team = Team(environment.base_url)
    held = threading.Event()
    receiver = raw(lambda number: (b"", 30) if not held.is_set() else (OK, 0))
    queue = team.queue(receiver.url, timeout="PT30S", retry={"attempts": 1})
    with ThreadPoolExecutor(8) as pool:
        messages = list(pool.map(lambda number: queue.publish({"n": number})["id"], range(30)))
    wait_until(lambda: len(receiver.requests) == 30, 20, "all deliveries are under way")
    held.set()
    assert worker.terminate() == 0
    assert '"returned":"30"' in worker.output().replace(" ", ""), worker.tail()
    stopped = time.monotonic()
    environment.worker()
    for message in messages:
        queue.wait_for_state(message, "delivered")
    assert time.monotonic() - stopped < 10, "at once, not after the locks of the stopped worker"
