"""The auth routes alone, run by auth-driver with the settings a test asks for, and browsers that use them."""

import json
import re
import secrets
import urllib.parse

import requests

from interop.children import Child
from interop.ports import free_port
from interop.stack import binary
from interop.waiting import wait_until

SECRET = "better-auth-secret-123456789012345678901234567890"
DATE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


class Driver:
    """One server with its settings on a database of its own."""

    def __init__(self, cluster, name, database=None, **settings):
        self.cluster = cluster
        self.database = database or name
        if not database:
            cluster.postgres.create_database(name)
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.secret = settings.get("secret", SECRET)
        wish = {
            "port": self.port, "databaseURL": cluster.postgres.url(self.database), "secret": self.secret,
            "createTables": database is None, **settings,
        }
        self.child = Child(
            f"auth-driver {name}", [binary("auth-driver")], f"{cluster.folder}/{name}-{secrets.token_hex(3)}.log",
            env={"AUTH_DRIVER": json.dumps(wish), "PATH": "/usr/bin:/bin"}, cwd=cluster.folder)

        def ready():
            assert self.child.is_running, self.child.tail()
            try:
                return requests.get(f"{self.origin}/health", timeout=2).status_code == 200
            except requests.RequestException:
                return False

        wait_until(ready, 30, lambda: f"auth-driver answers. {self.child.tail()}")

    def browser(self, **options):
        return Browser(self, **options)

    def sign_up(self, email=None, name="Al", **fields):
        browser = self.browser()
        email = email or unique_email()
        answer = browser.post("/sign-up/email", name=name, email=email, password="password123", **fields)
        assert answer.status_code == 200, answer.text
        browser.email = email.lower()
        browser.user = answer.json()["user"]
        browser.token = answer.json()["token"]
        return browser

    def sql(self, text):
        return self.cluster.postgres.sql(text, database=self.database)

    def verify(self, browser):
        """Marks the address as proved, as following the link would."""
        self.sql(f"""update "user" set "emailVerified" = true where id = '{browser.user["id"]}'""")

    def letters(self, to=None, kind=None):
        found = requests.get(f"{self.origin}/__test/letters", timeout=10).json()
        return [one for one in found if (to is None or one["to"] == to) and (kind is None or one["kind"] == kind)]

    def events(self):
        return requests.get(f"{self.origin}/__test/events", timeout=10).json()

    def advance(self, seconds):
        requests.post(f"{self.origin}/__test/clock", json={"seconds": seconds}, timeout=10).raise_for_status()

    def verify_key(self, key, **fields):
        return requests.post(f"{self.origin}/__test/verify-key", json={"key": key, **fields}, timeout=30).json()

    def stop(self):
        self.child.end()


class Browser:
    """Keeps cookies and names its origin, as browsers do; `cookies=False` is a program."""

    def __init__(self, driver, origin=True):
        self.driver = driver
        self.jar = {}
        self.headers = {"Origin": driver.origin} if origin else {}

    def request(self, method, path, headers=None, **options):
        fields = {**self.headers, **(headers or {})}
        fields = {name: value for name, value in fields.items() if value is not None}
        if self.jar and "Cookie" not in fields:
            fields["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        url = path if path.startswith("http") else self.driver.origin + "/api/auth" + path
        answer = requests.request(method, url, headers=fields, timeout=60, allow_redirects=False, **options)
        for line in set_cookies(answer):
            name, _, rest = line.partition("=")
            value = rest.split(";")[0]
            if "Max-Age=0" in line:
                self.jar.pop(name, None)
            else:
                self.jar[name] = value
        return answer

    def post(self, path, json=None, headers=None, **fields):
        return self.request("POST", path, headers=headers, json=fields if json is None else json)

    def get(self, path, headers=None, **query):
        text = urllib.parse.urlencode(query, quote_via=urllib.parse.quote)
        return self.request("GET", path + ("?" + text if text else ""), headers=headers)

    def session(self):
        return self.get("/get-session").json()

    def organization(self, slug=None, **fields):
        answer = self.post("/organization/create", name="Acme", slug=slug or f"org-{secrets.token_hex(6)}", **fields)
        assert answer.status_code == 200, answer.text
        return answer.json()


def join(driver, owner, organization, role="member"):
    """A new user who accepted the owner's invitation."""
    browser = driver.sign_up()
    invited = owner.post(
        "/organization/invite-member", email=browser.email, role=role, organizationId=organization["id"])
    assert invited.status_code == 200, invited.text
    accepted = browser.post("/organization/accept-invitation", invitationId=invited.json()["id"])
    assert accepted.status_code == 200, accepted.text
    browser.member = accepted.json()["member"]
    return browser


def unique_email():
    return f"user-{secrets.token_hex(6)}@example.com"


def set_cookies(answer):
    return answer.raw.headers.getlist("Set-Cookie")


def refused(answer, status, code):
    """Fails unless the answer is that refusal."""
    got = (answer.status_code, answer.json().get("code") if answer.content else "")
    assert got == (status, code), f"{got}, not {(status, code)}: {answer.text}"
    return answer


def dates(value, found=None):
    """Every text in a JSON value that looks like a date."""
    found = [] if found is None else found
    if isinstance(value, dict):
        for one in value.values():
            dates(one, found)
    elif isinstance(value, list):
        for one in value:
            dates(one, found)
    elif isinstance(value, str) and re.match(r"^\d{4}-\d\d-\d\dT", value):
        found.append(value)
    return found
