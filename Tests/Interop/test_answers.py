"""What every answer carries and how it is sent: headers for browsers, announced closes, cookies, compression, the first pages."""

import gzip
import html
import http.client
import json
import re
import socket
import threading

import pytest
import requests

from interop.api import Team, expect_problem, team_made_in_no_hurry
from interop.receiver import Receiver


@pytest.fixture(scope="module")
def team(installation):
    return Team(installation.base_url)


@pytest.fixture(scope="module")
def queue(team):
    """One whose messages reach nobody."""
    return team.queue("http://127.0.0.1:9/")


@pytest.fixture(scope="module")
def delivered():
    receiver = Receiver()
    yield receiver.endpoint("verbatim")
    receiver.stop()


@pytest.fixture(scope="module")
def verbatim(team, delivered):
    return team.queue(delivered.url)


def listed(response, name):
    return {entry.strip().lower() for entry in response.headers.get(name, "").split(",")}


# ---- browsers of other origins


def test_what_routes_expose_stays_exposed(installation, team):
    """A page of another origin reads the bearer token, besides what every answer exposes."""
    answer = requests.post(
        f"{installation.base_url}/api/auth/sign-in/email", json={"email": team.email, "password": team.password},
        headers={"origin": installation.base_url}, timeout=20)
    assert answer.status_code == 200 and answer.headers["set-auth-token"]
    assert {"set-auth-token", "x-request-id", "etag", "x-retry-after"} <= listed(answer, "access-control-expose-headers")
    assert "origin" in listed(answer, "vary")


def test_a_page_reads_when_it_may_try_again(environment):
    environment.serve(AUTH_RATE_LIMIT="on")
    for _ in range(4):
        answer = requests.post(
            f"{environment.base_url}/api/auth/sign-in/email", json={"email": "a@example.com", "password": "password123"},
            headers={"origin": environment.base_url}, timeout=20)
    assert answer.status_code == 429 and int(answer.headers["x-retry-after"]) > 0
    assert "x-retry-after" in listed(answer, "access-control-expose-headers")


# ---- answers that do not wait for the body


def early(port, head, body, pieces=8):
    """Sends a request slowly enough that its answer comes first, then another on the same connection; the bytes of both answers."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(head)
        # The answer is there before the body is.
        answer = connection.recv(65536)

        def send():
            try:
                step = max(1, len(body) // pieces)
                for start in range(0, len(body), step):
                    connection.sendall(body[start:start + step])
                connection.sendall(b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            except OSError:
                pass

        sender = threading.Thread(target=send)
        sender.start()
        try:
            while block := connection.recv(65536):
                answer += block
        except ConnectionResetError:
            pass
        sender.join(20)
    return answer.decode()


CHUNK = b"%x\r\n%s\r\n" % (50_000, b"x" * 50_000)


@pytest.mark.parametrize(
    "method, path, framing, body, status",
    [
        ("POST", "/v1/{publish}", "content-length: 3000000", b"x" * 3_000_000, 413),
        ("POST", "/api/auth/sign-in/email", "content-length: 3000000", b"x" * 3_000_000, 413),
        ("POST", "/v1/nothing", "content-length: 3000000", b"x" * 3_000_000, 404),
        ("POST", "/v1/nothing", "content-length: 200000", b"x" * 200_000, 404),
        ("PUT", "/health", "content-length: 3000000", b"x" * 3_000_000, 405),
        ("PUT", "/health", "transfer-encoding: chunked", CHUNK * 60 + b"0\r\n\r\n", 405),
        ("PUT", "/health", "transfer-encoding: chunked", CHUNK + b"0\r\n\r\n", 405),
        ("POST", "/v1/{unauthorized}", "content-length: 3000000", b"x" * 3_000_000, 401),
        ("POST", "/admin/projects", "content-length: 3000000", b"x" * 3_000_000, 401),
        ("OPTIONS", "/v1/me", "content-length: 3000000", b"x" * 3_000_000, 204),
    ])
def test_no_connection_closes_unannounced(installation, team, queue, method, path, framing, body, status):
    headers = f"host: x\r\ncontent-type: application/json\r\n{framing}\r\n"
    if "{publish}" in path:
        headers += f"authorization: Bearer {team.key}\r\n"
        path = f"/v1{queue.messages_path}"
    path = path.replace("{unauthorized}", f"projects/{team.project_id}/queues")
    answer = early(installation.port, f"{method} {path} HTTP/1.1\r\n{headers}\r\n".encode(), body)
    assert answer.startswith(f"HTTP/1.1 {status} "), answer[:300]
    head = answer.partition("\r\n\r\n")[0].lower()
    answers = answer.count("HTTP/1.1 ")
    if "connection: close" in head:
        assert answers == 1
    else:
        assert answers == 2 and '{"status":"ok"}' in answer, f"it was kept open, and the next request got nothing: {answer}"


def test_a_body_that_waits_for_continue_in_vain(installation):
    """The caller may skip it then: what comes next could be either, so the connection ends, and says so."""
    head = (b"POST /v1/nothing HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-type: application/json\r\n"
            b"content-length: 3000000\r\n\r\n")
    with socket.create_connection(("127.0.0.1", installation.port), timeout=20) as connection:
        connection.sendall(head)
        answer = b""
        while block := connection.recv(65536):
            answer += block
    text = answer.decode().lower()
    assert text.startswith("http/1.1 404 ") and "connection: close" in text


def test_a_pooled_client_loses_nothing(installation):
    """35 requests behind refused bodies, over connections that are kept wherever nothing is said against it."""
    lost, connection = [], None
    for number in range(70):
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=20)
            connection.connect()
            # Nothing is to be mended behind our back.
            connection.auto_open = False
        try:
            if number % 2 == 0:
                connection.request("POST", "/v1/nothing", body=b"x" * (3_000_000 if number % 4 == 0 else 300_000))
            else:
                connection.request("GET", "/health")
            response = connection.getresponse()
            response.read()
            assert response.status == (404 if number % 2 == 0 else 200)
        except (OSError, http.client.HTTPException) as error:
            lost.append((number, repr(error)))
            connection = None
            continue
        # http.client closes its socket when the answer says so.
        if connection.sock is None:
            connection = None
    assert [entry for entry in lost if entry[0] % 2 == 1] == [], lost


def test_an_answer_is_read_by_a_caller_who_sends_everything_first(installation):
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=20)
    for _ in range(5):
        connection.request("POST", "/v1/nothing", body=b"x" * 8_000_000)
        response = connection.getresponse()
        assert response.status == 404 and response.headers["connection"] == "close"
        response.read()


# ---- sessions that are refreshed


@pytest.mark.parametrize(
    "method, path, body, status",
    [
        ("GET", "/projects", None, 200),
        ("GET", "/api-keys/nothing", None, 404),
        ("POST", "/projects", {"nonsense": 1}, 422),
        ("POST", "/projects", None, 400),
        ("GET", "/projects?nonsense=1", None, 422),
        ("HEAD", "/api-keys/nothing", None, 404),
        ("GET", "{foreign}", None, 404),
    ])
def test_a_refreshed_session_tells_its_cookie(installation, method, path, body, status):
    team = Team(installation.base_url)
    due = f"""update session set "expiresAt" = now() + interval '5 days', "updatedAt" = now() - interval '2 days'
        where "userId" = '{team.user["id"]}'"""
    installation.sql(due)
    headers = {}
    if path == "{foreign}":
        path, headers = "/projects", {"x-organization-id": "unknown"}
    answer = team.admin(method, path, json=body, headers=headers)
    assert answer.status_code == status, answer.text
    left = installation.sql(f"""select "expiresAt" > now() + interval '6 days' from session where "userId" = '{team.user["id"]}'""")
    assert left == [["t"]], "it was refreshed"
    assert "better-auth.session_token" in answer.headers.get("set-cookie", ""), answer.headers
    # Once: what is not due tells nothing.
    assert "set-cookie" not in team.admin("GET", "/projects").headers


def test_also_when_time_is_up(environment):
    """The connection gives that answer, and not the route that refreshed the session."""
    team = team_made_in_no_hurry(environment)
    environment.serve(REQUEST_TIMEOUT="PT1S")
    environment.sql("""update session set "expiresAt" = now() + interval '5 days', "updatedAt" = now() - interval '2 days'""")
    with environment.postgres.locked("project", environment.database, "access exclusive"):
        answer = team.admin("GET", "/projects")
    expect_problem(answer, 503, "timed_out")
    assert "better-auth.session_token" in answer.headers.get("set-cookie", ""), answer.headers


# ---- the first pages

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"}


def text(response):
    return html.unescape(" ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", response.text, flags=re.S).split()))


def page(url, **options):
    answer = requests.get(url, headers=BROWSER, timeout=10, **options)
    assert answer.headers["content-type"] == "text/html; charset=utf-8", answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"] and "<script" not in answer.text
    assert "accept" in listed(answer, "vary")
    return answer


def test_the_front_page(installation):
    answer = page(f"{installation.base_url}/")
    assert answer.status_code == 200 and "Sign in" in text(answer) and "Ready" in text(answer)
    links = re.findall(r'href="([^"]+)"', answer.text)
    assert {"/v1/docs", "/admin/docs", "/v1/openapi.json", "/ready", "/problems"} <= set(links)
    for link in links:
        assert requests.get(f"{installation.base_url}{link}", timeout=10).status_code == 200, link


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/json, text/html;q=0.5", "text/html;q=0, */*"])
def test_programs_are_shown_the_documents(installation, accept):
    answer = requests.get(f"{installation.base_url}/", headers={"accept": accept}, timeout=10)
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/json" and "accept" in listed(answer, "vary")
    for url in answer.json()["openapi"].values():
        assert requests.get(url, timeout=10).json()["openapi"].startswith("3.1")
    for url in answer.json()["documentation"].values():
        assert requests.get(url, timeout=10).headers["content-type"].startswith("text/html")


def test_signing_in_and_out_on_the_front_page(installation, team):
    browser = requests.Session()
    url = f"{installation.base_url}/"

    def post(origin=installation.base_url, **fields):
        return browser.post(url, data=fields, headers={**BROWSER, "origin": origin}, timeout=20, allow_redirects=False)

    wrong = post(answer="sign-in", email=team.email, password="wrong password")
    assert wrong.status_code == 401 and "do not belong together" in text(wrong) and not browser.cookies
    foreign = post(origin="https://evil.example", answer="sign-in", email=team.email, password=team.password)
    assert foreign.status_code == 403 and not browser.cookies
    signed_in = post(answer="sign-in", email=team.email, password=team.password)
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/")
    shown = browser.get(url, headers=BROWSER, timeout=20)
    assert team.email in text(shown) and "no-transform" in shown.headers["cache-control"]
    assert post(answer="nonsense").status_code == 400
    out = post(answer="sign-out")
    assert (out.status_code, out.headers["location"]) == (303, "/")
    assert team.email not in text(browser.get(url, headers=BROWSER, timeout=20))


@pytest.mark.parametrize("path", ["/error?error={}", "/?error={}"])
@pytest.mark.parametrize("code", ["INVALID_TOKEN", "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "x" * 5000, "%00"])
def test_what_went_wrong_is_shown_as_text(installation, path, code):
    answer = page(f"{installation.base_url}{path.format(requests.utils.quote(code))}")
    assert answer.status_code == 200 and "<img" not in answer.text and len(answer.text) < 4000
    assert code[:100].strip() in text(answer) or "<" in code or "%" in code
    if "<script>" in code:
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text


def test_links_of_mails_end_on_a_page(installation, team):
    """A verification without `callbackURL`, good or bad, and the auth routes' own error page."""
    for path in ("verify-email?token=nonsense&callbackURL=/", "error?error=SOMETHING", "reset-password/nonsense?callbackURL=/"):
        answer = page(f"{installation.base_url}/api/auth/{path}", allow_redirects=True)
        assert answer.status_code == 200 and answer.url.startswith(f"{installation.base_url}/?error="), answer.url


def test_what_browsers_and_crawlers_ask_for(installation):
    icon = requests.get(f"{installation.base_url}/favicon.ico", timeout=10)
    assert icon.status_code == 200 and icon.headers["content-type"] == "image/x-icon" and icon.content.startswith(b"\0\0\1\0\1\0\x10\x10")
    assert "max-age" in icon.headers["cache-control"]
    again = requests.get(f"{installation.base_url}/favicon.ico", headers={"if-none-match": icon.headers["etag"]}, timeout=10)
    assert again.status_code == 304
    robots = requests.get(f"{installation.base_url}/robots.txt", timeout=10)
    assert robots.status_code == 200 and robots.headers["content-type"].startswith("text/plain") and "Disallow: /" in robots.text


# ---- compression


def raw(installation, path, method="GET", **headers):
    """The answer as it is sent: requests would undo the compression."""
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=20)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


@pytest.mark.parametrize("path", ["/v1/openapi.json", "/v1/docs", "/admin/openapi.json", "/problems", "/metrics"])
def test_text_is_compressed_for_callers_who_take_it(installation, path):
    plain, whole = raw(installation, path)
    assert plain.status == 200 and plain.headers["content-encoding"] is None and len(whole) > 1024
    assert "Accept-Encoding" in plain.headers["vary"], "also what is not compressed depends on it"
    packed, body = raw(installation, path, accept_encoding="gzip, deflate, br")
    assert packed.headers["content-encoding"] == "gzip" and "Accept-Encoding" in packed.headers["vary"]
    assert packed.headers["vary"].lower().count("accept-encoding") == 1
    assert len(body) < len(whole) / 2 and int(packed.headers["content-length"]) == len(body)
    if path != "/metrics":
        assert gzip.decompress(body) == whole
    head, nothing = raw(installation, path, method="HEAD", accept_encoding="gzip")
    assert nothing == b"" and head.headers["content-encoding"] == "gzip" and "Accept-Encoding" in head.headers["vary"]
    if path != "/metrics":
        assert head.headers["content-length"] == packed.headers["content-length"]
        assert head.headers["etag"] == packed.headers["etag"]


@pytest.mark.parametrize(
    "accept, is_packed",
    [
        ("gzip", True), ("GZIP", True), ("x-gzip", True), ("*", True), ("br, *;q=0.1", True), ("gzip;q=0.001", True), ("gzip ; q=1.000", True),
        ("identity;q=0.5, gzip;q=0.5", True), ("", False), ("br", False), ("gzip;q=0", False), ("gzip;q=0.000", False), ("*;q=0", False),
        ("gzip;q=0, *", False), ("identity, gzip;q=0.5", False), ("gzip;q=2", False), ("gzip;q=x", False), ("identity", False),
    ])
def test_wishes_for_encodings_are_weighed(installation, accept, is_packed):
    answer, _ = raw(installation, "/v1/openapi.json", accept_encoding=accept)
    assert (answer.headers["content-encoding"] == "gzip") == is_packed


def test_versions_are_told_apart(installation):
    plain, _ = raw(installation, "/v1/openapi.json")
    packed, _ = raw(installation, "/v1/openapi.json", accept_encoding="gzip")
    tags = plain.headers["etag"], packed.headers["etag"]
    assert tags[0] != tags[1] and not any(tag.startswith("W/") for tag in tags), "other bytes, another strong tag"
    for wish in (tags[0], tags[1], f'"x,y", {tags[1]}', f"W/{tags[1]}", "*"):
        answer, body = raw(installation, "/v1/openapi.json", accept_encoding="gzip", if_none_match=wish)
        assert answer.status == 304 and body == b"" and "Accept-Encoding" in answer.headers["vary"], wish
        assert answer.headers["content-encoding"] is None
        assert answer.headers["etag"] == (tags[1] if tags[1] in wish else tags[0])
    assert raw(installation, "/v1/openapi.json", if_none_match=tags[0])[0].status == 304
    assert raw(installation, "/v1/openapi.json", if_none_match=tags[1])[0].status == 200, "those bytes would not be sent"
    for wish in (f'"a,{tags[0][1:]}', tags[0].strip('"'), f"w/{tags[0]}", f'"*", "x"'):
        assert raw(installation, "/v1/openapi.json", if_none_match=wish)[0].status == 200, wish


def test_secrets_beside_text_of_the_caller_are_not_compressed(installation, team):
    """From the lengths of many such answers a secret could be guessed."""
    cookie = "; ".join(f"{c.name}={c.value}" for c in team.browser.cookies)
    long = "n" * 32
    session, _ = raw(installation, "/api/auth/get-session", accept_encoding="gzip", cookie=cookie)
    assert session.status == 200 and session.headers["content-encoding"] is None
    members, body = raw(
        installation, f"/api/auth/organization/get-full-organization?organizationId={team.organization_id}", accept_encoding="gzip",
        cookie=cookie)
    assert members.status == 200 and members.headers["content-encoding"] is None
    projects = [team.project_id] * 1
    key = team.admin(
        "POST", "/api-keys", json={"name": long, "projects": projects, "allowedAddresses": [f"10.{n}.0.0/16" for n in range(100)]},
        headers={"accept-encoding": "gzip"})
    assert key.status_code == 201 and len(key.content) > 1024
    assert "content-encoding" not in key.headers and "no-transform" in key.headers["cache-control"]
    rotated = team.admin("POST", f"/api-keys/{key.json()['data']['id']}/rotate", json={}, headers={"accept-encoding": "gzip"})
    assert rotated.status_code == 200 and len(rotated.content) > 1024
    assert "content-encoding" not in rotated.headers and "no-transform" in rotated.headers["cache-control"]
    queue = team.v1(
        "POST", f"/projects/{team.project_id}/queues",
        json={"name": "long-address", "destination": {"url": "https://example.com/" + "x" * 1500}}, headers={"accept-encoding": "gzip"})
    assert queue.status_code == 201 and len(queue.content) > 1024
    assert "content-encoding" not in queue.headers and "no-transform" in queue.headers["cache-control"]
    # The same without its secret is.
    found, _ = raw(
        installation, f"/v1/projects/{team.project_id}/queues/long-address", accept_encoding="gzip", authorization=f"Bearer {team.key}")
    assert found.status == 200 and found.headers["content-encoding"] == "gzip"


def test_small_answers_and_errors(installation):
    small, _ = raw(installation, "/health", accept_encoding="gzip")
    assert small.headers["content-encoding"] is None
    query = "&".join(f"unknown{n}=1" for n in range(60))
    wrong, body = raw(installation, f"/v1/openapi.json?{query}", accept_encoding="gzip")
    assert wrong.status == 422 and wrong.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(body))["code"] == "validation_failed"


def test_a_large_answer_of_the_moment(installation, team, queue):
    message = queue.publish({"text": "some text " * 3000})
    path = f"/v1{queue.messages_path}/{message['id']}"
    answer, body = raw(installation, path, accept_encoding="gzip", authorization=f"Bearer {team.key}")
    assert answer.headers["content-encoding"] == "gzip" and len(body) < 3000
    assert json.loads(gzip.decompress(body))["data"]["payload"] == {"text": "some text " * 3000}
    head, _ = raw(installation, path, method="HEAD", accept_encoding="gzip", authorization=f"Bearer {team.key}")
    assert head.status == 200 and head.headers["content-encoding"] == "gzip" and int(head.headers["content-length"]) < 3000


# ---- headers of requests


@pytest.mark.parametrize(
    "media_type, status",
    [
        ("application/json; charset=utf-8", 202), ('application/json;charset="UTF-8"', 202), ("Application/JSON ; Charset=utf-8", 202),
        ('application/json; profile="a;charset=latin1"', 202), ('application/json; title="a \\" b, c"', 202), ("application/json;", 202),
        ("application/vnd.x+json", 202), ("application/json; charset=latin1", 415), ('application/json; charset="iso-8859-1"', 415),
        ("application/json, text/plain", 415), ('application/json; x="open', 415), ("application/json; charset", 415), ("json", 415),
        ("application/j son", 415),
    ])
def test_parameters_of_media_types(queue, media_type, status):
    answer = queue.post({"n": 1}, headers={"content-type": media_type})
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    "accept, status",
    [
        ("application/json", 200), ("application/*", 200), ("text/html, application/json;q=0.1", 200), ("text/html", 406),
        ("application/json;q=0", 406), ("application/json;q=0, */*", 406), ("*/*;q=0", 406), ('text/html;title="a, application/json"', 406),
        ('application/json;v="1;q=0"', 200), ("application/json;q=0.000, application/json", 200), ("nonsense", 200), ("", 200),
        ("APPLICATION/JSON;Q=0", 406),
    ])
def test_wishes_for_media_types(installation, team, accept, status):
    assert team.v1("GET", "/me", headers={"accept": accept}).status_code == status


def test_a_key_behind_several_spaces(installation, team):
    for header, status in ((f"Bearer   {team.key}", 200), (f"bearer {team.key}", 200), (f"Bearer {team.key} x", 401), ("Bearer    ", 401)):
        answer = requests.get(f"{installation.base_url}/v1/me", headers={"authorization": header}, timeout=10)
        assert answer.status_code == status, header


# ---- idempotency keys


def test_keys_are_of_one_resource(installation):
    """Two queues, two projects, and one queue by either of its names."""
    team = Team(installation.base_url)
    first, second = team.queue("http://127.0.0.1:9/1"), team.queue("http://127.0.0.1:9/2")
    other = team.create_project("Other")
    headers = {"idempotency-key": f"shared-{team.mark}"}
    one = first.post({"n": 1}, headers=headers)
    assert one.status_code == 202, one.text
    path = f"/projects/{team.project_id}/queues/{first.data['id']}/messages"
    again = team.v1("POST", path, data=b'{"payload":{"n": 1}}', headers={**headers, "content-type": "application/json"})
    assert again.status_code == 202 and again.headers["idempotency-replayed"] == "true" and again.json() == one.json()
    expect_problem(first.post({"n": 2}, headers=headers), 422, "idempotency_key_reused")
    expect_problem(team.v1("POST", path, json={"payload": 3}, headers=headers), 422, "idempotency_key_reused")
    two = second.post({"n": 2}, headers=headers)
    assert two.status_code == 202 and "idempotency-replayed" not in two.headers, two.text
    body = {"name": "same-name", "destination": {"url": "https://example.com"}}
    made = [
        team.v1("POST", f"/projects/{project}/queues", json=body, headers=headers).status_code for project in (team.project_id, other)]
    assert made == [201, 201]


def test_a_key_for_one_project_blocks_nobody(installation):
    """A key that may not see production cannot take production's keys, nor learn of them."""
    team = Team(installation.base_url)
    other = team.create_project("Staging")
    limited = team.create_key(projects=[other], permissions=["queues:write"])["key"]
    headers = {"idempotency-key": f"guessed-{team.mark}"}
    body = {"name": "guessed", "destination": {"url": "https://example.com"}}
    assert team.v1("POST", f"/projects/{other}/queues", key=limited, json=body, headers=headers).status_code == 201
    mine = team.v1("POST", f"/projects/{team.project_id}/queues", json={**body, "name": "mine"}, headers=headers)
    assert mine.status_code == 201 and "idempotency-replayed" not in mine.headers, mine.text


# ---- payloads as they come


def payloads():
    yield "lone surrogate", rb'"\ud800"'
    yield "lone low surrogate", rb'{"a":"x\uDFFFy"}'
    yield "surrogates the wrong way round", rb'"\udc00\ud800"'
    yield "equal names", b'{"a":1,"a":2,"\\u0061":3}'
    yield "500 levels", b"[" * 500 + b"]" * 500
    yield "16,000 levels", b'{"a":[' * 8_000 + b"]}" * 8_000
    yield "odd numbers", b"[1e999, -0, 0.10000000000000000000000000001, 123456789012345678901234567890]"
    yield "white space", b' {\t"a" :\r\n [ ] } '
    yield "signs", '"\u2028 \U0001f600 \u00e9"'.encode()


@pytest.mark.parametrize("payload", [pytest.param(payload, id=name) for name, payload in payloads()])
def test_any_json_is_delivered_as_it_came(team, delivered, verbatim, payload):
    answer = verbatim.post(payload)
    assert answer.status_code == 202, answer.text
    message = answer.json()["data"]["id"]
    delivered.wait_for([message])
    assert delivered.of(message)[0].body == payload.strip(b" ")
    assert payload.strip(b" ") in team.v1("GET", f"{verbatim.messages_path}/{message}").content


@pytest.mark.parametrize(
    "payload", [
        b'"\xed\xa0\x80"', b'"\xff"', b'"\xc0\xaf"', b'{"a":1,}', b"[1,]", b"[1 2]", b'{"a" 1}', b"{1:2}", b"01", b"1.", b"nul", b'"\\x"', b'"\\u12"',
        b'"a\nb"', b"[" * 9999, b"[" * 9999 + b"}" * 9999, b"'a'", b"NaN", b"\xef\xbb\xbf1", b"",
    ])
def test_what_is_no_json_is_refused(queue, payload):
    expect_problem(queue.post(payload), 400, "malformed_json")


def test_what_is_around_the_payload_is_read_strictly(team, queue):
    def post(body):
        return team.v1("POST", queue.messages_path, data=body, headers={"content-type": "application/json"})

    expect_problem(post(b'{"payload":1,"payload":2}'), 422, "validation_failed")
    expect_problem(post(b'{"payload":1,"unknown":{"a":1,"a":2}}'), 400, "malformed_json")
    expect_problem(post(rb'{"payload":1,"contentType":"\ud800"}'), 400, "malformed_json")
    expect_problem(post(b'{"payload":1,"unknown":' + b"[" * 500 + b"]" * 500 + b"}"), 400, "malformed_json")
    expect_problem(post(rb'{"payload":"\ud800","encoding":"base64"}'), 422, "validation_failed")
