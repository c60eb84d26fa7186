"""The HTTP server itself: what it says of its state, what it refuses and how, and how it stops."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from interop.api import Team, expect_problem
from interop.ports import free_port
from interop.stack import Cluster, binary
from interop.waiting import wait_until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture(scope="module")
def server_cluster():
    """Stores of this module's own: it freezes them."""
    cluster = Cluster("server")
    yield cluster
    cluster.stop()


@pytest.fixture()
def environment(server_cluster):
    environment = server_cluster.environment("server")
    yield environment
    server_cluster.redis.thaw()
    server_cluster.postgres.thaw()
    environment.stop()


def converse(port, *pieces, pause=0.2, timeout=40):
    """Sends the pieces and returns all that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        for index, piece in enumerate(pieces):
            if index:
                time.sleep(pause)
            connection.sendall(piece)
        answer = b""
        while block := connection.recv(65536):
            answer += block
        return answer.decode()


def problem(answer):
    """Status and code of an answer as it came from the socket."""
    head, _, body = answer.partition("\r\n\r\n")
    assert "content-type: application/problem+json" in head.lower(), answer
    assert "connection: close" in head.lower(), answer
    body = json.loads(body)
    assert body["status"] == int(head.split()[1]) and body["requestId"], answer
    return body["status"], body["code"]


GET = b"GET /health HTTP/1.1\r\nhost: x\r\n"


@pytest.mark.parametrize(
    "request_bytes, status, code",
    [
        (b"nonsense\r\n\r\n", 400, "malformed_request"),
        (b"G\x01T / HTTP/1.1\r\nhost: x\r\n\r\n", 400, "malformed_request"),
        (b"BREW /health HTTP/1.1\r\nhost: x\r\n\r\n", 501, "method_not_implemented"),
        (b"get /health HTTP/1.1\r\nhost: x\r\n\r\n", 501, "method_not_implemented"),
        (b"DESCRIBE /health HTTP/1.1\r\nhost: x\r\n\r\n", 501, "method_not_implemented"),
        (b"GET /health RTSP/1.0\r\nhost: x\r\n\r\n", 400, "malformed_request"),
        (b"GET /health HTTP/1.1\r\nhost: x/y\r\n\r\n", 400, "malformed_request"),
        (b"GET /health HTTP/1.1\r\nhost: a@b\r\n\r\n", 400, "malformed_request"),
        (b"GET /health HTTP/1.1\r\nhost: x:port\r\n\r\n", 400, "malformed_request"),
        (b"BREW /health\r\n\r\n", 400, "malformed_request"),
        (GET + b"bad header\r\n\r\n", 400, "malformed_request"),
        (b"POST /v1/me HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400, "malformed_request"),
        (b"POST /v1/me HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc", 400, "malformed_request"),
        (b"POST /v1/me HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip\r\n\r\n", 400, "malformed_request"),
        (b"GET /health HTTP/1.1\r\n\r\n", 400, "malformed_request"),
        (b"GET /health HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n", 400, "malformed_request"),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n", 414, "address_too_long"),
        (GET + b"x: " + b"a" * 20_000 + b"\r\n\r\n", 431, "headers_too_large"),
        (GET + b"".join(b"x%d: a\r\n" % n for n in range(150)) + b"\r\n", 431, "headers_too_large"),
        (GET + b"".join(b"x%d: %s\r\n" % (n, b"a" * 1000) for n in range(40)) + b"\r\n", 431, "headers_too_large"),
    ])
def test_what_is_no_request(installation, request_bytes, status, code):
    assert problem(converse(installation.port, request_bytes)) == (status, code)
    assert requests.get(f"{installation.base_url}/health", timeout=5).status_code == 200


def test_dawdlers_are_refused(installation):
    """Half a head, half a body, and a drip of single bytes: each is over in the time a request may take to arrive."""
    post = b"POST /api/auth/sign-in/email HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"

    def drip():
        with socket.create_connection(("127.0.0.1", installation.port), timeout=60) as connection:
            connection.settimeout(0.5)
            for byte in GET + b"x: " + b"a" * 1000:
                try:
                    connection.sendall(bytes([byte]))
                    if answer := connection.recv(65536):
                        return answer.decode()
                except TimeoutError:
                    continue
        return ""

    started = time.monotonic()
    with ThreadPoolExecutor(3) as pool:
        answers = [
            pool.submit(converse, installation.port, b"GET /health HTTP/1.1\r\nhos"),
            pool.submit(converse, installation.port, post + b"content-length: 50\r\n\r\n{"),
            pool.submit(drip),
        ]
        for answer in answers:
            assert problem(answer.result()) == (408, "request_timeout")
    assert time.monotonic() - started < 40


@pytest.mark.parametrize("cut", range(1, 25))
def test_an_unknown_method_however_it_arrives(installation, cut):
    request = b"BREW /health HTTP/1.1\r\nhost: x\r\n\r\n"
    assert problem(converse(installation.port, request[:cut], request[cut:], pause=0.02)) == (501, "method_not_implemented")


def test_a_request_before_the_trouble_is_answered(installation):
    """And then the trouble is, under a log line and a count of its own."""
    refused = metric(installation, 'http_requests_refused_total{status="400"}')
    answer = converse(installation.port, GET + b"\r\n" + GET + b"\r\n" + b"\x01\x02nonsense\r\n\r\n")
    first, second, third = (f"HTTP/1.1{part}" for part in answer.split("HTTP/1.1")[1:])
    for sound in (first, second):
        assert sound.startswith("HTTP/1.1 200 ") and "connection: close" not in sound.lower()
    assert problem(third) == (400, "malformed_request")
    assert metric(installation, 'http_requests_refused_total{status="400"}') == refused + 1
    long = b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nhost: x\r\nx-request-id: the-long-one\r\n\r\n"
    answer = converse(installation.port, GET + b"\r\n" + long)
    assert answer.startswith("HTTP/1.1 200 ") and " 414 " in answer and '"the-long-one"' in answer
    answer = converse(installation.port, GET + b"\r\n" + GET + b"connection: close\r\n\r\n")
    assert answer.count("HTTP/1.1 200 ") == 2


def metric(installation, name):
    text = requests.get(f"{installation.base_url}/metrics", timeout=10).text
    return next((float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name)), 0)


def test_keep_alive_of_http_1_0(installation):
    """Whoever asks for it is told that it is granted, as nobody would assume it."""
    with socket.create_connection(("127.0.0.1", installation.port), timeout=10) as connection:
        for _ in range(3):
            connection.sendall(b"GET /health HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
            answer = b""
            while b'"status"' not in answer:
                answer += connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200 ") and b"connection: keep-alive" in answer.lower()


def test_what_the_server_can(installation):
    answer = converse(installation.port, b"OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert answer.startswith("HTTP/1.1 204 ") and "allow: delete, get" in answer.lower()


@pytest.mark.parametrize("head", [b"GET /health HTTP/1.0\r\n", GET + b"connection: Close\r\n", GET + b"connection: close, x\r\n"])
def test_callers_that_want_no_more_are_let_go(installation, head):
    started = time.monotonic()
    answer = converse(installation.port, head + b"\r\n")
    assert answer.startswith("HTTP/1.1 200 ") and "connection: close" in answer.lower()
    assert time.monotonic() - started < 10


def test_one_answer_a_request(installation):
    """A body that breaks after its request was answered is no reason for another answer."""
    post = b"POST /v1/me/nothing HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
    answer = converse(installation.port, post, b"nonsense\r\n", pause=0.5)
    assert answer.count("HTTP/1.1 ") == 1, answer


def test_a_stalled_log_reader_stops_nobody(environment):
    """Whoever reads the log stops reading: requests and the end go on."""
    variables = environment.variables()
    reader, writer = os.pipe()
    server = subprocess.Popen([binary("mainstay"), "serve"], env=variables, stdout=writer, stderr=writer)
    os.close(writer)
    try:
        def ready():
            try:
                return requests.get(f"{environment.base_url}/ready", timeout=2).status_code == 200
            except requests.RequestException:
                return False

        wait_until(ready, 30, "ready")
        session = requests.Session()
        for _ in range(2000):  # some hundred kilobytes of lines, and a pipe holds 64
            assert session.get(f"{environment.base_url}/nowhere", timeout=10).status_code == 404
        server.send_signal(signal.SIGTERM)
        assert server.wait(40) == 0
    finally:
        server.kill()
        server.wait()
        os.close(reader)


def test_continue_is_said_when_asked_for(installation):
    answer = converse(
        installation.port,
        b"POST /api/auth/sign-in/email HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n"
        b"expect: 100-continue\r\ncontent-length: 2\r\n\r\n", b"{}")
    assert answer.startswith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 "), answer


@pytest.mark.parametrize(
    "method, path, status, allow",
    [
        ("DELETE", "/v1/me", 405, "GET, HEAD, OPTIONS"),
        ("PUT", "/admin/projects", 405, "GET, HEAD, OPTIONS, POST"),
        ("OPTIONS", "/health", 204, "GET, HEAD, OPTIONS"),
        ("PROPFIND", "/v1/me", 405, "GET, HEAD, OPTIONS"),
        ("QUERY", "/admin/projects", 405, "GET, HEAD, OPTIONS, POST"),
        ("M-SEARCH", "/health", 405, "GET, HEAD, OPTIONS"),
        ("PROPFIND", "/v1/nothing", 404, None),
        ("GET", "/v1/nothing", 404, None),
        ("GET", "/health/", 404, None),
        ("GET", "//health", 404, None),
    ])
def test_methods_and_addresses(installation, method, path, status, allow):
    # http.client, since requests would tidy the path up.
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=10)
    connection.request(method, path)
    response = connection.getresponse()
    body = response.read()
    assert (response.status, response.headers["allow"]) == (status, allow)
    if status >= 400:
        assert json.loads(body)["code"] == ("method_not_allowed" if status == 405 else "route_not_found")


def test_security_headers(installation):
    headers = requests.get(f"{installation.base_url}/health", timeout=5).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


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


def check(environment, timeout=5):
    started = time.monotonic()
    response = requests.get(f"{environment.base_url}/ready", timeout=timeout)
    assert time.monotonic() - started < 3, "readiness is known, not found out"
    return response.status_code, {name: check["status"] for name, check in response.json()["checks"].items()}


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


def test_sigterm_under_load_answers_all_it_accepted(environment):
    """Callers who keep their connections are told by `Connection: close`; nobody who was heard goes without an answer."""
    server = environment.serve()
    team = Team(environment.base_url)
    counts, lost = [], []

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
            if (response.headers["connection"] or "").lower() == "close":
                counts.append(count)
                return

    threads = [threading.Thread(target=caller) for _ in range(16)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    server.terminate_later()
    for thread in threads:
        thread.join(30)
    assert not lost, lost
    assert len(counts) == 16 and sum(counts) > 100
    assert server.wait(30) == 0


def test_sigterm_does_not_wait_for_requests_that_never_come(environment):
    server = environment.serve(SHUTDOWN_GRACE="PT20S")
    idle = socket.create_connection(("127.0.0.1", environment.port), timeout=5)
    half_head = socket.create_connection(("127.0.0.1", environment.port), timeout=5)
    half_head.sendall(b"GET /health HTTP/1.1\r\nho")
    half_body = socket.create_connection(("127.0.0.1", environment.port), timeout=30)
    half_body.sendall(
        b"POST /api/auth/sign-in/email HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{")
    time.sleep(0.5)
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
            time.sleep(1)
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
    server = environment.serve(REQUEST_TIMEOUT="PT1S", CORS_ORIGINS="https://app.example.com")
    team = Team(environment.base_url)
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


def test_callers_behind_a_proxy(environment):
    server = environment.serve(TRUSTED_PROXIES="127.0.0.0/8")
    requests.get(f"{environment.base_url}/nowhere", headers={"x-forwarded-for": "6.6.6.6, 198.51.100.7", "x-request-id": "p-1"}, timeout=5)

    def clients():
        return re.findall(r'"client":"([^"]*)"', "".join(line for line in server.output().splitlines() if '"p-1"' in line))

    wait_until(lambda: clients() == ["198.51.100.7"], 5, lambda: f"the caller's address. {clients()}")


def test_browsers_of_other_origins(environment):
    environment.serve(CORS_ORIGINS="https://app.example.com", BETTER_AUTH_TRUSTED_ORIGINS="https://dash.example.com,https://*.example.org")

    def preflight(path, origin):
        return requests.options(
            f"{environment.base_url}{path}",
            headers={"origin": origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization"},
            timeout=5).headers

    assert preflight("/v1/me", "https://app.example.com")["access-control-allow-origin"] == "https://app.example.com"
    assert "access-control-allow-credentials" not in preflight("/v1/me", "https://app.example.com")
    assert "access-control-allow-origin" not in preflight("/v1/me", "https://evil.example.com")
    dashboard = preflight("/admin/projects", "https://dash.example.com")
    assert dashboard["access-control-allow-credentials"] == "true"
    assert "access-control-allow-origin" not in preflight("/admin/projects", "https://app.example.com")
    assert preflight("/admin/projects", "https://a.example.org")["access-control-allow-origin"] == "https://a.example.org"


def test_metrics_behind_a_token(environment):
    environment.serve(METRICS_TOKEN="a-long-token-for-scrapers")
    url = f"{environment.base_url}/metrics"
    refused = requests.get(url, timeout=5)
    assert refused.status_code == 401 and refused.json()["code"] == "metrics_token_required"
    assert requests.get(url, headers={"authorization": "Bearer a-long-token-for-scrapers"}, timeout=5).status_code == 200
