"""The HTTP server itself: what it refuses and how, and what it grants to whom."""

import http.client
import json
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from interop.api import metric
from interop.conversation import GET, converse, problem
from interop.waiting import wait_until


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
    """Half a head, also behind a whole one, half a body, a drip of single bytes: each is over in the time a request may take to arrive."""
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
    with ThreadPoolExecutor(4) as pool:
        answers = [
            pool.submit(converse, installation.port, b"GET /health HTTP/1.1\r\nhos"),
            pool.submit(converse, installation.port, GET + b"\r\n" + b"GET /health HTTP/1.1\r\nhos"),
            pool.submit(converse, installation.port, post + b"content-length: 50\r\n\r\n{"),
            pool.submit(drip),
        ]
        for answer in answers:
            last = "HTTP/1.1" + answer.result().rsplit("HTTP/1.1", 1)[1]
            assert problem(last) == (408, "request_timeout")
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


def test_keep_alive_of_http_1_0(installation):
    """Whoever asks for it is told that it is granted, as nobody would assume it."""
    with socket.create_connection(("127.0.0.1", installation.port), timeout=10) as connection:
        for _ in range(3):
            connection.sendall(b"GET /health HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
            answer = b""
            while b'"status"' not in answer:
                answer += connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200 ") and b"connection: keep-alive" in answer.lower()


def test_offers_of_other_protocols_are_declined(installation):
    """As `curl --http2` asks: answered in HTTP/1.1, and the connection ends, since nobody could tell what comes behind."""
    upgrade = b"connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n"
    answer = converse(installation.port, GET + upgrade, timeout=10)
    assert answer.startswith("HTTP/1.1 200 ") and "connection: close" in answer.lower()


def test_http_1_0_in_pieces(installation):
    """Two requests, cut anywhere."""
    request = b"GET /health HTTP/1.0\r\nhost: x\r\nconnection: keep-alive\r\n\r\n"
    last = b"GET /health HTTP/1.0\r\nhost: x\r\n\r\n"
    for cut in range(1, len(last)):
        answer = converse(installation.port, request + last[:cut], last[cut:], pause=0.005)
        assert answer.count("HTTP/1.1 200 ") == 2, (cut, answer)


@pytest.mark.parametrize("count", [63, 64])
def test_the_last_answer_is_sent_however_late_it_is_read(installation, count):
    """More than the sockets' buffers hold, and a reader who begins later than the server waits for callers that have it all."""
    asked = b"GET /v1/openapi.json HTTP/1.1\r\nhost: x\r\n"
    with socket.create_connection(("127.0.0.1", installation.port), timeout=20) as connection:
        connection.sendall((asked + b"\r\n") * (count - 1) + asked + b"connection: close\r\n\r\n")
        # Nobody reads, which is the matter; longer than any time after which the server closes.
        time.sleep(4)
        answer = b""
        while block := connection.recv(1 << 20):
            answer += block
    assert answer.count(b"HTTP/1.1 200 ") == count and answer.endswith(b"}")


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
