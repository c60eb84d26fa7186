"""Mainstay's HTTP API as a customer meets it."""

import json
import secrets
import threading

import requests

from .waiting import wait_until


class Team:
    """A user with an organization, a project and an API key, all new."""

    def __init__(self, base_url, name="Interop"):
        self.base_url = base_url
        self.mark = secrets.token_hex(6)
        self.email = f"user-{self.mark}@example.com"
        self.password = f"password-{self.mark}"
        self._threads = threading.local()
        self.browser = _session()
        self.browser.headers["origin"] = base_url
        self.user = self.auth("sign-up/email", name=name, email=self.email, password=self.password)["user"]
        self.organization_id = self.auth("organization/create", name=name, slug=f"org-{self.mark}")["id"]
        self.auth("organization/set-active", organizationId=self.organization_id)
        self.project_id = self.create_project()
        created = self.create_key()
        self.key_id, self.key = created["id"], created["key"]

    def auth(self, path, **body):
        response = self.browser.post(f"{self.base_url}/api/auth/{path}", json=body, timeout=20)
        assert response.status_code == 200, f"{path}: {response.status_code} {response.text}"
        return response.json()

    def verify(self, environment):
        """Marks the address as proved, as following the link of a mail would."""
        environment.sql(f"""update "user" set "emailVerified" = true where id = '{self.user["id"]}'""")

    def admin(self, method, path, **options):
        return self.browser.request(method, f"{self.base_url}/admin{path}", timeout=20, **options)

    def create_project(self, name="Interop"):
        response = self.admin("POST", "/projects", json={"name": name, "slug": f"p-{secrets.token_hex(6)}"})
        assert response.status_code == 201, f"{response.status_code} {response.text}"
        return response.json()["data"]["id"]

    def create_key(self, **options):
        response = self.admin("POST", "/api-keys", json={"name": "interop", **options})
        assert response.status_code == 201, f"{response.status_code} {response.text}"
        return response.json()["data"]

    def v1(self, method, path, key=None, headers=None, base_url=None, timeout=30, **options):
        """Any request of the public API. Each thread has its own connection."""
        session = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = _session()
        headers = {"authorization": f"Bearer {key or self.key}", **(headers or {})}
        return session.request(method, f"{base_url or self.base_url}/v1{path}", headers=headers, timeout=timeout, **options)

    def me(self):
        response = self.v1("GET", "/me")
        assert response.status_code == 200, response.text
        return response.json()["data"]

    def used(self):
        return self.me()["usage"]["messages"]["used"]

    def queue(self, url, name=None, **options):
        return Queue(self, url, name or f"q-{secrets.token_hex(4)}", options)


class Queue:
    """A queue of a team, with the signing secret that only its creation told."""

    def __init__(self, team, url, name, options):
        self.team = team
        self.name = name
        body = {"name": name, "destination": {"url": url}, **options}
        response = team.v1("POST", f"/projects/{team.project_id}/queues", json=body)
        assert response.status_code == 201, f"{response.status_code} {response.text}"
        self.data = response.json()["data"]
        self.secret = self.data["signingSecret"]
        self.path = f"/projects/{team.project_id}/queues/{name}"
        self.messages_path = f"{self.path}/messages"

    def post(self, payload, headers=None, timeout=30, **options):
        """Publishes without judging the answer. `payload` is a value, or JSON text as bytes that is sent as it stands."""
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        members = b"".join(b"," + json.dumps(name).encode() + b":" + json.dumps(value).encode() for name, value in options.items())
        return self.team.v1(
            "POST", self.messages_path, data=b'{"payload":' + raw + members + b"}", timeout=timeout,
            headers={"content-type": "application/json", **(headers or {})})

    def publish(self, payload, headers=None, timeout=30, **options):
        """Publishes and returns the message's data."""
        response = self.post(payload, headers=headers, timeout=timeout, **options)
        assert response.status_code == 202, f"{response.status_code} {response.text}"
        return response.json()["data"]

    def message(self, message_id):
        response = self.team.v1("GET", f"{self.messages_path}/{message_id}")
        assert response.status_code == 200, f"{response.status_code} {response.text}"
        return response.json()["data"]

    def wait_for_state(self, message_id, state, timeout=30):
        def reached():
            data = self.message(message_id)
            return data if data["state"] == state else None

        return wait_until(reached, timeout, lambda: f"{message_id} is {state}; it is {self.message(message_id)}")


def team_made_in_no_hurry(environment):
    """A team for a `serve` that gives requests little time, which signing up on a busy machine may need more of."""
    server = environment.serve()
    team = Team(environment.base_url)
    server.end()
    return team


def expect_problem(response, status, code):
    """Checks an RFC 9457 answer and returns it."""
    assert response.status_code == status, f"{response.status_code} instead of {status}: {response.text[:500]}"
    assert response.headers["content-type"].split(";")[0] == "application/problem+json", response.headers
    problem = response.json()
    assert problem["code"] == code, problem
    assert problem["status"] == status, problem
    for member in ("type", "title", "detail", "requestId"):
        assert isinstance(problem.get(member), str) and problem[member], f"{member} is missing: {problem}"
    return problem


def metric(server, name):
    """The value of the first sample of `/metrics` that begins with `name`."""
    text = requests.get(f"{server.base_url}/metrics", timeout=10).text
    return next((float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name)), 0)


def _session():
    session = requests.Session()
    # Neither proxies nor .netrc of whoever runs the tests.
    session.trust_env = False
    return session
