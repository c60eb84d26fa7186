"""What other providers gave for an account, without such a provider; and bodies that are no objects."""

import secrets

import pytest

from .driver import DATE, refused

PATHS = ["/get-access-token", "/refresh-token", "/account-info"]


def account(auth, browser, **columns):
    """An account as a server with that provider leaves it."""
    identity = secrets.token_hex(16)
    values = {"providerId": "google", "accountId": "g-1", "userId": browser.user["id"], "id": identity, **columns}
    names = ", ".join(f'"{name}"' for name in values)
    texts = ", ".join(value if value.startswith("now()") else f"'{value}'" for value in values.values())
    auth.sql(f'insert into account ({names}, "updatedAt") values ({texts}, now())')
    return identity


def ask(browser, path, **fields):
    return browser.get(path, **fields) if path == "/account-info" else browser.post(path, **fields)


@pytest.mark.parametrize("path", PATHS)
def test_08_the_strict_ones(auth, path):
    """Before the session is asked for, as every input."""
    place = "[query]" if path == "/account-info" else "[body]"
    for browser in (auth.sign_up(), auth.browser()):
        for fields in (
            {}, {"accountId": "a", "more": "1"}, {"providerId": "google"}, {"userId": "u"}, {"useAccountCookie": "x"},
            {"accountId": "a", "useAccountCookie": "true"}, {"accountId": "a", "providerId": "google"},
        ):
            answer = refused(ask(browser, path, **fields), 400, "VALIDATION_ERROR")
            assert answer.json()["message"] == f"{place} Invalid input", fields
    if path != "/account-info":
        for body in ([], "x", None, {"accountId": 4}, {"accountId": None}, {"accountId": "a", "userId": 4}, {"useAccountCookie": False}):
            refused(auth.sign_up().request("POST", path, json=body), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize("path", PATHS)
def test_who_may_ask_for_what(auth, path):
    browser, other = auth.sign_up(), auth.sign_up()
    theirs = account(auth, other, accessToken="secret", refreshToken="secret")
    answer = ask(auth.browser(), path, accountId=theirs)
    assert (answer.status_code, answer.content) == (401, b"")
    for identity in (theirs, "nothing", ""):
        refused(ask(browser, path, accountId=identity), 400, "ACCOUNT_NOT_FOUND")
        refused(ask(browser, path, accountId=identity, userId=other.user["id"]), 400, "ACCOUNT_NOT_FOUND")
    cookie = "true" if path == "/account-info" else True
    refused(ask(browser, path, useAccountCookie=cookie), 400, "ACCOUNT_NOT_FOUND")
    auth.sql(f"delete from session where token = '{browser.token}'")
    assert ask(browser, path, accountId=theirs).status_code == 401, "the store is asked"


def test_a_stored_token_is_told_while_it_lasts(serve):
    auth = serve(fresh=True, cookieCache="compact")
    browser = auth.sign_up()
    mine = account(
        auth, browser, accessToken="at", refreshToken="rt", idToken="it", scope="openid,email",
        accessTokenExpiresAt="now() + interval '1 hour'")
    answer = browser.post("/get-access-token", accountId=mine, userId="anybody").json()
    assert DATE.match(answer.pop("accessTokenExpiresAt"))
    assert answer == {"accessToken": "at", "scopes": ["openid", "email"], "idToken": "it"}
    assert "rt" not in browser.post("/get-access-token", accountId=mine).text.replace("Expires", "")
    auth.advance(3596)
    answer = refused(browser.post("/get-access-token", accountId=mine), 400, "PROVIDER_NOT_SUPPORTED")
    assert answer.json()["message"] == "Provider google is not supported."
    plain = account(auth, browser, accessToken="at")
    assert browser.post("/get-access-token", accountId=plain).json() == {"accessToken": "at", "scopes": []}
    without = account(auth, browser)
    refused(browser.post("/get-access-token", accountId=without), 400, "FAILED_TO_GET_ACCESS_TOKEN")
    (password,) = [one["id"] for one in browser.get("/list-accounts").json() if one["providerId"] == "credential"]
    answer = refused(browser.post("/get-access-token", accountId=password), 400, "PROVIDER_NOT_SUPPORTED")
    assert answer.json()["message"] == "Provider credential is not supported."
    refused(browser.post("/refresh-token", accountId=mine), 400, "PROVIDER_NOT_SUPPORTED")
    refused(browser.get("/account-info", accountId=mine), 400, "PROVIDER_NOT_CONFIGURED")


@pytest.mark.parametrize("path", ["/update-user", "/update-session"])
@pytest.mark.parametrize("body", [[], ["name"], "name", 4, True, None])
def test_bodies_that_are_no_objects(auth, path, body):
    browser = auth.sign_up()
    answer = refused(
        browser.request("POST", path, headers={"Content-Type": "application/json"}, data="null" if body is None else None,
                        json=body), 400, "BODY_MUST_BE_AN_OBJECT")
    assert answer.json()["message"] == "Body must be an object"
