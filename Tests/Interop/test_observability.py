"""What the server tells of itself: its log, its metrics, and whether it is ready."""

import json
import os
import pty
import re
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from interop.api import Team, expect_problem
from interop.conversation import converse
from interop.ports import free_port
from interop.stack import binary
from interop.waiting import wait_until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_a_stalled_log_reader_stops_nobody(environment):
    """Whoever reads the log stops reading: requests and the end go on."""
    variables = environment.variables()
    reader, writer = os.pipe()
    server = subprocess.Popen([binary("mainstay"), "serve"], env=variables, stdout=writer, stderr=writer)
    os.close(writer)
    try:
        wait_until(lambda: answers(environment), 30, "ready")
        session = requests.Session()
        for _ in range(2000):  # some hundred kilobytes of lines, and a pipe holds 64
            assert session.get(f"{environment.base_url}/nowhere", timeout=10).status_code == 404
        server.send_signal(signal.SIGTERM)
        assert server.wait(40) == 0
    finally:
        server.kill()
        server.wait()
        os.close(reader)


def test_nobody_gets_what_is_meant_for_a_closed_descriptor(environment):
    """Closed by whoever starts us, its number would be the next socket's, which then got the log."""
    server = subprocess.Popen(
        ["bash", "-c", 'exec "$0" serve <&- >&- 2>&-', binary("mainstay")], env=environment.variables(), cwd=environment.cluster.folder)
    try:
        wait_until(lambda: server.poll() is not None or answers(environment), 30, "ready")
        assert [os.readlink(f"/proc/{server.pid}/fd/{number}") for number in range(3)] == ["/dev/null"] * 3
        server.send_signal(signal.SIGTERM)
        assert server.wait(40) == 0
    finally:
        server.kill()
        server.wait()


def answers(environment):
    try:
        return requests.get(f"{environment.base_url}/ready", timeout=2).status_code == 200
    except requests.RequestException:
        return False


def test_metrics_are_what_a_prometheus_reads(installation, team):
    for _ in range(3):
        team.me()
    response = requests.get(f"{installation.base_url}/metrics", timeout=5)
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(response.text)}
    samples = {
        (sample.name, *sorted(sample.labels.items())): sample.value for family in families.values() for sample in family.samples}
    me = (("method", "GET"), ("route", "/v1/me"))
    assert samples["http_requests_total", *me, ("status", "200")] >= 3
    assert samples["http_request_duration_seconds_count", *me] >= 3
    assert samples["http_request_duration_seconds_bucket", ("le", "+Inf"), *me] == samples["http_request_duration_seconds_count", *me]
    assert samples["mainstay_store_up", ("store", "postgres")] == 1
    assert samples["mainstay_store_up", ("store", "redis")] == 1
    assert samples["redis_commands_total",] > 0 and samples["redis_connections",] >= 1
    assert samples["process_resident_memory_bytes",] > 1 << 20
    assert samples["process_cpu_seconds_total",] > 0
    assert time.time() - 3600 < samples["process_start_time_seconds",] <= time.time() + 1
    assert ("bullmq_jobs", ("queue", "deliver"), ("state", "failed")) in samples
    for pool in ("app", "system"):
        states = [value for (name, *labels), value in samples.items() if name == "postgres_connections" and ("pool", pool) in labels]
        assert states and 1 <= sum(states) <= 20, (pool, states)
        assert samples["postgres_waiting", ("pool", pool)] == 0
    assert samples["http_requests_in_flight",] == 1, "this very request"
    assert samples["http_connections",] >= 1
    assert 10 < samples["process_open_fds",] < samples["process_max_fds",]
    assert samples["postgres_query_duration_seconds_count", ("pool", "app")] > 0
    assert all(family.documentation and family.type != "unknown" for family in families.values())


def test_access_log(environment):
    server = environment.serve()
    team = Team(environment.base_url)
    response = requests.get(
        f"{environment.base_url}/v1/me?secret=do-not-log",
        headers={"authorization": f"Bearer {team.key}", "x-request-id": "mine-1", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"},
        timeout=5)
    assert response.status_code == 422  # the parameter is unknown
    assert response.headers["x-request-id"] == "mine-1"

    def lines():
        entries = map(json.loads, server.output().splitlines())
        return [entry for entry in entries if entry.get("request.id") == "mine-1" and entry["message"] == "Request"]

    wait_until(lines, 5, lambda: f"one access line. {server.tail()}")
    (line,) = lines()
    assert (line["method"], line["path"], line["route"], line["status"]) == ("GET", "/v1/me", "/v1/me", 422)
    assert line["organization.id"] == team.organization_id and line["client"] == "127.0.0.1" and line["trace.id"] == TRACE
    assert line["duration.ms"] > 0 and line["bytes"] == len(response.content)
    text = server.output()
    for secret in ("do-not-log", team.key, team.password, environment.secret):
        assert secret not in text
    assert '"/ready"' not in text  # probes are not worth a line


def test_log_lines_for_people(environment):
    """`pretty`, asked for or because somebody looks on: one line a request and one an event, no JSON, and no query."""
    server = environment.serve(LOG_FORMAT="pretty")
    requests.get(f"{environment.base_url}/v1/nothing?secret=do-not-log", headers={"x-request-id": "mine-2"}, timeout=5)
    line = wait_until(
        lambda: next((line for line in server.output().splitlines() if "mine-2" in line), None), 5, lambda: f"a line. {server.tail()}")
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d+ INFO    GET /v1/nothing 404 [\d.]+ ms request\.id=mine-2", line), line
    assert any(re.match(r"\d\d:\d\d:\d\d\.\d+ INFO    Listening address=", line) for line in server.output().splitlines())
    assert "{" not in server.output() and "do-not-log" not in server.output()


def test_slow_queries_are_logged_without_their_values(environment):
    quiet = environment.serve()
    Team(environment.base_url)
    quiet.end()
    assert "PostgreSQL statement" not in quiet.output()
    server = environment.serve(LOG_SLOW_QUERIES="PT0.1S")
    team = Team(environment.base_url)

    # Certainly slow: somebody else has locked the table for longer.
    waiting = """select 1 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and clock_timestamp() - query_start > interval '0.2 s'"""
    with ThreadPoolExecutor(1) as pool:
        with environment.postgres.locked('"apikey"', environment.database, "access exclusive"):
            key = pool.submit(team.create_key, name="SECRET-NAME")
            wait_until(lambda: environment.sql(waiting), 10, lambda: f"a statement that waits. {server.tail()}")
        secret = key.result()["key"]

    def lines():
        return [entry for entry in map(json.loads, server.output().splitlines()) if entry["message"] == "PostgreSQL statement"]

    wait_until(lambda: any('"apikey"' in line["sql"] for line in lines()), 10, lambda: f"a line. {server.tail()}")
    assert {line["pool"] for line in lines()} <= {"mainstay_app", "mainstay_system"}
    assert all(float(line["milliseconds"]) >= 100 or "error" in line for line in lines())
    assert all(value not in server.output() for value in (team.email, team.key, secret, "SECRET-NAME"))


@pytest.mark.parametrize("at_a_terminal", [True, False])
def test_the_format_follows_who_reads(environment, at_a_terminal):
    ours, theirs = pty.openpty() if at_a_terminal else os.pipe()
    server = subprocess.Popen(
        [binary("mainstay"), "serve"], env=environment.variables(LOG_FORMAT=None), stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
        cwd=environment.cluster.folder)
    os.close(theirs)
    text = b""
    try:
        while b"Listening" not in text or not text.endswith(b"\n"):
            text += os.read(ours, 65536)
    finally:
        server.kill()
        server.wait()
        os.close(ours)
    (line,) = [line for line in text.decode().splitlines() if "Listening" in line]
    assert line.startswith("{") != at_a_terminal, line


def test_what_callers_send_is_not_logged(environment):
    """A body that breaks in its trailers, on routes of either kind: refused, and no error of the server's. A token in a path."""
    server = environment.serve()
    trailers = b"".join(b"x-%d: %s\r\n" % (n, b"SECRET" * 150) for n in range(60))
    for path in (b"/api/auth/sign-in/email", b"/v1/me"):
        head = b"POST " + path + b" HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        answer = converse(environment.port, head + b"2\r\n{}\r\n0\r\n" + trailers + b"\r\n")
        assert answer.startswith("HTTP/1.1 4"), answer
    for path in ("reset-password/SECRET-TOKEN?callbackURL=/x", "reset-password/SECRET-TOKEN/more"):
        assert requests.get(f"{environment.base_url}/api/auth/{path}", allow_redirects=False, timeout=5).status_code < 500
    wait_until(lambda: server.output().count("/reset-password/{token}") == 2, 5, lambda: f"two lines. {server.tail()}")
    assert requests.get(f"{environment.base_url}/health", timeout=5).status_code == 200
    assert '"level":"error"' not in server.output() and "SECRET" not in server.output() and "5345" not in server.output(), server.tail()


@pytest.mark.parametrize("path, is_problem", [("/v1/me", True), ("/admin/projects", True), ("/api/auth/get-session", False)])
def test_an_error_of_ours_says_nothing_of_itself(environment, path, is_problem):
    """A database that is not what it should be: 500, with the reason in the log alone."""
    server = environment.serve()
    team = Team(environment.base_url)
    for table in ("project", "session", "organization_plan"):
        environment.sql(f"alter table {table} rename to {table}_gone")
    if path.startswith("/v1"):
        answer = team.v1("GET", path.removeprefix("/v1"), headers={"x-request-id": "broken-1"})
    else:
        answer = team.browser.get(f"{environment.base_url}{path}", headers={"x-request-id": "broken-1"}, timeout=20)
    assert answer.status_code == 500, answer.text
    if is_problem:
        assert expect_problem(answer, 500, "internal_error")["requestId"] == "broken-1"
    for word in ("relation", "42P01", "_gone", "select", "Postgres"):
        assert word not in answer.text
    wait_until(lambda: "42P01" in server.output(), 5, lambda: f"the reason in the log. {server.tail()}")


def check(environment, timeout=5):
    started = time.monotonic()
    response = requests.get(f"{environment.base_url}/ready", timeout=timeout)
    assert time.monotonic() - started < 3, "readiness is known, not found out"
    checks = response.json()["checks"]
    for check in checks.values():
        assert (check["status"] != "ok" and check["latencyMs"] is None) or 0 < check["latencyMs"] < 5000, checks
    return response.status_code, {name: check["status"] for name, check in checks.items()}


@pytest.mark.parametrize("store", ["redis", "postgres"])
def test_readiness_while_a_store_hangs(environment, store):
    environment.serve()
    assert check(environment) == (200, {"postgres": "ok", "redis": "ok"})
    other = {"redis": "postgres", "postgres": "redis"}[store]
    server = getattr(environment.cluster, store)
    server.freeze()
    try:
        status, checks = wait_until(lambda: (found := check(environment))[0] == 503 and found, 30, "503")
        assert checks[store] != "ok" and checks[other] == "ok"
        assert requests.get(f"{environment.base_url}/health", timeout=2).status_code == 200
    finally:
        server.thaw()
    wait_until(lambda: check(environment)[0] == 200, 30, "ready again")


def test_a_worker_that_is_watched(environment):
    port = free_port()
    worker = environment.worker(METRICS_PORT=str(port), METRICS_TOKEN="a-long-token-for-scrapers")
    url = f"http://127.0.0.1:{port}"
    environment.wait_until_ready(worker, url)
    assert requests.get(f"{url}/health", timeout=5).json() == {"status": "ok"}
    assert requests.get(f"{url}/ready", timeout=5).json()["checks"]["redis"]["status"] == "ok"
    expect_problem(requests.get(f"{url}/metrics", timeout=5), 401, "metrics_token_required")
    text = requests.get(f"{url}/metrics", headers={"authorization": "Bearer a-long-token-for-scrapers"}, timeout=5).text
    samples = {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}
    assert {"mainstay_store_up", "bullmq_jobs", "postgres_connections", "process_resident_memory_bytes"} <= samples, sorted(samples)
    expect_problem(requests.get(f"{url}/v1/me", timeout=5), 404, "route_not_found")
    expect_problem(requests.put(f"{url}/health", timeout=5), 405, "method_not_allowed")
    # A second one of the same port cannot.
    other = environment.worker(METRICS_PORT=str(port))
    assert other.wait(30) == 1
    assert f"Port {port} of 127.0.0.1 is in use" in other.output() and f"METRICS_PORT={port + 1}" in other.output(), other.tail()
    assert worker.terminate() == 0, worker.tail()


def test_metrics_behind_a_token(environment):
    environment.serve(METRICS_TOKEN="a-long-token-for-scrapers")
    url = f"{environment.base_url}/metrics"
    refused = requests.get(url, timeout=5)
    assert refused.status_code == 401 and refused.json()["code"] == "metrics_token_required"
    assert requests.get(url, headers={"authorization": "Bearer a-long-token-for-scrapers"}, timeout=5).status_code == 200
