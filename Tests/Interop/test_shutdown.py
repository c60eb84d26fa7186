"""How the server stops, and how it answers when it must."""

import http.client
import itertools
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from interop.api import Team, expect_problem, metric, team_made_in_no_hurry
from interop.conversation import problem
from interop.waiting import wait_until


def test_sigterm_under_load_answers_all_it_accepted(environment):
    """Callers who keep their connections are told by `Connection: close`; nobody who was heard goes without an answer."""
    server = environment.serve()
    team = Team(environment.base_url)
    counts, lost, answered = [], [], itertools.count(1)
    busy = threading.Event()

    def caller():
        connection = http.client.HTTPConnection("127.0.0.1", environment.port, timeout=20)
        connection.connect()
        count = 0
        while True:
            try:
                connection.request("GET", "/v1/me", headers={"authorization": f"Bearer {team.key}"})
                response = connection.getresponse()
                body = response.read()
                assert response.status == 200 and json.loads(body)["data"], body
            except Exception as error:  # noqa: BLE001
                lost.append(repr(error))
                return
            count += 1
            if next(answered) > 1000:
                busy.set()
            if (response.headers["connection"] or "").lower() == "close":
                counts.append(count)
                return

    threads = [threading.Thread(target=caller) for _ in range(16)]
    for thread in threads:
        thread.start()
    assert busy.wait(30), lost
    server.terminate_later()
    for thread in threads:
        thread.join(30)
    assert not lost, lost
    assert len(counts) == 16
    assert server.wait(30) == 0


def test_sigterm_under_load_keeps_all_it_accepted(environment, receiver):
    """Publishers are told to go elsewhere; each message they were told of reaches its destination."""
    server = environment.serve()
    environment.worker()
    team = Team(environment.base_url)
    endpoint = receiver.endpoint("accepted")
    queue = team.queue(endpoint.url)
    accepted, trouble = [], []

    def publisher():
        connection = http.client.HTTPConnection("127.0.0.1", environment.port, timeout=20)
        headers = {"authorization": f"Bearer {team.key}", "content-type": "application/json"}
        while True:
            try:
                connection.request("POST", f"/v1{queue.messages_path}", body='{"payload":{"n":1}}', headers=headers)
                response = connection.getresponse()
                body = json.loads(response.read())
            except Exception as error:  # noqa: BLE001
                trouble.append(repr(error))
                return
            if response.status != 202:
                trouble.append(body)
                return
            accepted.append(body["data"]["id"])
            if (response.headers["connection"] or "").lower() == "close":
                return

    threads = [threading.Thread(target=publisher) for _ in range(8)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(accepted) > 50, 30, "50 messages")
    server.terminate_later()
    for thread in threads:
        thread.join(30)
    assert not trouble, trouble[:3]
    assert server.wait(30) == 0
    endpoint.wait_for(accepted, timeout=60)


def test_sigterm_does_not_wait_for_requests_that_never_come(environment):
    server = environment.serve(SHUTDOWN_GRACE="PT20S")
    idle = socket.create_connection(("127.0.0.1", environment.port), timeout=5)
    half_head = socket.create_connection(("127.0.0.1", environment.port), timeout=5)
    half_head.sendall(b"GET /health HTTP/1.1\r\nho")
    half_body = socket.create_connection(("127.0.0.1", environment.port), timeout=30)
    half_body.sendall(
        b"POST /api/auth/sign-in/email HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{")
    wait_until(
        lambda: metric(environment, "http_connections") >= 4 and metric(environment, "http_requests_in_flight") == 2, 10,
        "three connections and one request beside those that ask")
    started = time.monotonic()
    server.terminate_later()
    assert server.wait(30) == 0
    assert time.monotonic() - started < 12, "well within the grace"
    answer = half_body.recv(65536).decode()
    assert problem(answer) == (408, "request_timeout")
    for connection in (idle, half_head, half_body):
        connection.close()


def test_what_is_unanswered_at_the_end_of_the_grace_hears_so(environment):
    """A request whose store hangs gets an answer before the process goes, not a cut."""
    server = environment.serve(SHUTDOWN_GRACE="PT6S", CORS_ORIGINS="https://app.example.com")
    team = Team(environment.base_url)
    environment.cluster.postgres.freeze()
    try:
        with ThreadPoolExecutor(2) as pool:
            headers = {"origin": "https://app.example.com", "x-request-id": "last-1"}
            answers = [pool.submit(team.v1, method, "/me", headers=headers) for method in ("GET", "HEAD")]
            wait_until(lambda: metric(environment, "http_requests_in_flight") == 3, 5, "two requests beside the one that asks")
            server.terminate_later()
            get, head = (answer.result() for answer in answers)
    finally:
        environment.cluster.postgres.thaw()
    assert expect_problem(get, 503, "stopped")["requestId"] == "last-1"
    assert (head.status_code, head.content) == (503, b"")
    for answer in (get, head):
        assert answer.headers["connection"] == "close" and answer.headers["retry-after"] == "1"
        assert answer.headers["access-control-allow-origin"] == "https://app.example.com"
    assert server.wait(30) == 0


def test_browsers_may_read_that_an_answer_is_overdue(environment):
    team = team_made_in_no_hurry(environment)
    server = environment.serve(REQUEST_TIMEOUT="PT1S", CORS_ORIGINS="https://app.example.com")
    environment.cluster.postgres.freeze()
    try:
        allowed = team.v1("GET", "/me?x", headers={"origin": "https://app.example.com", "x-request-id": "late-1"})
        foreign = team.v1("GET", "/me", headers={"origin": "https://evil.example.com"})
        own = team.admin("GET", "/projects")
    finally:
        environment.cluster.postgres.thaw()
    assert expect_problem(allowed, 503, "timed_out")["requestId"] == "late-1"
    assert allowed.headers["access-control-allow-origin"] == "https://app.example.com"
    assert "X-Request-Id" in allowed.headers["access-control-expose-headers"]
    expect_problem(foreign, 503, "timed_out")
    assert "access-control-allow-origin" not in foreign.headers
    expect_problem(own, 503, "timed_out")
    assert own.headers["access-control-allow-origin"] == environment.base_url
    assert own.headers["access-control-allow-credentials"] == "true"
    for answer in (allowed, foreign, own):
        assert answer.headers["vary"] == "Origin" and answer.headers["connection"] == "close"

    def logged():
        return [entry["status"] for entry in map(json.loads, server.output().splitlines())
                if entry["message"] == "Request" and entry["request.id"] in [answer.headers["x-request-id"] for answer in (allowed, foreign, own)]]

    wait_until(lambda: len(logged()) == 3, 10, lambda: f"three lines. {server.tail()}")
    assert logged() == [503] * 3, "the log says what the callers were told"
