"""Checklist 11 to 17: origins, CSRF and redirect targets."""

import pytest

from .driver import refused

EVIL = "https://evil.example"


def test_11_cookies_need_an_origin(auth):
    browser = auth.sign_up()
    for origin in (None, "null", ""):
        refused(browser.post("/update-user", name="B", headers={"Origin": origin}), 403, "MISSING_OR_NULL_ORIGIN")
    assert browser.session()["user"]["name"] == "Al"


def test_12_cookies_need_a_trusted_origin(auth):
    browser = auth.sign_up()
    for origin in (EVIL, auth.origin + ".evil.example", auth.origin.replace("http", "https"), auth.origin + "0"):
        refused(browser.post("/update-user", name="B", headers={"Origin": origin}), 403, "INVALID_ORIGIN")
    refused(browser.post("/update-user", name="B", headers={"Origin": None, "Referer": EVIL + "/x"}), 403, "INVALID_ORIGIN")
    passed = browser.post("/update-user", name="C", headers={"Origin": None, "Referer": auth.origin + "/page?x=1"})
    assert passed.status_code == 200 and browser.session()["user"]["name"] == "C"


def test_12_any_cookie_counts(auth):
    refused(auth.browser().post("/request-password-reset", email="a@example.com", headers={"Cookie": "x=1", "Origin": EVIL}), 403,
            "INVALID_ORIGIN")


def test_13_a_bearer_token_needs_no_origin(serve):
    auth = serve(bearer=True)
    browser = auth.sign_up()
    program = auth.browser(origin=False)
    answer = program.post("/update-user", name="B", headers={"Authorization": f"Bearer {browser.token}", "Origin": EVIL})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("path, fields", [("/sign-in/email", {}), ("/sign-up/email", {"name": "A"})])
def test_14_forms(auth, path, fields):
    fields = {"email": auth.sign_up().email, "password": "password123", **fields}
    expected = 200 if path == "/sign-in/email" else 422
    program = auth.browser(origin=False)
    assert program.post(path, **fields).status_code == expected
    program = auth.browser(origin=False)
    refused(program.post(path, **fields, headers={"Sec-Fetch-Mode": "cors"}), 403, "MISSING_OR_NULL_ORIGIN")
    refused(program.post(path, **fields, headers={"Origin": EVIL}), 403, "INVALID_ORIGIN")
    refused(program.post(path, **fields, headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Origin": auth.origin}),
            403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED")
    refused(program.post(path, **fields, headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Origin": EVIL}), 403,
            "INVALID_ORIGIN")
    assert program.post(path, **fields, headers={"Sec-Fetch-Site": "same-origin", "Origin": auth.origin}).status_code == expected


BAD_TARGETS = [
    "//evil.com", "/\\evil.com", "/%2fevil", "/%5cevil", "https://evil.com", "/x#y", "/x y", "/ünï", "evil", "javascript:alert(1)",
    "https://evil.com@127.0.0.1", "http://127.0.0.1.evil.com", "data:text/html,x", "///evil.com", "/\tevil", "https:evil.com",
    "\\\\evil.com", "https://malicious.com?.example.com",
]


@pytest.mark.parametrize("target", BAD_TARGETS)
def test_15_foreign_targets_in_every_field(auth, target):
    browser = auth.sign_up()
    fields = {"email": browser.email, "password": "password123"}
    for field, code in (
        ("callbackURL", "INVALID_CALLBACK_URL"), ("redirectTo", "INVALID_REDIRECT_URL"),
        ("errorCallbackURL", "INVALID_ERROR_CALLBACK_URL"), ("newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL"),
    ):
        refused(browser.post("/sign-in/email", **fields, **{field: target}), 403, code)
    refused(browser.get("/verify-email", token="x", callbackURL=target), 403, "INVALID_CALLBACK_URL")
    refused(browser.get("/reset-password/sometoken", callbackURL=target), 403, "INVALID_CALLBACK_URL")
    refused(browser.get("/delete-user/callback", token="x", callbackURL=target), 403, "INVALID_CALLBACK_URL")


def test_15_good_targets_and_other_types(auth):
    browser = auth.sign_up()
    fields = {"email": browser.email, "password": "password123"}
    for target in ("/dash?x=1", "/a/../b", "/x?y=a%20b&z=1", auth.origin + "/x"):
        assert browser.post("/sign-in/email", **fields, callbackURL=target).status_code == 200
    answer = browser.post("/sign-in/email", **fields, callbackURL={"a": 1})
    assert (answer.status_code, answer.json()) == (400, {"message": "Invalid callbackURL: expected a string"})
    answer = browser.post("/request-password-reset", email=browser.email, redirectTo=["x"])
    assert answer.json() == {"message": "Invalid redirectURL: expected a string"}


def test_16_wildcards(serve):
    auth = serve(trustedOrigins=["https://*.wild.com", "*.short.com", "myapp://open/path", "https://one?.example.com"])
    for origin, trusted in {
        "https://a.b.wild.com": True, "http://a.wild.com": False, "https://wild.com": False, "https://wild.com.evil.com": False,
        "https://evil.com/.wild.com": False, "https://a.short.com": True, "http://a.short.com": True, "https://one1.example.com": True,
        "https://one12.example.com": False, "https://malicious.com?.wild.com": False, "myapp://open/path": True,
        "myapp://open/path/below": True, "myapp://open/pathology": False, "myapp://open/path/../x": False, "myapp://other/path": False,
    }.items():
        answer = auth.browser().post(
            "/sign-in/email", email="a@example.com", password="password123", callbackURL=origin)
        assert (answer.status_code == 401) == trusted, f"{origin}: {answer.text}"


def test_17_gets_are_not_checked(auth):
    browser = auth.sign_up()
    answer = browser.get("/get-session", headers={"Origin": EVIL})
    assert answer.status_code == 200 and answer.json()["user"]["email"] == browser.email
