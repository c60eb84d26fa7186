"""What cannot be done is refused with one clear answer, and nothing is written."""

import json
import re
import socket
import threading

import pytest
import requests

from interop.api import Team, expect_problem
from interop.ports import free_port
from interop.waiting import wait_until

UNKNOWN_PROJECT = "proj_01h455vb4pex5vsknk084sn02q"


@pytest.fixture(scope="module")
def environment(cluster):
    """An installation without a worker, so that nothing but the requests of these tests writes."""
    environment = cluster.environment("refusals")
    environment.server = environment.serve()
    yield environment
    environment.stop()


@pytest.fixture(scope="module")
def owner(environment):
    return Team(environment.base_url)


@pytest.fixture(scope="module")
def stranger(environment):
    return Team(environment.base_url)


@pytest.fixture(scope="module")
def queue(owner):
    return owner.queue("https://example.com/hook", name="refusing")


@pytest.fixture()
def nothing_written(environment, owner):
    """Counts all rows before and after the test."""
    before, used = environment.row_counts(), owner.used()
    yield
    after = environment.row_counts()
    assert {name: (before.get(name), count) for name, count in after.items() if before.get(name) != count} == {}
    assert owner.used() == used


# ---- requests


def test_foreign_unknown_and_malformed_projects_are_one_answer(owner, stranger, queue, nothing_written):
    requests_of = {
        "queue": lambda project: stranger.v1("GET", f"/projects/{project}/queues/{queue.name}"),
        "queues": lambda project: stranger.v1("GET", f"/projects/{project}/queues"),
        "publish": lambda project: stranger.v1("POST", f"/projects/{project}/queues/{queue.name}/messages", json={"payload": 1}),
        "create": lambda project: stranger.v1(
            "POST", f"/projects/{project}/queues", json={"name": "intruder", "destination": {"url": "https://example.com"}}),
        "message": lambda project: stranger.v1("GET", f"/projects/{project}/queues/{queue.name}/messages/msg_01h455vb4pex5vsknk084sn02q"),
    }
    for name, request in requests_of.items():
        answers = []
        for project in (owner.project_id, UNKNOWN_PROJECT, "proj_nonsense", "x", owner.project_id.upper()):
            problem = expect_problem(request(project), 404, "project_not_found")
            answers.append({member: value for member, value in problem.items() if member not in ("requestId", "instance")})
        assert all(answer == answers[0] for answer in answers), (name, answers)


def test_foreign_queue_and_message_are_unknown(owner, queue, nothing_written):
    queues = f"/projects/{owner.project_id}/queues"
    for name in ("unknown", "queue_01h455vb4pex5vsknk084sn02q", "queue_x"):
        expect_problem(owner.v1("GET", f"{queues}/{name}"), 404, "queue_not_found")
        expect_problem(owner.v1("POST", f"{queues}/{name}/messages", json={"payload": 1}), 404, "queue_not_found")
    for message in ("msg_01h455vb4pex5vsknk084sn02q", "msg_x", "1"):
        expect_problem(owner.v1("GET", f"{queue.messages_path}/{message}"), 404, "message_not_found")


@pytest.mark.parametrize(
    "header", [None, "Bearer ms_" + "a" * 64, "Bearer ", "Bearer nonsense", "Basic bXM6eA=="],
    ids=["none", "unknown", "empty", "odd", "basic"])
def test_without_a_valid_key_nothing_is_answered(environment, queue, header, nothing_written):
    headers = {"authorization": header} if header else {}
    for method, path, body in (("GET", "/me", None), ("POST", queue.messages_path, {"payload": 1})):
        response = requests.request(method, f"{environment.base_url}/v1{path}", headers=headers, json=body, timeout=10)
        expect_problem(response, 401, "invalid_api_key")
        assert response.headers["www-authenticate"].startswith("Bearer")


def test_revoked_key_is_refused_at_once(environment, owner, queue):
    port = free_port()
    other_url = f"http://127.0.0.1:{port}"
    other = environment.serve(PORT=str(port), BASE_URL=other_url)
    created = owner.create_key()
    assert created["key"].startswith("ms_") and created["start"] == created["key"][:6]
    assert owner.v1("GET", "/me", key=created["key"]).status_code == 200
    assert owner.v1("GET", "/me", key=created["key"], base_url=other_url).status_code == 200
    response = owner.admin("DELETE", f"/api-keys/{created['id']}")
    assert response.status_code == 204, response.text
    expect_problem(owner.v1("GET", "/me", key=created["key"]), 401, "invalid_api_key")
    wait_until(
        lambda: owner.v1("GET", "/me", key=created["key"], base_url=other_url).status_code == 401, 2, "another process refuses it too")
    before, used = environment.row_counts(), owner.used()
    expect_problem(owner.v1("POST", queue.messages_path, key=created["key"], json={"payload": 1}), 401, "invalid_api_key")
    assert environment.row_counts() == before and owner.used() == used
    other.end()


def test_key_without_the_permission_is_refused(environment, owner, queue):
    key = owner.create_key(permissions=["queues:read"])["key"]
    before = environment.row_counts()
    problem = expect_problem(owner.v1("POST", queue.messages_path, key=key, json={"payload": 1}), 403, "permission_denied")
    assert "messages:write" in problem["detail"]
    assert environment.row_counts() == before


@pytest.mark.parametrize(
    "body", [b'{"payload": ', b"nonsense", b'{"payload": 01}', b'{"payload": "\xff"}', b'{"payload": 1} x', b'{"payload": ' + b"[" * 5000],
    ids=["open", "word", "number", "encoding", "more", "deep"])
def test_malformed_json(owner, queue, body, nothing_written):
    response = owner.v1("POST", queue.messages_path, data=body, headers={"content-type": "application/json"})
    expect_problem(response, 400, "malformed_json")


def test_absent_body(owner, queue, nothing_written):
    for headers in ({"content-type": "application/json"}, {}):
        expect_problem(owner.v1("POST", queue.messages_path, headers=headers), 400, "body_required")


def test_wrong_media_type(owner, queue, nothing_written):
    for media_type in ("text/plain", "application/x-www-form-urlencoded"):
        response = owner.v1("POST", queue.messages_path, data=b'{"payload": 1}', headers={"content-type": media_type})
        expect_problem(response, 415, "unsupported_media_type")


def test_oversize_body(environment, owner, queue, nothing_written):
    body = b'{"payload": "' + b"x" * (2 << 20) + b'"}'
    status, answer = send_raw(environment.port, f"/v1{queue.messages_path}", owner.key, body)
    assert status == 413, (status, answer[:300])
    assert json.loads(answer)["code"] == "body_too_large"


def test_payload_beyond_the_plan(owner, queue, nothing_written):
    expect_problem(queue.post("x" * 65_536), 413, "payload_too_large")


def test_unknown_field_and_all_other_problems_at_once(owner, queue, nothing_written):
    response = queue.post({}, nonsense=1, delay="soon", retry={"attempts": 0, "backof": "fixed"})
    problem = expect_problem(response, 422, "validation_failed")
    pointers = {error["pointer"] for error in problem["errors"]}
    assert {"/nonsense", "/delay", "/retry/attempts", "/retry/backof"} <= pointers, problem
    assert all(error["code"] and error["message"] for error in problem["errors"])
    assert "soon" not in response.text, "values are not echoed"
    expect_problem(owner.v1("POST", queue.messages_path, json={"delay": "PT1S"}), 422, "validation_failed")
    expect_problem(queue.post({}, delay="PT1S", scheduledFor="2040-01-01T00:00:00Z"), 422, "validation_failed")


@pytest.mark.parametrize(
    "body", [
        {"name": "Upper", "destination": {"url": "https://example.com"}},
        {"name": "n", "destination": {"url": "ftp://example.com"}},
        {"name": "n", "destination": {"url": "https://user:secret@example.com"}},
        {"name": "n"},
        {"name": "n", "destination": {"url": "https://example.com"}, "timeout": "PT0S"},
        {"name": "n", "destination": {"url": "https://example.com"}, "extra": True},
    ], ids=["name", "scheme", "credentials", "destination", "timeout", "unknown"])
def test_invalid_queue(owner, queue, body, nothing_written):
    expect_problem(owner.v1("POST", f"/projects/{owner.project_id}/queues", json=body), 422, "validation_failed")


def test_queue_name_is_taken(owner, queue, nothing_written):
    body = {"name": queue.name, "destination": {"url": "https://example.com"}}
    expect_problem(owner.v1("POST", f"/projects/{owner.project_id}/queues", json=body), 409, "queue_name_taken")


def test_unknown_route(owner, queue, nothing_written):
    expect_problem(owner.v1("GET", "/nothing-here"), 404, "route_not_found")


# ---- requests with a session


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_admin_needs_a_trusted_origin(environment, owner, queue, origin, nothing_written):
    headers = {"cookie": "; ".join(f"{c.name}={c.value}" for c in owner.browser.cookies)}
    if origin:
        headers["origin"] = origin
    response = requests.post(f"{environment.base_url}/admin/projects", json={"name": "Forged"}, headers=headers, timeout=10)
    expect_problem(response, 403, "origin_not_allowed")


def test_admin_needs_a_session_of_a_member(environment, owner, stranger, queue, nothing_written):
    origin = {"origin": environment.base_url}
    response = requests.post(f"{environment.base_url}/admin/projects", json={"name": "Nobody's"}, headers=origin, timeout=10)
    expect_problem(response, 401, "unauthenticated")
    for organization in (owner.organization_id, "unknown"):
        response = stranger.admin("POST", "/projects", json={"name": "Foreign"}, headers={"x-organization-id": organization})
        expect_problem(response, 404, "organization_not_found")
    # An API key opens nothing there.
    response = requests.post(
        f"{environment.base_url}/admin/projects", json={"name": "Key's"}, headers={**origin, "authorization": f"Bearer {owner.key}"},
        timeout=10)
    expect_problem(response, 401, "unauthenticated")


def test_auth_refuses_a_forged_origin_and_a_wrong_password(environment, owner, queue, nothing_written):
    url = f"{environment.base_url}/api/auth/sign-in/email"
    body = {"email": owner.email, "password": owner.password}
    assert requests.post(url, json=body, headers={"origin": "https://evil.example"}, timeout=10).status_code == 403
    wrong = requests.post(url, json={**body, "password": "wrong-password"}, timeout=10)
    assert wrong.status_code == 401 and wrong.json()["code"] == "INVALID_EMAIL_OR_PASSWORD"
    taken = requests.post(f"{environment.base_url}/api/auth/sign-up/email", json={**body, "name": "Again"}, timeout=10)
    assert taken.status_code == 422


@pytest.mark.parametrize("method, path", [
    ("GET", "nothing-here"), ("DELETE", "sign-in/email"), ("POST", "ok/"), ("OPTIONS", "ok"), ("POST", "organization/no-such-thing")])
def test_auth_knows_no_problems_where_its_contract_says_an_empty_404(environment, owner, method, path):
    answer = requests.request(method, f"{environment.base_url}/api/auth/{path}", timeout=10)
    assert answer.status_code == 404 and answer.content == b"" and "content-type" not in answer.headers


# ---- start


def refused(environment, command="serve", timeout=40, **changes):
    """Runs a command that must not stay; returns what it said."""
    child = environment.start(command, **changes)
    code = child.wait(timeout)
    text = child.output()
    assert code > 0, f"exit code {code}, {child.tail()}"
    assert not re.search(r"Fatal error|Backtrace|Crash|Illegal instruction", text), text
    assert text.strip(), "it says why"
    for secret in (environment.secret, "interop-password", "wrong-password"):
        assert secret not in text, "secrets are not printed"
    return text


def test_port_in_use(environment, nothing_written):
    with socket.socket() as taken:
        port = free_port()
        taken.bind(("127.0.0.1", port))
        taken.listen()
        text = refused(environment, PORT=str(port), BASE_URL=f"http://127.0.0.1:{port}")
    assert str(port) in text and re.search(r"in use", text, re.I), text


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_unreachable_postgres(environment, command):
    port = free_port()
    text = refused(environment, command, DATABASE_URL=environment.postgres.url("mainstay", port=port))
    assert re.search(r"postgres|database", text, re.I) and str(port) in text, text


def test_wrong_postgres_password(environment):
    text = refused(environment, DATABASE_URL=environment.postgres.url(environment.database, password="wrong-password"))
    assert re.search(r"password", text, re.I), text


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_process_that_waits_for_its_database_may_be_told_to_stop(environment, command):
    child = environment.start(command, DATABASE_URL=environment.postgres.url("mainstay", port=free_port()), METRICS_PORT=str(free_port()))
    wait_until(lambda: "PostgreSQL connection failed" in child.output(), 20, lambda: f"it tries. {child.tail()}")
    assert child.terminate() == 0, child.tail()
    assert "no connection within" not in child.output(), "it is not waited for to the end"


def not_ready_or_refused(environment, **changes):
    """Redis may come later, as publishing goes on without it: either the start is refused or /ready tells."""
    port = free_port()
    child = environment.start("serve", PORT=str(port), BASE_URL=f"http://127.0.0.1:{port}", **changes)

    def told():
        if not child.is_running:
            assert child.process.returncode > 0, child.tail()
            return child.output()
        try:
            response = requests.get(f"http://127.0.0.1:{port}/ready", timeout=5)
        except requests.RequestException:
            return None
        assert response.status_code == 503, f"{response.status_code} {response.text}"
        return response.text + child.output()

    text = wait_until(told, 40, lambda: f"serve exits or is not ready. {child.tail()}")
    child.end()
    assert "wrong-password" not in text
    return text


def test_unreachable_redis(environment):
    text = not_ready_or_refused(environment, REDIS_URL=environment.cluster.redis.url(port=free_port()))
    assert re.search("redis", text, re.I), text


def test_wrong_redis_password(environment):
    environment.cluster.redis.client().acl_setuser("interop", enabled=True, passwords=["+right-password"], keys=["*"], commands=["+@all"])
    text = not_ready_or_refused(environment, REDIS_URL=environment.cluster.redis.url(credentials="interop:wrong-password@"))
    assert re.search("redis", text, re.I) and re.search("password|WRONGPASS|auth", text, re.I), text


def test_all_configuration_problems_at_once(environment):
    text = refused(
        environment, timeout=10, DATABASE_URL=None, REDIS_URL=None, BETTER_AUTH_SECRET="too-short-secret", PORT="http",
        ENCRYPTION_KEYS="nonsense-key", SHUTDOWN_GRACE="soon", OUTGOING_ALLOW="10.0.0.0/99")
    missing = [
        name for name in
        ("DATABASE_URL", "REDIS_URL", "BETTER_AUTH_SECRET", "PORT", "ENCRYPTION_KEYS", "SHUTDOWN_GRACE", "OUTGOING_ALLOW")
        if name not in text
    ]
    assert not missing, f"{missing} are not reported in:\n{text}"
    assert "too-short-secret" not in text and "nonsense-key" not in text


def test_schema_that_was_never_migrated(cluster):
    environment = cluster.environment("empty", migrated=False)
    text = refused(environment)
    assert re.search("migrate", text, re.I), text


def test_unknown_command(environment):
    result = environment.run("nonsense", check=False)
    assert result.returncode > 0 and "nonsense" in result.stdout + result.stderr


def send_raw(port, path, key, body):
    """Posts a body that the server may stop reading at any time; returns status and body of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=15) as connection:
        head = (
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n")

        def send():
            try:
                connection.sendall(head.encode() + body)
            except OSError:
                pass  # The answer came before the end of the question.

        sender = threading.Thread(target=send)
        sender.start()
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
                head_end = answer.find(b"\r\n\r\n")
                length = re.search(rb"content-length: *(\d+)", answer[:head_end], re.I) if head_end >= 0 else None
                if length and len(answer) >= head_end + 4 + int(length.group(1)):
                    break
        except ConnectionResetError:
            pass
        connection.close()
        sender.join(10)
    assert b"\r\n\r\n" in answer, f"no whole answer: {answer[:200]!r}"
    head, _, text = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), text


def test_characters_that_cannot_be_stored(installation, team):
    answer = requests.post(
        f"{installation.base_url}/api/auth/sign-up/email",
        json={"name": "A\u0000da", "email": "nul@example.com", "password": "s3cret-password"}, timeout=20)
    assert answer.status_code == 400, answer.text
    assert team.admin("DELETE", "/api-keys/%00").status_code in (400, 404)
