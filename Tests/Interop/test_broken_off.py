"""Requests and answers that break off in the middle."""

import json
import socket
import struct
import time

import pytest
import requests

from interop.api import Team, metric, team_made_in_no_hurry
from interop.waiting import wait_until

LARGE = b"GET /v1/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n"
# More than the sockets' buffers take in, less than all of it.
MANY = 63
BODY = b'{"payload":{"n":1}}'


def all_of(connection):
    answer = b""
    while block := connection.recv(1 << 20):
        answer += block
    return answer


@pytest.mark.parametrize("framing, body, ending, status", [
    (b"content-length: 100", BODY, "half-close", 400),
    (b"content-length: 100", BODY, "close", None),
    (b"content-length: 100", BODY, "reset", None),
    (b"content-length: 100", BODY, "silence", 408),
    (b"transfer-encoding: chunked", b"%x\r\n%s\r\n" % (len(BODY), BODY), "half-close", 400),
    (b"transfer-encoding: chunked", b"%x\r\n%s\r\nnonsense\r\n" % (len(BODY), BODY), "silence", 400),
])
def test_a_request_that_does_not_arrive_whole_does_nothing(environment, framing, body, ending, status):
    """What came of it is sound by itself; the caller is told that it was refused, and will send it again."""
    server = environment.serve()
    team = Team(environment.base_url)
    queue = team.queue("http://127.0.0.1:9/")
    head = (f"POST /v1{queue.messages_path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {team.key}\r\nx-request-id: broken-off\r\n"
            "content-type: application/json\r\n").encode()
    with socket.create_connection(("127.0.0.1", environment.port), timeout=40) as connection:
        connection.sendall(head + framing + b"\r\n\r\n" + body)
        if ending == "half-close":
            connection.shutdown(socket.SHUT_WR)
        if ending == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if status:
            answer = all_of(connection).decode()
            assert answer.startswith(f"HTTP/1.1 {status} ") and answer.count("HTTP/1.1 ") == 1, answer

    def lines():
        entries = map(json.loads, server.output().splitlines())
        return [(entry["message"], entry["status"]) for entry in entries if entry.get("request.id") == "broken-off"]

    # It is told of once, under what the caller was told.
    wait_until(lines, 10, lambda: f"a line. {server.tail()}")
    assert lines() == [("Request", status or 400)]
    assert queue.publish({"n": 2})["id"]
    assert environment.sql("select count(*) from message") == [["1"]], "the whole one alone"


@pytest.mark.parametrize("path", ["/v1/nothing", "/admin/openapi.json"])
def test_the_log_says_what_the_caller_heard(environment, path):
    """A body that breaks off is refused, also when whoever answers would not have looked at it.

    Now and then the answer was ready, and written down, at the moment when the body broke: that line has the answer's own status.
    """
    server = environment.serve()
    bodies = {}
    for number in range(10):
        head = f"GET {path} HTTP/1.1\r\nhost: x\r\nx-request-id: ignored-{number}\r\ntransfer-encoding: chunked\r\n\r\n".encode()
        with socket.create_connection(("127.0.0.1", environment.port), timeout=20) as connection:
            connection.sendall(head + b"nonsense\r\n")
            answer = all_of(connection).decode()
        assert answer.startswith("HTTP/1.1 400 ") and answer.count("HTTP/1.1 ") == 1, answer
        bodies[f"ignored-{number}"] = len(answer.split("\r\n\r\n", 1)[1])

    def lines():
        return [entry for entry in map(json.loads, server.output().splitlines()) if entry.get("request.id") in bodies]

    wait_until(lambda: len(lines()) >= len(bodies), 10, lambda: f"a line of each. {server.tail()}")
    assert sorted(line["request.id"] for line in lines()) == sorted(bodies), "each is told of once"
    refused = [line for line in lines() if line["status"] == 400]
    assert len(refused) > len(bodies) / 2, lines()
    assert all((line["message"], line["bytes"]) == ("Request", bodies[line["request.id"]]) for line in refused), refused
    route = "" if path == "/v1/nothing" else path
    assert metric(environment, f'http_requests_total{{method="{"GET" if route else ""}",route="{route}",status="400"}}') == len(refused)


def test_a_caller_who_has_said_all_gets_every_answer(installation):
    """Half closed by the caller, read late: what is not sent by then is not dropped with the connection."""
    with socket.create_connection(("127.0.0.1", installation.port), timeout=20) as connection:
        connection.sendall(LARGE * MANY)
        connection.shutdown(socket.SHUT_WR)
        # Nobody reads, which is the matter: the server is through long before.
        time.sleep(2)
        answer = all_of(connection)
    assert answer.count(b"HTTP/1.1 200 ") == MANY and answer.endswith(b"}")


def test_answers_that_are_read_after_sigterm(environment):
    """Of some callers all answers are written by then and not all of them sent, of others not all written."""
    server = environment.serve()
    callers = [(count, socket.create_connection(("127.0.0.1", environment.port), timeout=20)) for count in range(1, 20)]
    for count, connection in callers:
        connection.sendall(LARGE * count)
    wait_until(lambda: server.output().count("/v1/openapi.json") > 2 * len(callers), 10, "answers")
    wait_until(lambda: metric(environment, "http_connections") > len(callers), 10, "all are seen, who would be reset otherwise")
    server.terminate_later()
    # Beyond the time after which connections close that owe nothing.
    time.sleep(1)
    for count, connection in callers:
        answer = all_of(connection)
        assert answer.count(b"HTTP/1.1 200 ") == count and answer.endswith(b"}"), count
        connection.close()
    assert server.wait(30) == 0


def test_work_for_callers_who_are_gone_ends_at_the_timeout(environment):
    team = team_made_in_no_hurry(environment)
    environment.serve(REQUEST_TIMEOUT="PT2S")
    request = f"GET /v1/me?x HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {team.key}\r\n\r\n".encode()
    waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    with environment.postgres.locked('"apikey"', environment.database, "access exclusive"):
        with socket.create_connection(("127.0.0.1", environment.port), timeout=20) as connection:
            connection.sendall(request)
            wait_until(lambda: environment.sql(waiting), 10, "the request waits for the table")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Statements themselves may take half a minute.
        wait_until(lambda: not environment.sql(waiting), 15, "nobody waits any more")
    assert requests.get(f"{environment.base_url}/v1/me", headers={"authorization": f"Bearer {team.key}"}, timeout=20).status_code == 200
