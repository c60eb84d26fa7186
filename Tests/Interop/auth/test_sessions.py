"""Checklist 28 to 41: sessions, their cookies, the cookie cache, bearer tokens."""

import base64
import hashlib
import hmac
import json
import secrets
import urllib.parse

import pytest

from .driver import SECRET, Browser, refused, set_cookies

EXPIRED = "; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"


def sign(value, secret=SECRET):
    """A signed cookie made without us."""
    signature = base64.b64encode(hmac.new(secret.encode(), value.encode(), hashlib.sha256).digest()).decode()
    return f"{value}.{signature}"


def wire(value):
    return urllib.parse.quote(value, safe="-_.!~*'()")


def test_28_the_form_of_the_cookie(auth):
    assert sign("Zlbhap0mK7S3WjeSxQTpE2hhnqX8riZm").endswith(".dGFq2rCA0S8hpMJub/rO4XU28uSs9/LuIihmYU2baZA=")
    browser = auth.sign_up()
    assert browser.jar["better-auth.session_token"] == wire(sign(browser.token))


def test_29_a_cookie_of_another_server_is_accepted(auth):
    user = auth.sign_up().user["id"]
    for token in (secrets.token_hex(16), "with.two.dots", "ümläut-and blank"):
        auth.sql(
            f"""insert into session (id, token, "userId", "expiresAt", "updatedAt") values
                ('{secrets.token_hex(16)}', '{token}', '{user}', now() + interval '6 days 23 hours', now())""")
        for value in (wire(sign(token)), sign(token) if token.isascii() and " " not in token else wire(sign(token))):
            browser = auth.browser()
            browser.jar = {"better-auth.session_token": value}
            assert browser.session()["session"]["token"] == token


def test_30_forged_cookies(auth):
    browser = auth.sign_up()
    good = browser.jar["better-auth.session_token"]
    token, signature = urllib.parse.unquote(good).rsplit(".", 1)
    for forged in (
        token, wire(f"{token}."), wire(f"{token}.{signature[:-1]}"), wire(f"{token}.{'A' * 43}="), wire(sign(token, "x" * 32)),
        wire(f"x{token}.{signature}"), wire(f"{token}.{signature}="), wire(f"{token}.{signature}").replace("%3D", "%3E"), "%%%", ".",
        wire(f".{signature}"), wire(sign("")),
    ):
        other = auth.browser()
        other.jar = {"better-auth.session_token": forged}
        answer = other.get("/get-session")
        assert (answer.status_code, answer.text, set_cookies(answer)) == (200, "null", []), forged


def test_31_revoked_and_expired(serve):
    auth = serve(fresh=True)
    browser = auth.sign_up()
    auth.sql(f"delete from session where token = '{browser.token}'")
    answer = browser.get("/get-session")
    assert answer.text == "null"
    assert set_cookies(answer) == [f"better-auth.{name}={EXPIRED}" for name in ("session_token", "session_data", "dont_remember")]
    browser = auth.sign_up()
    auth.advance(604_801)
    answer = browser.get("/get-session")
    assert answer.text == "null" and len(set_cookies(answer)) == 3
    assert auth.sql(f"select 1 from session where token = '{browser.token}'") == []


def test_32_caches(auth):
    browser = auth.sign_up()
    answer = browser.get("/get-session")
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    for path in ("/ok", "/list-sessions", "/organization/list"):
        assert "Cache-Control" not in browser.get(path).headers


def test_33_refresh(serve):
    auth = serve(fresh=True)
    browser = auth.sign_up()
    before = browser.session()["session"]["expiresAt"]
    auth.advance(86_300)
    assert set_cookies(browser.get("/get-session")) == []
    auth.advance(200)
    for flag in ("true", "false", "0"):
        answer = browser.get("/get-session", disableRefresh=flag)
        assert set_cookies(answer) == [] and answer.json()["session"]["expiresAt"] == before
    answer = browser.get("/list-accounts")
    assert len(set_cookies(answer)) == 1, "every look refreshes"
    session = browser.session()["session"]
    assert session["expiresAt"] > before and session["updatedAt"] > session["createdAt"]
    (left,), = auth.sql(f"""select extract(epoch from "expiresAt" - "updatedAt")::int from session where token = '{browser.token}'""")
    assert left == "604800", "a whole life from now on"
    assert set_cookies(browser.get("/get-session")) == [], "and the next look is before its time again"


def test_34_35_secure_cookies(serve):
    auth = serve(baseURL="https://app.example.com")
    browser = Browser(auth)
    browser.headers = {"Origin": "https://app.example.com"}
    answer = browser.post("/sign-up/email", name="A", email=f"{secrets.token_hex(8)}@example.com", password="password123")
    line, = set_cookies(answer)
    assert line.startswith("__Secure-better-auth.session_token=")
    assert line.endswith("; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax")
    assert browser.session()["user"]["name"] == "A"


def test_35_the_order_of_attributes(serve):
    auth = serve(baseURL="https://app.example.com", cookieDomain="example.com")
    browser = Browser(auth)
    browser.headers = {"Origin": "https://app.example.com"}
    line, = set_cookies(browser.post("/sign-up/email", name="A", email=f"{secrets.token_hex(8)}@example.com", password="password123"))
    assert line.endswith("; Max-Age=604800; Domain=example.com; Path=/; HttpOnly; Secure; SameSite=Lax")
    ended = set_cookies(browser.post("/sign-out"))
    assert [line.split("=", 1)[1] for line in ended] == ["; Max-Age=0; Domain=example.com; Path=/; HttpOnly; Secure; SameSite=Lax"] * 3


def test_36_listing_and_revoking(serve):
    auth = serve(fresh=True)
    browser = auth.sign_up()
    second = auth.browser()
    second.post("/sign-in/email", email=browser.email, password="password123")
    stranger = auth.sign_up()
    tokens = {session["token"] for session in browser.get("/list-sessions").json()}
    assert tokens == {browser.token, second.session()["session"]["token"]}
    assert browser.post("/revoke-session", token=stranger.token).json() == {"status": True}
    assert stranger.session() is not None
    assert second.post("/revoke-session", token=browser.token).json() == {"status": True}
    assert browser.session() is None and second.session() is not None
    third = auth.browser()
    third.post("/sign-in/email", email=browser.email, password="password123")
    assert third.post("/revoke-other-sessions").json() == {"status": True}
    assert second.session() is None and third.session() is not None
    answer = third.post("/revoke-sessions")
    assert answer.json() == {"status": True} and set_cookies(answer) == []
    assert third.session() is None
    auth.advance(86_500)
    refused(stranger.get("/list-sessions"), 403, "SESSION_NOT_FRESH")
    refused(stranger.post("/unlink-account", accountId="x"), 403, "SESSION_NOT_FRESH")
    for path, fields in (("/revoke-session", {"token": "x"}), ("/revoke-sessions", {}), ("/revoke-other-sessions", {})):
        refused(auth.browser().post(path, **fields), 401, "UNAUTHORIZED")


def test_37_change_password(auth):
    browser = auth.sign_up()
    second = auth.browser()
    second.post("/sign-in/email", email=browser.email, password="password123")
    refused(browser.post("/change-password", newPassword="short", currentPassword="password123"), 400, "PASSWORD_TOO_SHORT")
    refused(browser.post("/change-password", newPassword="password456", currentPassword="wrong"), 400, "INVALID_PASSWORD")
    kept = browser.post("/change-password", newPassword="password456", currentPassword="password123")
    assert kept.json()["token"] is None and kept.json()["user"]["id"] == browser.user["id"] and second.session()
    old = dict(browser.jar)
    changed = browser.post(
        "/change-password", newPassword="password789", currentPassword="password456", revokeOtherSessions=True).json()
    assert changed["token"] != browser.token and browser.session()["session"]["token"] == changed["token"]
    assert second.session() is None
    stale = auth.browser()
    stale.jar = old
    assert stale.session() is None
    refused(auth.browser().post("/sign-in/email", email=browser.email, password="password123"), 401, "INVALID_EMAIL_OR_PASSWORD")
    assert browser.post("/verify-password", password="password789").json() == {"status": True}
    refused(browser.post("/verify-password", password="password123"), 400, "INVALID_PASSWORD")


def test_38_sign_out(auth):
    answer = auth.browser().post("/sign-out")
    assert answer.json() == {"success": True} and len(set_cookies(answer)) == 3
    assert auth.browser().request("POST", "/sign-out").json() == {"success": True}
    browser = auth.sign_up()
    old = dict(browser.jar)
    browser.post("/sign-out")
    assert browser.jar == {}
    browser.jar = old
    assert browser.session() is None, "a token of a session that ended is worth nothing"


def compact(session, user, ahead_ms, secret=SECRET, **changes):
    """A compact cache made without us, as JavaScript writes it."""
    content = {"session": session, "user": user, "updatedAt": 1, "version": "1", **changes}
    import time
    expiry = int(time.time() * 1000) + ahead_ms
    text = json.dumps({**content, "expiresAt": expiry}, separators=(",", ":"), ensure_ascii=False)
    signature = base64.urlsafe_b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
    envelope = json.dumps(
        {"session": content, "expiresAt": expiry, "signature": signature}, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(envelope.encode()).rstrip(b"=").decode()


def test_39_the_vector_of_the_compact_cache():
    session = {
        "expiresAt": "2026-11-29T09:44:40.996Z", "token": "KTH0Aeeo674A4Idh1afsU110eXwsKFI1", "createdAt": "2026-11-22T09:44:40.996Z",
        "updatedAt": "2026-11-22T09:44:40.996Z", "ipAddress": "", "userAgent": "", "userId": "b55zML08mKWr0A3DobF6QLrZvlo5SgBp",
        "activeOrganizationId": None, "id": "U5sb11bjJU9ptFoIxuhZdI865xidsufL"}
    user = {
        "name": "Al ü", "email": "k1795340680253@ex.com", "emailVerified": False, "image": None, "createdAt": "2026-11-22T09:44:40.980Z",
        "updatedAt": "2026-11-22T09:44:40.980Z", "id": "b55zML08mKWr0A3DobF6QLrZvlo5SgBp"}
    text = json.dumps(
        {"session": session, "user": user, "updatedAt": 1795340681005, "version": "1", "expiresAt": 1795340981005},
        separators=(",", ":"), ensure_ascii=False)
    made = base64.urlsafe_b64encode(hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
    assert made == "-S12mPy48RHJJDI6xANlj8UzBbS0U-ftdgd0jM4Bmt4"


@pytest.mark.parametrize("strategy", ["compact", "jwt"])
def test_39_caches_spare_the_look_up(serve, strategy):
    auth = serve(cookieCache=strategy)
    browser = auth.sign_up(name="Al ü \"quoted\" / \\ 🎉")
    cache = browser.jar["better-auth.session_data"]
    first = browser.session()
    auth.sql(f"delete from session where token = '{browser.token}'")
    browser.jar["better-auth.session_data"] = cache
    assert browser.session() == first, "answered by the cookie alone"
    authoritative = browser.get("/get-session", disableCookieCache="true")
    assert authoritative.text == "null" and "better-auth.session_data" not in browser.jar

    if strategy == "compact":
        content = json.loads(base64.urlsafe_b64decode(cache + "=="))
        signed = json.dumps({**content["session"], "expiresAt": content["expiresAt"]}, separators=(",", ":"), ensure_ascii=False)
        made = base64.urlsafe_b64encode(hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
        assert made == content["signature"], "the text is what JSON.stringify gives"
        assert list(content["session"]) == ["session", "user", "updatedAt", "version"]
    else:
        header, claims, signature = cache.split(".")
        assert base64.urlsafe_b64decode(header + "==") == b'{"alg":"HS256"}'
        claims = json.loads(base64.urlsafe_b64decode(claims + "=="))
        assert {"session", "user", "updatedAt", "version", "iat", "exp"} == set(claims) and claims["exp"] - claims["iat"] == 300


def test_39_caches_of_another_server_and_forged_ones(serve):
    auth = serve(cookieCache="compact")
    browser = auth.sign_up()
    found = browser.session()
    session, user = found["session"], {**found["user"], "name": "Made elsewhere ü"}

    def asked(cache):
        other = auth.browser()
        other.jar = {"better-auth.session_token": browser.jar["better-auth.session_token"], "better-auth.session_data": cache}
        answer = other.get("/get-session")
        return answer.json()["user"]["name"], other.jar.get("better-auth.session_data")

    good = compact(session, user, 60_000)
    assert asked(good)[0] == "Made elsewhere ü"
    for bad in (
        compact(session, user, -1), compact(session, user, 60_000, secret="x" * 32), compact(session, user, 60_000, version="2"),
        compact({**session, "token": "another"}, user, 60_000), compact({**session, "expiresAt": "2020-01-01T00:00:00.000Z"}, user, 60_000),
        good[:-2], "x", good.replace("e", "f", 1), compact({"token": session["token"]}, user, 60_000),
    ):
        name, cache = asked(bad)
        assert name == "Al" and cache != bad, "the store answers, and the cache is replaced"


def test_39_a_withdrawn_session_leaves_no_cache(serve):
    """GHSA-xg6x-h9c9-2m83: no cookie of a session that did not come to be is in the answer."""
    auth = serve(cookieCache="compact")
    browser = auth.sign_up()
    auth.sql(f"""update "user" set banned = true where id = '{browser.user["id"]}'""")
    answer = refused(auth.browser().post("/sign-in/email", email=browser.email, password="password123"), 403, "BANNED_USER")
    assert set_cookies(answer) == []
    assert [line.split("=")[0] for line in set_cookies(browser.post("/sign-out"))].count("better-auth.session_data") == 1


def test_40_large_caches_are_chunked(serve):
    auth = serve(cookieCache="compact")
    browser = auth.sign_up()
    browser.post("/update-user", image="https://example.com/" + "x" * 6000)
    parts = sorted(name for name in browser.jar if name.startswith("better-auth.session_data"))
    assert parts == ["better-auth.session_data.0", "better-auth.session_data.1", "better-auth.session_data.2"]
    for line in set_cookies(browser.post("/update-user", name="B")):
        assert len(line) <= 4096
    auth.sql(f"delete from session where token = '{browser.token}'")
    assert len(browser.session()["user"]["image"]) == 6020, "read from its parts"
    browser = auth.sign_up()
    browser.post("/update-user", image="https://example.com/" + "x" * 6000)
    browser.post("/update-user", image=None)
    assert [name for name in browser.jar if "session_data" in name] == ["better-auth.session_data"]


def test_41_bearer(serve):
    auth = serve(bearer=True)
    browser = auth.sign_up()
    signed = sign(browser.token)
    program = auth.browser(origin=False)

    def user(value):
        found = program.get("/get-session", headers={"Authorization": value}).json()
        program.jar = {}
        return found and found["user"]["id"]

    for value in (f"Bearer {browser.token}", f"bearer {signed}", f"BEARER {wire(signed)}"):
        assert user(value) == browser.user["id"], value
    for value in (f"Bearer {sign(browser.token, 'x' * 32)}", f"Basic {browser.token}", "Bearer", "Bearer ", f"Bearer {browser.token}x"):
        assert user(value) is None, value
    signed_in = auth.browser().post("/sign-in/email", email=browser.email, password="password123")
    told = signed_in.headers["set-auth-token"]
    assert told == sign(signed_in.json()["token"]) and signed_in.headers["access-control-expose-headers"] == "set-auth-token"
    assert "set-auth-token" not in browser.post("/sign-out").headers
    strict = serve(bearer=True, bearerRequiresSignature=True)
    other = strict.sign_up()
    program = strict.browser(origin=False)
    assert program.get("/get-session", headers={"Authorization": f"Bearer {other.token}"}).json() is None
    assert program.get("/get-session", headers={"Authorization": f"Bearer {sign(other.token)}"}).json()


def test_deferred_refresh(serve):
    auth = serve(defersRefresh=True, fresh=True)
    browser = auth.sign_up()
    assert browser.session()["needsRefresh"] is False
    auth.advance(86_500)
    answer = browser.get("/get-session")
    assert answer.json()["needsRefresh"] is True and set_cookies(answer) == []
    refreshed = browser.post("/get-session")
    assert refreshed.status_code == 200 and len(set_cookies(refreshed)) == 1
    assert browser.session()["needsRefresh"] is False


def test_post_get_session_is_405_otherwise(auth):
    refused(auth.browser().post("/get-session"), 405, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED")


def test_update_session(auth):
    browser = auth.sign_up()
    answer = browser.post("/update-session")
    assert (answer.status_code, answer.json()) == (400, {"message": "No fields to update"})
    for field in ("activeOrganizationId", "impersonatedBy"):
        refused(browser.post("/update-session", **{field: "x"}), 400, "FIELD_NOT_ALLOWED")
