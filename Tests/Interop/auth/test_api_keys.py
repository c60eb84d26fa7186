"""Checklist 64 to 70: API keys."""

import base64
import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from .driver import join, refused

DAY = 86400


def digest(key):
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()).rstrip(b"=").decode()


def make(browser, **fields):
    answer = browser.post("/api-key/create", **fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_64_the_form_of_a_key(serve):
    assert digest("sk_vqhwqhNgUSBBcEqGGSSZTxTsMVjoIWkTwMqCiNqiBxpbTEMpDkUuVfZPRYHWOlUY") == "z69fJv7TcpjWSK9xbSxsr65kQ2gG8Z_QRb4Yuqzwb4Q"
    auth = serve(keyPrefix="sk_")
    browser = auth.sign_up()
    key = make(browser, name="ci", metadata={"x": 1}, expiresIn=2 * DAY)
    plain = key.pop("key")
    assert plain.startswith("sk_") and len(plain) == 67 and plain[3:].isalpha() and key["start"] == plain[:6]
    assert set(key) == {
        "id", "configId", "name", "start", "referenceId", "prefix", "refillInterval", "refillAmount", "lastRefillAt", "enabled",
        "rateLimitEnabled", "rateLimitTimeWindow", "rateLimitMax", "requestCount", "remaining", "lastRequest", "expiresAt", "createdAt",
        "updatedAt", "permissions", "metadata"}
    assert (key["permissions"], key["metadata"], key["rateLimitMax"], key["rateLimitTimeWindow"]) == (
        {"files": ["read"]}, {"x": 1}, 10, 86_400_000)
    (stored,), = auth.sql(f"select key from apikey where id = '{key['id']}'")
    assert stored == digest(plain)
    for answer in (browser.get("/api-key/get", id=key["id"]), browser.get("/api-key/list"),
                   browser.post("/api-key/update", keyId=key["id"], name="new")):
        assert answer.status_code == 200 and plain not in answer.text and stored not in answer.text
    assert make(browser, prefix="my-")["key"].startswith("my-")


def test_65_what_callers_may_not_say(auth):
    """CVE-2025-61928: identity never comes from the body."""
    browser, other = auth.sign_up(), auth.sign_up()
    for field, value in (
        ("remaining", 5), ("refillAmount", 1), ("refillInterval", 1), ("rateLimitEnabled", False), ("rateLimitTimeWindow", 1),
        ("rateLimitMax", 1000), ("permissions", {"files": ["write"]}),
    ):
        refused(browser.post("/api-key/create", **{field: value}), 400, "SERVER_ONLY_PROPERTY")
    assert browser.post("/api-key/create", remaining=None).status_code == 200
    for user in (other.user["id"], browser.user["id"]):
        refused(browser.post("/api-key/create", userId=user), 401, "UNAUTHORIZED_SESSION")
        refused(auth.browser().post("/api-key/create", userId=user), 401, "UNAUTHORIZED_SESSION")
    refused(auth.browser().post("/api-key/create"), 401, "UNAUTHORIZED_SESSION")
    key = make(other)
    refused(browser.get("/api-key/get", id=key["id"]), 404, "KEY_NOT_FOUND")
    refused(browser.post("/api-key/update", keyId=key["id"], name="x"), 404, "KEY_NOT_FOUND")
    refused(browser.post("/api-key/update", keyId=key["id"], name="x", userId=other.user["id"]), 401, "UNAUTHORIZED_SESSION")
    refused(browser.post("/api-key/delete", keyId=key["id"]), 404, "KEY_NOT_FOUND")
    refused(auth.browser().post("/api-key/update", keyId=key["id"], name="x"), 401, "UNAUTHORIZED_SESSION")
    assert [one["id"] for one in other.get("/api-key/list").json()["apiKeys"]] == [key["id"]]
    assert len(browser.get("/api-key/list").json()["apiKeys"]) == 1


def test_66_bounds(auth):
    browser = auth.sign_up()
    refused(browser.post("/api-key/create", expiresIn=DAY - 1), 400, "EXPIRES_IN_IS_TOO_SMALL")
    refused(browser.post("/api-key/create", expiresIn=365 * DAY + 1), 400, "EXPIRES_IN_IS_TOO_LARGE")
    assert make(browser, expiresIn=DAY)["expiresAt"] and make(browser, expiresIn=365 * DAY)["expiresAt"]
    assert make(browser, expiresIn=None)["expiresAt"] is None
    refused(browser.post("/api-key/create", expiresIn=0), 400, "VALIDATION_ERROR")
    refused(browser.post("/api-key/create", name="x" * 33), 400, "INVALID_NAME_LENGTH")
    refused(browser.post("/api-key/create", name=""), 400, "INVALID_NAME_LENGTH")
    refused(browser.post("/api-key/create", prefix="x" * 33), 400, "INVALID_PREFIX_LENGTH")
    answer = refused(browser.post("/api-key/create", prefix="a b"), 400, "VALIDATION_ERROR")
    assert answer.json()["message"] == (
        "[body.prefix] Invalid prefix format, must be alphanumeric and contain only underscores and hyphens.")
    refused(browser.post("/api-key/create", metadata="text"), 400, "INVALID_METADATA_TYPE")


def test_66_updating(auth):
    browser = auth.sign_up()
    key = make(browser, name="a", expiresIn=DAY)
    refused(browser.post("/api-key/update", keyId=key["id"]), 400, "NO_VALUES_TO_UPDATE")
    changed = browser.post("/api-key/update", keyId=key["id"], name="b", enabled=False, expiresIn=None, metadata={"y": 2}).json()
    assert (changed["name"], changed["enabled"], changed["expiresAt"], changed["metadata"]) == ("b", False, None, {"y": 2})
    assert changed["updatedAt"] == key["updatedAt"] and changed["permissions"] == key["permissions"]
    refused(browser.post("/api-key/update", keyId=key["id"], remaining=5), 400, "SERVER_ONLY_PROPERTY")
    assert browser.post("/api-key/delete", keyId=key["id"]).json() == {"success": True}
    refused(browser.post("/api-key/delete", keyId=key["id"]), 404, "KEY_NOT_FOUND")


def test_lists(auth):
    browser = auth.sign_up()
    keys = [make(browser, name=name) for name in ("b", "a", "c")]
    page = browser.get("/api-key/list", limit=2, offset=1, sortBy="name", sortDirection="desc").json()
    assert ([one["name"] for one in page["apiKeys"]], page["total"], page["limit"], page["offset"]) == (["b", "a"], 3, 2, 1)
    plain = browser.get("/api-key/list").json()
    assert set(plain) == {"apiKeys", "total"} and [one["id"] for one in plain["apiKeys"]] == [one["id"] for one in keys]
    refused(browser.get("/api-key/list", sortBy="key"), 400, "VALIDATION_ERROR")
    refused(browser.get("/api-key/list", limit="-1"), 400, "VALIDATION_ERROR")


def test_67_the_order_of_verification(serve):
    auth = serve(fresh=True)
    browser = auth.sign_up()
    set_columns = lambda key, text: auth.sql(f"update apikey set {text} where id = '{key['id']}'")
    code = lambda key, **fields: (lambda answer: answer["valid"] or (answer["status"], answer["error"]["code"]))(
        auth.verify_key(key["key"], **fields))
    assert code({"key": "nope"}) == (401, "INVALID_API_KEY")
    key = make(browser, expiresIn=DAY)
    assert code(key) is True and code(key, configId="organization") == (401, "INVALID_API_KEY")
    assert code(key, permissions={"files": ["read"]}) is True
    assert code(key, permissions={"files": ["write"]}) == (401, "KEY_NOT_FOUND")
    set_columns(key, "enabled = false, \"expiresAt\" = now() - interval '1 day', remaining = 0")
    assert code(key) == (401, "KEY_DISABLED")
    set_columns(key, "enabled = true")
    assert code(key) == (401, "KEY_EXPIRED")
    assert code(key) == (401, "INVALID_API_KEY"), "an expired key is deleted"
    key = make(browser)
    set_columns(key, "remaining = 1, \"rateLimitEnabled\" = false")
    assert code(key) is True and code(key) == (429, "USAGE_EXCEEDED") and code(key) == (401, "INVALID_API_KEY")
    key = make(browser)
    set_columns(key, "remaining = 0, \"refillAmount\" = 2, \"refillInterval\" = 60000, \"rateLimitEnabled\" = false")
    assert code(key) == (429, "USAGE_EXCEEDED")
    auth.advance(61)
    assert [code(key) for _ in range(3)] == [True, True, (429, "USAGE_EXCEEDED")]


def test_67_concurrent_uses_never_exceed_the_limits(auth):
    browser = auth.sign_up()
    counted, limited = make(browser), make(browser)
    auth.sql(f"""update apikey set remaining = 7, "refillAmount" = 1, "rateLimitEnabled" = false where id = '{counted["id"]}'""")
    with ThreadPoolExecutor(20) as pool:
        assert Counter(pool.map(lambda _: auth.verify_key(counted["key"])["valid"], range(100))) == {True: 7, False: 93}
        assert Counter(pool.map(lambda _: auth.verify_key(limited["key"])["valid"], range(100))) == {True: 10, False: 90}


def test_68_the_rate_limit(serve):
    auth = serve(fresh=True)
    key = make(auth.sign_up())
    assert all(auth.verify_key(key["key"])["valid"] for _ in range(10))
    error = auth.verify_key(key["key"])["error"]
    assert error["code"] == "RATE_LIMITED" and error["message"] == "Rate limit exceeded."
    assert 86_390_000 < error["details"]["tryAgainIn"] <= 86_400_000
    auth.advance(DAY + 1)
    assert auth.verify_key(key["key"])["valid"]


def test_69_sessions_by_key(serve):
    auth = serve(keySessions=True)
    browser = auth.sign_up()
    key = make(browser)["key"]
    program = auth.browser(origin=False)
    ask = lambda value: program.get("/get-session", headers={"x-api-key": value})
    answer = ask(key)
    assert "Cache-Control" not in answer.headers and answer.json()["user"]["id"] == browser.user["id"]
    session = answer.json()["session"]
    assert (session["token"], session["ipAddress"], session["userAgent"]) == (key, None, None)
    refused(ask("short"), 403, "INVALID_API_KEY")
    refused(ask("x" * 64), 401, "INVALID_API_KEY")
    organization = browser.organization()
    owned = make(browser, configId="organization", organizationId=organization["id"])["key"]
    refused(ask(owned), 401, "INVALID_REFERENCE_ID_FROM_API_KEY")
    assert program.post("/update-user", name="By key", headers={"x-api-key": key}).status_code == 200
    assert browser.session()["user"]["name"] == "By key"
    for _ in range(8):
        ask(key)
    refused(ask(key), 429, "RATE_LIMITED")
    usual = serve()
    other = usual.sign_up()
    assert usual.browser(origin=False).get("/get-session", headers={"x-api-key": make(other)["key"]}).json() is None


def test_70_verification_is_not_routed(auth):
    for path in ("verify", "delete-all-expired-api-keys"):
        answer = auth.browser().post(f"/api-key/{path}", key="x")
        assert (answer.status_code, answer.content) == (404, b"")


def test_organization_keys(auth):
    owner = auth.sign_up()
    organization = owner.organization()
    admin = join(auth, owner, organization, "admin")
    refused(owner.post("/api-key/create", configId="organization"), 400, "ORGANIZATION_ID_REQUIRED")
    refused(admin.post("/api-key/create", configId="organization", organizationId=organization["id"]), 403,
            "INSUFFICIENT_API_KEY_PERMISSIONS")
    refused(auth.sign_up().post("/api-key/create", configId="organization", organizationId=organization["id"]), 403,
            "USER_NOT_MEMBER_OF_ORGANIZATION")
    key = make(owner, configId="organization", organizationId=organization["id"], name="ci")
    assert key["key"].startswith("ms_") and key["referenceId"] == organization["id"] and key["rateLimitEnabled"] is False
    listed = owner.get("/api-key/list", organizationId=organization["id"]).json()
    assert [one["id"] for one in listed["apiKeys"]] == [key["id"]] and owner.get("/api-key/list").json()["total"] == 0
    refused(admin.get("/api-key/list", organizationId=organization["id"]), 403, "INSUFFICIENT_API_KEY_PERMISSIONS")
    refused(owner.get("/api-key/get", id=key["id"]), 404, "KEY_NOT_FOUND")
    assert owner.get("/api-key/get", id=key["id"], configId="organization").status_code == 200
    refused(admin.post("/api-key/delete", keyId=key["id"], configId="organization"), 403, "INSUFFICIENT_API_KEY_PERMISSIONS")
    assert owner.post("/api-key/delete", keyId=key["id"], configId="organization").json() == {"success": True}


@pytest.mark.parametrize("text", ["{", "[]", '"{\\"a\\":[\\"b\\"]}"', "null"])
def test_old_rows_are_read(auth, text):
    browser = auth.sign_up()
    key = make(browser)
    auth.sql(f"""update apikey set permissions = '{text}', metadata = '{text}', enabled = null where id = '{key["id"]}'""")
    seen = browser.get("/api-key/get", id=key["id"]).json()
    assert seen["permissions"] == ({"a": ["b"]} if "a" in text else None) and seen["enabled"] is True
