"""Checklist 1 to 10: the HTTP layer."""

import pytest
import requests

from .driver import DATE, dates, refused, unique_email
from .endpoints import EVERYTHING, GETS, POSTS, call, filled, listed
from .world import World


def test_01_ok(auth):
    answer = auth.browser().get("/ok")
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (200, '{"ok":true}', "application/json")


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/nope"), ("POST", "/ok"), ("GET", "/ok/"), ("GET", "//ok"), ("HEAD", "/ok"), ("OPTIONS", "/sign-in/email"),
        ("PUT", "/sign-in/email"), ("DELETE", "/get-session"), ("GET", "/sign-in/email"), ("POST", "/set-password"),
        ("POST", "/organization/add-member"), ("POST", "/organization/create-team"), ("GET", "/reset-password/"),
    ])
def test_02_what_is_no_route_is_an_empty_404(auth, method, path):
    answer = auth.browser().request(method, path)
    assert (answer.status_code, answer.content, answer.headers.get("Content-Type")) == (404, b"", None)


def test_03_disabled_paths(serve):
    answer = serve(disabledPaths=["/ok"]).browser().get("/ok")
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (404, "Not Found", "text/plain;charset=UTF-8")


def test_04_media_types(auth):
    browser = auth.browser()
    plain = {"Content-Type": "text/plain"}
    answer = refused(browser.request("POST", "/sign-in/email", headers=plain, data="x"), 415, "UNSUPPORTED_MEDIA_TYPE")
    assert "application/x-www-form-urlencoded, application/json" in answer.json()["message"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    email = auth.sign_up().email
    signed_in = browser.request("POST", "/sign-in/email", headers=form, data={"email": email, "password": "password123"})
    assert signed_in.status_code == 200 and signed_in.json()["user"]["email"] == email
    refused(browser.request("POST", "/revoke-session", headers=form, data="token=x"), 415, "UNSUPPORTED_MEDIA_TYPE")
    refused(browser.request("POST", "/sign-in/email", headers={"Content-Type": "application/vnd.api+json"}, data="{}"), 415,
            "UNSUPPORTED_MEDIA_TYPE")


def test_05_malformed_json(auth):
    answer = auth.browser().request("POST", "/sign-in/email", headers={"Content-Type": "application/json"}, data="{")
    assert (answer.status_code, answer.json()) == (400, {"message": "Invalid JSON in request body", "code": "BAD_REQUEST"})


def test_06_missing_fields(auth):
    answer = refused(auth.browser().post("/sign-up/email", email=unique_email(), password="password123"), 400, "VALIDATION_ERROR")
    assert answer.json()["message"] == "[body.name] Invalid input: expected string, received undefined"
    answer = auth.browser().post("/sign-up/email", name="A", email="nope", password="password123")
    assert answer.json()["message"] == "[body.email] Invalid email address"
    answer = auth.browser().post("/sign-up/email", json=[])
    assert answer.json()["message"] == "[body] Invalid input: expected object, received array"
    absent = auth.browser().request("POST", "/sign-in/email")
    assert absent.json()["message"] == "[body] Invalid input: expected object, received undefined"


@pytest.mark.parametrize(
    "path", ["/revoke-session", "/change-password", "/organization/create", "/organization/invite-member", "/api-key/delete",
             "/admin/ban-user", "/unlink-account", "/organization/update-member-role"])
def test_07_validation_precedes_401(auth, path):
    refused(auth.browser().post(path), 400, "VALIDATION_ERROR")


def test_08_extra_keys_are_ignored(auth):
    browser = auth.sign_up(surprise=1, another={"a": [1]})
    assert browser.session()["user"]["email"] == browser.email


def test_09_every_date_has_three_digits(auth):
    browser = auth.sign_up()
    organization = browser.organization(metadata={"a": 1})
    browser.post("/organization/invite-member", email=unique_email(), role="member")
    browser.post("/api-key/create", name="k")
    answers = [
        browser.get(path) for path in
        ["/get-session", "/list-sessions", "/list-accounts", "/organization/list", "/organization/get-full-organization",
         "/organization/list-members", "/organization/list-invitations", "/api-key/list"]]
    found = dates(organization)
    for answer in answers:
        assert answer.status_code == 200, answer.text
        found += dates(answer.json())
    assert len(found) >= 20 and all(DATE.match(text) for text in found), found


def test_09_every_date_of_every_endpoint(serve):
    auth = serve(**EVERYTHING)
    found, asked = [], World(auth)
    for method, path in sorted(listed() - {("GET", "/error"), ("GET", "/reset-password/{token}"), ("POST", "/get-session")}):
        # Who is in the team lists it; what a POST changes, it changes for itself.
        name = "superadmin" if path.startswith("/admin/") else "member" if path.endswith("team-members") else "owner"
        world = asked if method == "GET" else World(auth)
        answer = call(world.browsers[name], method, path, filled((POSTS if method == "POST" else GETS)[path], world.names))
        found += dates(answer.json() if answer.content else None)
    assert len(found) > 60 and all(DATE.match(text) for text in found), [text for text in found if not DATE.match(text)]


def test_10_rate_limits(serve):
    auth = serve(rateLimit=True, fresh=True)

    def sign_in(address):
        headers = {"x-forwarded-for": address} if address else {}
        return auth.browser().post("/sign-in/email", email="a@example.com", password="password123", headers=headers)

    assert [sign_in("192.0.2.1").status_code for _ in range(3)] == [401] * 3
    denied = sign_in("192.0.2.1")
    assert denied.status_code == 429 and 1 <= int(denied.headers["X-Retry-After"]) <= 10
    assert denied.headers["Content-Type"] == "text/plain;charset=UTF-8"
    assert denied.json() == {"message": "Too many requests. Please try again later."}
    assert sign_in("192.0.2.2").status_code == 401, "another address has a count of its own"
    # Two hops that nobody vouches for, and nothing at all: one bucket.
    assert [sign_in("192.0.2.3, 192.0.2.4").status_code for _ in range(2)] == [401] * 2
    assert sign_in(None).status_code == 401
    assert sign_in("192.0.2.9, 192.0.2.8").status_code == 429
    # A whole IPv6 network is one caller, however its addresses are written.
    assert [sign_in(f"2001:db8:1:2::{number}").status_code for number in range(1, 5)] == [401] * 3 + [429]
    assert sign_in("2001:0DB8:0001:0002:ffff::1").status_code == 429
    assert sign_in("2001:db8:1:3::1").status_code == 401
    assert [sign_in("::ffff:192.0.2.77").status_code for _ in range(3)] == [401] * 3
    assert sign_in("192.0.2.77").status_code == 429, "a mapped IPv4 address is that IPv4 address"
    auth.advance(11)
    assert sign_in("192.0.2.1").status_code == 401


def test_10_paths_have_their_own_limits(serve):
    auth = serve(rateLimit=True, fresh=True)
    headers = {"x-forwarded-for": "198.51.100.1"}
    browser = auth.browser()
    assert [browser.get("/ok", headers=headers).status_code for _ in range(101)] == [200] * 100 + [429]
    reset = [browser.post("/request-password-reset", email="a@example.com", headers=headers).status_code for _ in range(4)]
    assert reset == [200, 200, 200, 429]
    auth.advance(30)
    assert browser.post("/request-password-reset", email="a@example.com", headers=headers).status_code == 429
    assert browser.get("/ok", headers=headers).status_code == 200


def test_an_oversize_body_is_refused(auth):
    answer = auth.browser().post("/sign-in/email", email="a" * 300_000, password="x")
    assert answer.status_code == 413


def test_a_foreign_host_header_changes_no_link(auth):
    browser = auth.sign_up()
    requests.post(f"{auth.origin}/api/auth/request-password-reset", json={"email": browser.email},
                  headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}, timeout=10)
    assert auth.letters(browser.email, "reset-password")[-1]["url"].startswith(auth.origin + "/api/auth/reset-password/")
