"""The main job as a customer meets it: what was published arrives, signed, on time, and again when refused."""

import base64
import hashlib
import hmac
import os
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from interop.api import expect_problem
from interop.ports import free_port
from interop.receiver import verify
from interop.stack import binary
from interop.waiting import wait_until


def parse_time(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def test_deliveries_are_signed_and_verbatim(team, receiver):
    endpoint = receiver.endpoint("orders")
    queue = team.queue(endpoint.url)
    # Spaces, digits and escapes that a re-written JSON text would not keep.
    template = b'{"order" : %d,\t"total":%d.50, "big": 12345678901234567890, "note": "Gr\xc3\xbc\xc3\x9fe \\u00e9"}'
    payloads = [template % (n, n) for n in range(30)]
    with ThreadPoolExecutor(10) as pool:
        ids = list(pool.map(lambda payload: queue.publish(payload)["id"], payloads))
    assert len(set(ids)) == len(ids)
    endpoint.wait_for(ids)
    for message_id, payload in zip(ids, payloads):
        (delivery,) = endpoint.of(message_id)
        assert delivery.body == payload
        assert delivery.headers["content-type"].split(";")[0] == "application/json"
        assert delivery.headers["user-agent"].startswith("Mainstay/")
        assert delivery.attempt == 1
        verify(delivery, queue.secret)


def test_a_delivery_continues_the_publishers_trace(team, receiver):
    endpoint = receiver.endpoint("traced")
    queue = team.queue(endpoint.url)
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    response = team.v1(
        "POST", queue.messages_path, json={"payload": 1},
        headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01", "tracestate": "vendor=a:b, 1tenant@system=c"})
    assert response.status_code == 202, response.text
    traced = response.json()["data"]["id"]
    fresh = queue.publish(2, headers={"traceparent": "broken", "tracestate": "vendor=a"})["id"]
    endpoint.wait_for([traced, fresh])
    version, trace_id, span, flags = endpoint.of(traced)[0].headers["traceparent"].split("-")
    assert (version, trace_id, flags) == ("00", trace, "01") and span != "00f067aa0ba902b7"
    assert endpoint.of(traced)[0].headers["tracestate"] == "vendor=a:b,1tenant@system=c"
    assert endpoint.of(fresh)[0].headers["traceparent"].split("-")[1] != trace
    assert "tracestate" not in endpoint.of(fresh)[0].headers, "of no use without the trace it belongs to"


def test_a_changed_delivery_does_not_verify(team, receiver):
    endpoint = receiver.endpoint("tampered")
    queue, other = team.queue(endpoint.url), team.queue(endpoint.url)
    message = queue.publish({"amount": 1})
    endpoint.wait_for([message["id"]])
    (delivery,) = endpoint.of(message["id"])
    verify(delivery, queue.secret)
    with pytest.raises(WebhookVerificationError):
        verify(delivery, other.secret)
    delivery.body = delivery.body.replace(b"1", b"9")
    with pytest.raises(WebhookVerificationError):
        verify(delivery, queue.secret)


def test_bytes_arrive_as_bytes(team, receiver):
    endpoint = receiver.endpoint("bytes")
    queue = team.queue(endpoint.url)
    content = bytes(range(256))
    message = queue.publish(base64.b64encode(content).decode(), encoding="base64", contentType="application/octet-stream")
    endpoint.wait_for([message["id"]])
    (delivery,) = endpoint.of(message["id"])
    assert delivery.body == content
    assert delivery.headers["content-type"] == "application/octet-stream"
    # The package wants text; this is its rule for bytes.
    key = base64.b64decode(queue.secret.removeprefix("whsec_"))
    signed = f"{delivery.id}.{delivery.headers['webhook-timestamp']}.".encode() + content
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert expected in delivery.headers["webhook-signature"].split(" ")
    data = queue.message(message["id"])
    assert data["encoding"] == "base64" and base64.b64decode(data["payload"]) == content


@pytest.mark.parametrize("how", ["delay", "scheduledFor"])
def test_delayed_message_arrives_when_due(team, receiver, how):
    endpoint = receiver.endpoint("delayed")
    queue = team.queue(endpoint.url)
    sent_at = time.time()
    due = datetime.fromtimestamp(sent_at + 2, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message = queue.publish({"later": True}, **({"delay": "PT2S"} if how == "delay" else {"scheduledFor": due}))
    assert message["state"] == "scheduled"
    assert abs(parse_time(message["scheduledFor"]) - (sent_at + 2)) < 1.5
    assert queue.message(message["id"])["state"] == "scheduled"
    endpoint.wait_for([message["id"]], timeout=20)
    (delivery,) = endpoint.of(message["id"])
    # Milliseconds were cut off on the way.
    assert delivery.received_at >= sent_at + 2 - 0.001
    verify(delivery, queue.secret)
    assert len(queue.wait_for_state(message["id"], "delivered")["attempts"]) == 1


def test_refused_message_is_retried_and_fails(team, receiver):
    endpoint = receiver.endpoint("failing", 500)
    queue = team.queue(endpoint.url, retry={"attempts": 3, "backoff": "fixed", "delay": "PT1S"})
    message = queue.publish({"luck": False})
    data = queue.wait_for_state(message["id"], "failed")
    assert data["attemptCount"] == 3 and data["nextAttemptAt"] is None and data["finishedAt"]
    assert [(a["number"], a["status"], a["responseBody"]) for a in data["attempts"]] == [(n, 500, "not today\n") for n in (1, 2, 3)]
    deliveries = endpoint.of(message["id"])
    assert [d.attempt for d in deliveries] == [1, 2, 3]
    assert {d.id for d in endpoint.of()} == {message["id"]}
    for delivery in deliveries:
        verify(delivery, queue.secret)
    for earlier, later in zip(deliveries, deliveries[1:]):
        assert later.received_at - earlier.received_at >= 0.99


def test_message_is_delivered_once_the_receiver_recovers(team, receiver):
    endpoint = receiver.endpoint("recovering", 503, 404, 200)
    queue = team.queue(endpoint.url)
    message = queue.publish({"luck": True}, retry={"attempts": 5, "backoff": "fixed", "delay": "PT1S"})
    data = queue.wait_for_state(message["id"], "delivered")
    assert [a["status"] for a in data["attempts"]] == [503, 404, 200]
    assert [d.attempt for d in endpoint.of()] == [1, 2, 3]


def test_unreachable_destination_is_on_record(team):
    queue = team.queue(f"http://127.0.0.1:{free_port()}/nobody", retry={"attempts": 1})
    message = queue.publish({})
    (attempt,) = queue.wait_for_state(message["id"], "failed")["attempts"]
    assert attempt["status"] is None and attempt["error"], attempt


def test_same_idempotency_key_replays(team, receiver):
    endpoint = receiver.endpoint("idempotent")
    queue = team.queue(endpoint.url)
    used = team.used()
    headers = {"idempotency-key": f"key-{team.mark}"}
    first = queue.post({"charge": 42}, headers=headers)
    again = queue.post({"charge": 42}, headers=headers)
    assert first.status_code == again.status_code == 202
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true" and "idempotency-replayed" not in first.headers
    expect_problem(queue.post({"charge": 43}, headers=headers), 422, "idempotency_key_reused")
    message_id = first.json()["data"]["id"]
    queue.wait_for_state(message_id, "delivered")
    assert [d.id for d in endpoint.of()] == [message_id]
    assert team.used() == used + 1


def test_idempotency_key_in_flight_is_told(team, receiver, installation):
    queue = team.queue(receiver.endpoint("in-flight").url)
    headers = {"idempotency-key": f"key-{team.mark}"}
    answers = []
    first = threading.Thread(target=lambda: answers.append(queue.post({"n": 1}, headers=headers)))
    # Whoever inserts a message waits for this lock, so the first request stays in flight for as long as we like.
    with installation.postgres.locked(installation.table("message", "messages"), installation.database):
        first.start()
        waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        wait_until(lambda: installation.sql(waiting), 10, "the first request waits for the lock")
        expect_problem(queue.post({"n": 1}, headers=headers, timeout=10), 409, "idempotency_in_flight")
    first.join(30)
    assert answers and answers[0].status_code == 202, answers
    again = queue.post({"n": 1}, headers=headers)
    assert again.content == answers[0].content and again.headers["idempotency-replayed"] == "true"


def test_usage_is_told_with_every_message(team, receiver):
    queue = team.queue(receiver.endpoint("usage").url)
    used = team.used()
    for n in (1, 2, 3):
        response = queue.post({"n": n})
        assert response.status_code == 202
        assert int(response.headers["x-usage-current"]) == used + n
    usage = team.me()["usage"]["messages"]
    assert usage["used"] == used + 3
    assert int(response.headers["x-usage-limit"]) == usage["limit"] == 10_000
    resets_at = datetime.fromtimestamp(parse_time(usage["resetsAt"]), timezone.utc)
    now = datetime.now(timezone.utc)
    assert now < resets_at <= now + timedelta(days=32)


def test_queue_secret_is_told_once(team, receiver):
    queue = team.queue(receiver.endpoint("secret").url)
    response = team.v1("GET", queue.path)
    assert response.status_code == 200 and response.json()["data"]["id"] == queue.data["id"]
    by_id = team.v1("GET", f"/projects/{team.project_id}/queues/{queue.data['id']}")
    assert by_id.json() == response.json()
    assert "signingSecret" not in response.json()["data"] and queue.secret not in response.text


def demo(url):
    variables = {name: value for name, value in os.environ.items() if not name.startswith("NO_COLOR")}
    return subprocess.run(
        [binary("mainstay"), "demo", "--url", url], capture_output=True, text=True, timeout=120, check=False, env=variables)


def test_demo_command_tells_the_story(installation):
    result = demo(installation.base_url)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "\x1b" not in result.stdout, "a pipe gets no colours"
    assert "steps passed" in result.stdout
    assert f"{installation.base_url}/v1/projects/proj_" in result.stdout


def test_demo_command_says_when_nobody_answers():
    result = demo(f"http://127.0.0.1:{free_port()}")
    assert result.returncode not in (0, None) and result.returncode > 0
    assert "got no answer" in result.stdout + result.stderr
