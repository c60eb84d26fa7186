"""Where deliveries may go: what a worker refuses to dial when its operator has allowed nothing."""

import socket
import threading

import pytest

from interop.api import Team, expect_problem
from interop.ports import free_port
from interop.receiver import Receiver
from interop.stack import Cluster
from interop.waiting import wait_until


@pytest.fixture(scope="module")
def closed_cluster():
    cluster = Cluster("outgoing")
    yield cluster
    cluster.stop()


@pytest.fixture(scope="module")
def closed(closed_cluster):
    """An installation whose deliveries may go to public addresses alone, as is the default."""
    environment = closed_cluster.environment("outgoing", OUTGOING_ALLOW=None)
    environment.serve()
    environment.worker()
    return environment


class Ear:
    """A port on every address of this machine; hears whoever connects."""

    def __init__(self):
        self.port = free_port()
        self.socket = socket.create_server(("::", self.port), family=socket.AF_INET6, dualstack_ipv6=True)
        self.heard = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                connection, address = self.socket.accept()
            except OSError:
                return
            self.heard.append(address)
            connection.close()


@pytest.fixture(scope="module")
def ear():
    ear = Ear()
    yield ear
    ear.socket.close()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "10.0.0.1", "169.254.169.254", "192.168.1.1", "[fd00::1]", "[fe80::1]", "LOCALHOST.", "127.0.0.1.",
    ])
def test_private_destinations_are_not_dialed(closed, ear, host):
    """In every spelling: refused when the queue is made, or blocked when a message is to be delivered; never dialed."""
    team = Team(closed.base_url)
    body = {"name": "q", "destination": {"url": f"http://{host}:{ear.port}/hook"}, "retry": {"attempts": 1}}
    response = team.v1("POST", f"/projects/{team.project_id}/queues", json=body)
    if response.status_code == 422:
        assert expect_problem(response, 422, "validation_failed")["errors"][0]["pointer"] == "/destination/url"
    else:
        assert response.status_code == 201, response.text
        messages = f"/projects/{team.project_id}/queues/q/messages"
        message = team.v1("POST", messages, json={"payload": {}}).json()["data"]

        def ended():
            data = team.v1("GET", f"{messages}/{message['id']}").json()["data"]
            return data if data["state"] == "failed" else None

        (attempt,) = wait_until(ended, 30, "the message has failed")["attempts"]
        # Not every resolver knows this one with a dot at its end.
        assert attempt["error"] == "blocked_address" or (host == "LOCALHOST." and attempt["error"] == "resolution_failed"), attempt
        assert "127.0.0.1" not in (attempt["errorDetail"] or "") or host.startswith("127.0.0.1")
    assert ear.heard == []


def test_what_is_allowed_later_is_delivered(closed, closed_cluster):
    """A refused message has attempts left; once its address is allowed, and the worker started anew, the next one arrives."""
    receiver = Receiver()
    try:
        environment = closed_cluster.environment("allowed", OUTGOING_ALLOW=None)
        environment.serve()
        worker = environment.worker()
        queue = Team(environment.base_url).queue(
            receiver.endpoint("late").url, retry={"attempts": 50, "backoff": "fixed", "delay": "PT1S"})
        message = queue.publish({})
        data = queue.wait_for_state(message["id"], "retrying")
        assert data["attempts"][0]["error"] == "blocked_address"
        worker.end()
        environment.worker(OUTGOING_ALLOW="127.0.0.0/8")
        assert queue.wait_for_state(message["id"], "delivered")["attempts"][-1]["status"] == 200
    finally:
        receiver.stop()


@pytest.mark.parametrize("host", ["127.0.0.1.", "public.example.127", "1.2.3.4.5"])
def test_what_can_never_be_dialed_is_refused_at_once(closed, host):
    team = Team(closed.base_url)
    response = team.v1(
        "POST", f"/projects/{team.project_id}/queues", json={"name": "q", "destination": {"url": f"http://{host}:{free_port()}/"}})
    (error,) = expect_problem(response, 422, "validation_failed")["errors"]
    assert error["pointer"] == "/destination/url" and "looks like an IPv4 address" in error["message"]


def test_a_destination_that_cannot_be_dialed_ends_its_message(closed):
    """A row from before the address was refused: no attempt could ever go better."""
    team = Team(closed.base_url)
    queue = team.queue("http://public.example.com/", retry={"attempts": 10})
    closed.sql(f"update queue set destination_url = 'http://127.0.0.1.:9/' where name = '{queue.name}'")
    message = queue.publish({})
    (attempt,) = queue.wait_for_state(message["id"], "failed")["attempts"]
    assert attempt["error"] == "invalid_url"
