"""What holds for every endpoint: it is in the list, cross-site requests do nothing, redirects stay at home, inputs fail politely."""

import json
import secrets

import pytest
import requests

from .driver import refused
from .endpoints import EVERYTHING, GETS, POSTS, call, filled, in_sources, listed
from .test_origin import BAD_TARGETS, EVIL
from .world import World, fingerprint


@pytest.fixture(scope="module")
def complete(serve):
    """A server on which every endpoint exists."""
    return serve(**EVERYTHING)


@pytest.fixture()
def world(complete):
    return World(complete)


def test_every_endpoint_is_listed():
    assert in_sources() == listed()


def test_every_endpoint_is_served(complete):
    for method, path in listed():
        answer = complete.browser().request(method, path.replace("{token}", "x"))
        assert (answer.status_code, answer.content) != (404, b""), path


# CSRF


@pytest.mark.parametrize("headers, code", [
    ({"Origin": EVIL}, "INVALID_ORIGIN"), ({"Origin": None}, "MISSING_OR_NULL_ORIGIN"), ({"Origin": "null"}, "MISSING_OR_NULL_ORIGIN"),
    ({"Origin": None, "Referer": EVIL + "/page"}, "INVALID_ORIGIN"),
], ids=["foreign", "none", "null", "referer"])
def test_no_post_of_another_site_does_anything(complete, world, headers, code):
    """Every endpoint that may change something, called by the one who may do everything."""
    before = fingerprint(complete, ["session", *fingerprint(complete)])
    for path, fields in POSTS.items():
        for name in ("owner", "superadmin"):
            answer = world.browsers[name].post(path, json=filled(fields, world.names), headers=headers)
            refused(answer, 403, code)
            assert not any("Max-Age=0" not in line for line in answer.raw.headers.getlist("Set-Cookie")), path
    assert fingerprint(complete, list(before)) == before


def test_no_form_of_another_site_does_anything(complete, world):
    """What a page elsewhere can make a browser send without asking: a form, and text that is JSON all the same."""
    before = fingerprint(complete)
    cookie = "; ".join(f"{name}={value}" for name, value in world.browsers["owner"].jar.items())
    for path, fields in POSTS.items():
        for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"):
            answer = requests.post(
                f"{complete.origin}/api/auth{path}", data=json.dumps(filled(fields, world.names)), timeout=60, allow_redirects=False,
                headers={"Content-Type": kind, "Origin": EVIL, "Cookie": cookie, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})
            assert answer.status_code in (403, 415), f"{path} {kind}: {answer.status_code} {answer.text}"
    assert fingerprint(complete) == before


# Open redirects


TARGETS = ["callbackURL", "redirectTo", "errorCallbackURL", "newUserCallbackURL", "errorURL", "redirect", "redirect_uri", "url", "next"]


def leads_away(complete, answer):
    """Whether a browser would be sent to another place."""
    place = answer.headers.get("Location", "")
    return bool(place) and not place.startswith(complete.origin + "/") and (not place.startswith("/") or place.startswith(("//", "/\\")))


@pytest.mark.parametrize("target", BAD_TARGETS)
def test_no_endpoint_redirects_elsewhere(complete, target):
    """Every parameter of every endpoint that could name a place to go on to, in the body and in the query."""
    browser = complete.sign_up() if not hasattr(complete, "wanderer") else complete.wanderer
    complete.wanderer = browser
    cookie = dict(browser.jar)
    names = {"EMAIL": browser.email}
    for path, fields in POSTS.items():
        browser.jar = dict(cookie)
        for field in TARGETS[:4]:
            answer = browser.post(path, json={**filled(fields, names), field: target})
            assert answer.status_code == 403 and answer.json()["code"].startswith("INVALID_"), f"{path} {field}: {answer.text}"
        if path in ("/sign-out", "/delete-user", "/revoke-sessions", "/change-password", "/sign-up/email", "/admin/create-user"):
            continue
        body = {**filled(fields, names), **{field: target for field in TARGETS[4:]}}
        answer = browser.post(path, json=body)
        assert not leads_away(complete, answer) and '"url"' not in answer.text, f"{path}: {answer.headers} {answer.text}"
        refused(browser.request("POST", path, params={"callbackURL": target}, json=filled(fields, names)), 403, "INVALID_CALLBACK_URL")
        browser.jar = dict(cookie)
        if path in ("/revoke-sessions", "/sign-in/email"):
            break
    for path, fields in GETS.items():
        for field in TARGETS:
            answer = call(browser, "GET", path, {**fields, field: target})
            assert not leads_away(complete, answer), f"{path} {field}: {answer.headers}"
            if field == "callbackURL" and path in ("/verify-email", "/reset-password/{token}", "/delete-user/callback"):
                refused(answer, 403, "INVALID_CALLBACK_URL")


def test_good_targets_are_followed_exactly(complete):
    """The other half of the check: what is allowed stays as it was given."""
    for target in ("/a", "/a?b=c%20d", complete.origin + "/x?y=1"):
        answer = complete.browser().get("/verify-email", token="bad", callbackURL=target)
        mark = "&" if "?" in target else "?"
        assert answer.headers["Location"] == f"{target}{mark}error=INVALID_TOKEN"


# Inputs


NULLISH = [None, "", [], {}, 0, -1, 0.5, True, 1e308, 2**63, -2**63, 10**400, "\u0000", "\ud800", "\U0001f600" * 40, [[]], [None], {"": None},
           {"__proto__": {"admin": True}}, {"constructor": 1}, "' or 1=1 --", "%00", "../../etc/passwd", "${7*7}{{7*7}}"]
# A derivation of a key each: tried with fewer values elsewhere.
HASHING = {("/sign-up/email", "password"), ("/sign-in/email", "password"), ("/change-password", "currentPassword"),
           ("/verify-password", "password"), ("/admin/create-user", "password"), ("/admin/set-user-password", "newPassword"),
           ("/change-password", "newPassword")}


def polite(answer, what):
    assert answer.status_code < 500, f"{what}: {answer.status_code} {answer.text}"
    assert not answer.content or "json" in answer.headers["Content-Type"] or what[0] == "/error", f"{what}: {answer.headers}"


@pytest.mark.parametrize("path", sorted(POSTS))
def test_hostile_members_are_refused_or_taken_politely(complete, path):
    """Every member of every body, in turn everything it should not be: never a 5xx."""
    world = World(complete)
    for field in POSTS[path]:
        for value in NULLISH:
            if (path, field) in HASHING and value not in (None, "", "\u0000"):
                continue
            fields = {**filled(POSTS[path], world.names), field: value}
            name = "superadmin" if path.startswith("/admin/") else "owner"
            data = json.dumps(fields, ensure_ascii=True).encode()
            answer = world.browsers[name].request("POST", path, headers={"Content-Type": "application/json"}, data=data)
            polite(answer, (path, field, repr(value)[:40]))
            if not world.browsers[name].jar:
                world = World(complete)


@pytest.mark.parametrize("path", sorted(GETS))
def test_hostile_parameters_are_refused_or_taken_politely(complete, world, path):
    for field in [*GETS[path], "limit", "offset", "sortBy", "filterField", "filterValue", "membersLimit", "searchValue"]:
        for value in ("", "\x00", "%", "-1", "9" * 40, "1e308", "NaN", "a" * 5000, "é\ud800".encode("utf-8", "surrogatepass"), "' or '1'='1",
                      ["1", "2"], "\U0001f600"):
            fields = {**filled(GETS[path], world.names), field: value}
            name = "superadmin" if path.startswith("/admin/") else "owner"
            answer = world.browsers[name].request("GET", path.replace("{token}", "sometoken"), params=fields)
            polite(answer, (path, field, repr(value)[:40]))


BODIES = {
    "deep": b"[" * 100_000, "deep object": b'{"a":' * 20_000, "deep and closed": b"[" * 5000 + b"]" * 5000, "nothing": b" ", "a number": b"1",
    "a text": b'"x"', "true": b"true", "null": b"null", "two values": b"{} {}", "trailing comma": b'{"a":1,}', "comment": b"{/**/}",
    "single quotes": b"{'a':1}", "a byte order mark": b"\xef\xbb\xbf{}", "UTF-16": '{"a":1}'.encode("utf-16"), "not UTF-8": b'{"a":"\xff\xfe"}',
    "overlong UTF-8": b'{"a":"\xc0\xaf"}', "control characters": b'{"a":"\x01"}', "a huge number": b'{"a":' + b"9" * 100_000 + b"}",
    "NaN": b'{"a":NaN}', "many members": b"{" + b",".join(b'"k%d":1' % n for n in range(15_000)) + b"}", "one key twice": b'{"email":1,"email":2}',
    "a name of its own kind": b'{"__proto__":{"role":"admin"},"constructor":{"prototype":{"role":"admin"}}}',
}


@pytest.mark.parametrize("name", sorted(BODIES))
def test_hostile_bodies(complete, world, name):
    for path in POSTS:
        browser = world.browsers["superadmin" if path.startswith("/admin/") else "custom"]
        answer = browser.request("POST", path, headers={"Content-Type": "application/json"}, data=BODIES[name])
        polite(answer, (path, name))
        if name in ("deep", "deep object", "trailing comma", "single quotes", "NaN", "two values", "comment", "overlong UTF-8", "not UTF-8"):
            refused(answer, 400, "BAD_REQUEST")


def test_a_member_given_twice_is_refused(complete):
    """Were the check of an address and its use to read different members, one could pass the check with the other's value."""
    browser = complete.sign_up()
    for first, second in (("/ok", EVIL), (EVIL, "/ok")):
        body = f'{{"email":"{browser.email}","password":"password123","callbackURL":"{first}","callbackURL":"{second}"}}'
        refused(browser.request("POST", "/sign-in/email", headers={"Content-Type": "application/json"}, data=body), 400, "BAD_REQUEST")
    answer = browser.request("POST", "/sign-in/email", headers={"Content-Type": "application/x-www-form-urlencoded"},
                             data=f"email={browser.email}&password=password123&callbackURL=/ok&callbackURL={EVIL}")
    assert answer.status_code in (400, 403), answer.text


OVERSIZE = [lambda size: secrets.token_urlsafe(size)[:size], lambda size: "ü" * size]


@pytest.mark.parametrize("size", [3000, 100_000])
@pytest.mark.parametrize("path", sorted(POSTS))
def test_oversize_texts(complete, path, size):
    """Long texts that do not compress: an index cannot hold them, and what is refused must say so."""
    world = World(complete)
    for field, usual in POSTS[path].items():
        if not isinstance(usual, str):
            continue
        for make in OVERSIZE:
            text = make(size) if "mail" not in field.lower() else f"{secrets.token_hex(size // 2)}@example.com"
            fields = {**filled(POSTS[path], world.names), field: text}
            name = "superadmin" if path.startswith("/admin/") else "owner"
            answer = world.browsers[name].post(path, json=fields)
            polite(answer, (path, field, size))
            if not world.browsers[name].jar:
                world = World(complete)


def test_oversize_addresses_are_no_addresses(complete):
    longest = "a" * (254 - len("@example.com")) + "@example.com"
    assert complete.browser().post("/sign-up/email", name="A", email=longest, password="password123").status_code in (200, 422)
    refused(complete.browser().post("/sign-up/email", name="A", email="a" + longest, password="password123"), 400, "VALIDATION_ERROR")


def test_oversize_heads(complete, world):
    browser = world.browsers["owner"]
    for headers in ({"Cookie": "better-auth.session_token=" + "x" * 7000}, {"Cookie": "; ".join(f"c{n}=1" for n in range(900))},
                    {"Authorization": "Bearer " + "x" * 7000}, {"User-Agent": "x" * 7000}, {"Origin": "https://" + "x" * 7000}):
        polite(browser.get("/get-session", headers=headers), ("head", str(headers)[:30]))
        polite(browser.post("/update-user", name="B", headers=headers), ("head", str(headers)[:30]))
