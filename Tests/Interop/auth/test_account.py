"""Checklist 42 to 49: the life of an account."""

import base64
import hashlib
import hmac
import json
import time
import urllib.parse
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from .driver import SECRET, join, refused, set_cookies, unique_email


def follow(browser, url):
    """Opens a link of a letter."""
    return browser.request("GET", url)


def jwt(claims, secret=SECRET, header='{"alg":"HS256"}'):
    """A token made without us."""
    encode = lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    text = encode(header.encode()) + "." + encode(json.dumps(claims).encode())
    return text + "." + encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())


def test_42_password_reset(auth):
    browser = auth.sign_up()
    auth.verify(browser)
    answers = [auth.browser().post("/request-password-reset", email=email, redirectTo="/reset") for email in (browser.email, unique_email())]
    assert answers[0].status_code == 200 and answers[0].text == answers[1].text
    assert answers[0].json()["message"] == "If this email exists in our system, check your email for the reset link"
    letter, = auth.letters(browser.email, "reset-password")
    token = letter["token"]
    assert len(token) == 24 and token.isalnum()
    assert letter["url"] == f"{auth.origin}/api/auth/reset-password/{token}?callbackURL=%2Freset"
    refused(auth.browser().post("/reset-password", newPassword="short", token=token), 400, "PASSWORD_TOO_SHORT")
    refused(auth.browser().post("/reset-password", newPassword="password456"), 400, "INVALID_TOKEN")
    done = auth.browser().post("/reset-password", newPassword="password456", token=token)
    assert done.json() == {"status": True} and set_cookies(done) == [], "does not sign in"
    refused(auth.browser().post("/reset-password", newPassword="password456", token=token), 400, "INVALID_TOKEN")
    assert browser.session(), "sessions survive"
    assert auth.browser().post("/sign-in/email", email=browser.email, password="password456").status_code == 200


def test_42_reset_by_query_and_revoking(serve):
    auth = serve(revokesSessionsOnReset=True)
    browser = auth.sign_up()
    auth.browser().post("/request-password-reset", email=browser.email)
    token = auth.letters(browser.email, "reset-password")[0]["token"]
    answer = auth.browser().request("POST", f"/reset-password?token={token}", json={"newPassword": "password456"})
    assert answer.json() == {"status": True} and browser.session() is None


def test_42_an_expired_token(serve):
    auth = serve(fresh=True)
    browser = auth.sign_up()
    auth.browser().post("/request-password-reset", email=browser.email)
    auth.advance(3601)
    refused(auth.browser().post("/reset-password", newPassword="password456", token=auth.letters()[0]["token"]), 400, "INVALID_TOKEN")


def test_42_a_hundred_uses_of_one_token(auth):
    browser = auth.sign_up()
    auth.browser().post("/request-password-reset", email=browser.email)
    token = auth.letters(browser.email, "reset-password")[0]["token"]
    with ThreadPoolExecutor(25) as pool:
        codes = Counter(
            pool.map(lambda number: auth.browser().post(
                "/reset-password", newPassword=f"password{number:04}", token=token).status_code, range(100)))
    assert codes == {200: 1, 400: 99}


def test_43_the_link_of_a_reset(auth):
    browser = auth.sign_up()
    auth.browser().post("/request-password-reset", email=browser.email, redirectTo="/reset?x=1")
    letter, = auth.letters(browser.email, "reset-password")
    for _ in range(2):
        answer = follow(auth.browser(), letter["url"])
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{auth.origin}/reset?x=1&token={letter['token']}")
        assert answer.headers["Content-Type"] == "application/json" and answer.content == b""
    bad = auth.browser().get("/reset-password/nope", callbackURL="/reset")
    assert bad.headers["Location"] == f"{auth.origin}/reset?error=INVALID_TOKEN"
    empty = auth.browser().get("/reset-password/nope", callbackURL="")
    assert empty.headers["Location"] == f"{auth.origin}/api/auth/error?error=INVALID_TOKEN"
    refused(auth.browser().get("/reset-password/nope"), 400, "VALIDATION_ERROR")


def test_42_without_mail(serve):
    auth = serve(mail=False)
    refused(auth.browser().post("/request-password-reset", email="a@example.com"), 400, "RESET_PASSWORD_DISABLED")
    refused(auth.browser().post("/send-verification-email", email="a@example.com"), 400, "VERIFICATION_EMAIL_NOT_ENABLED")
    browser = auth.sign_up()
    answer = browser.post("/change-email", newEmail=unique_email())
    assert answer.json() == {"message": "Verification email isn't enabled"}


def test_44_verifying(auth):
    browser = auth.sign_up()
    assert browser.post("/send-verification-email", email=browser.email, callbackURL="/v").json() == {"status": True}
    letter, = auth.letters(browser.email, "verify-email")
    assert letter["url"] == f"{auth.origin}/api/auth/verify-email?token={letter['token']}&callbackURL=%2Fv"
    header, claims, _ = letter["token"].split(".")
    assert base64.urlsafe_b64decode(header + "==") == b'{"alg":"HS256"}'
    claims = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert claims["email"] == browser.email and claims["exp"] - claims["iat"] == 3600
    answer = follow(auth.browser(), letter["url"])
    assert (answer.status_code, answer.headers["Location"]) == (302, "/v")
    assert browser.session()["user"]["emailVerified"] is True
    again = auth.browser().get("/verify-email", token=letter["token"])
    assert again.json() == {"status": True, "user": None}
    refused(browser.post("/send-verification-email", email=browser.email), 400, "EMAIL_ALREADY_VERIFIED")
    refused(browser.post("/send-verification-email", email=unique_email()), 400, "EMAIL_MISMATCH")


def test_44_tokens_of_another_server(auth):
    browser = auth.sign_up()
    now = int(time.time())
    good = {"email": browser.email, "iat": now, "exp": now + 60}
    refused(auth.browser().get("/verify-email", token="bad"), 401, "INVALID_TOKEN")
    bad = auth.browser().get("/verify-email", token="bad", callbackURL="/v?a=1")
    assert (bad.status_code, bad.headers["Location"]) == (302, "/v?a=1&error=INVALID_TOKEN")
    for token, code in (
        (jwt(good, secret="x" * 32), "INVALID_TOKEN"), (jwt({**good, "exp": now - 1}), "TOKEN_EXPIRED"),
        (jwt(good, header='{"alg":"none"}'), "INVALID_TOKEN"), (jwt(good, header='{"alg":"HS512"}'), "INVALID_TOKEN"),
        (jwt(good).rsplit(".", 1)[0] + ".", "INVALID_TOKEN"), (jwt({"email": browser.email}), "INVALID_TOKEN"),
        (jwt({**good, "email": unique_email()}), "USER_NOT_FOUND"), (jwt({**good, "requestType": "change-email-verification"}), "INVALID_TOKEN"),
    ):
        refused(auth.browser().get("/verify-email", token=token), 401, code)
    assert browser.session()["user"]["emailVerified"] is False
    assert auth.browser().get("/verify-email", token=jwt(good)).json() == {"status": True, "user": None}
    assert browser.session()["user"]["emailVerified"] is True


def test_44_signing_in_after_verification(serve):
    auth = serve(requireEmailVerification=True, autoSignInAfterVerification=True)
    email = unique_email()
    auth.browser().post("/sign-up/email", name="A", email=email, password="password123", callbackURL="/welcome")
    letter, = auth.letters(email)
    browser = auth.browser()
    answer = follow(browser, letter["url"])
    assert answer.headers["Location"] == "/welcome" and browser.session()["user"]["emailVerified"] is True
    replay = auth.browser()
    follow(replay, letter["url"])
    assert replay.session() is None, "a link that was used signs nobody in"


def test_45_sending_never_reveals(auth):
    unverified = auth.sign_up()
    verified = auth.sign_up()
    auth.verify(verified)
    texts = set()
    for email in (unverified.email, verified.email, unique_email()):
        started = time.perf_counter()
        answer = auth.browser().post("/send-verification-email", email=email)
        assert time.perf_counter() - started >= 0.5
        texts.add((answer.status_code, answer.text))
    assert texts == {(200, '{"status":true}')}
    assert len(auth.letters(unverified.email)) == 1 and auth.letters(verified.email) == []


def test_46_change_email_to_a_taken_address(auth):
    browser, other = auth.sign_up(), auth.sign_up()
    assert browser.post("/change-email", newEmail=other.email).json() == {"status": True}
    assert auth.letters(other.email) == auth.letters(browser.email) == []
    answer = browser.post("/change-email", newEmail=browser.email)
    assert (answer.status_code, answer.json()) == (400, {"message": "Email is the same"})


def test_46_change_email_asks_both_addresses(auth):
    browser = auth.sign_up()
    auth.verify(browser)
    new = unique_email()
    assert browser.post("/change-email", newEmail=new.upper(), callbackURL="/done").json() == {"status": True}
    first, = auth.letters(browser.email, "confirm-email-change")
    assert auth.letters(new) == []
    refused(auth.sign_up().get("/verify-email", token=first["token"]), 401, "INVALID_USER")
    assert follow(browser, first["url"]).headers["Location"] == "/done"
    second, = auth.letters(new, "verify-new-email")
    elsewhere = auth.browser()
    answer = elsewhere.get("/verify-email", token=second["token"])
    assert answer.json()["user"]["email"] == new and answer.json()["user"]["emailVerified"] is True
    assert elsewhere.session()["user"]["id"] == browser.user["id"]
    for token in (first["token"], second["token"]):
        refused(auth.browser().get("/verify-email", token=token), 401, "INVALID_TOKEN")
    assert auth.browser().post("/sign-in/email", email=new, password="password123").status_code == 200


def test_46_an_address_taken_meanwhile(auth):
    browser = auth.sign_up()
    new = unique_email()
    browser.post("/change-email", newEmail=new)
    letter, = auth.letters(new, "verify-new-email")
    auth.sign_up(new)
    refused(auth.browser().get("/verify-email", token=letter["token"]), 401, "INVALID_TOKEN")


def test_46_change_email_of_the_unverified(serve):
    auth = serve(updatesUnverified=True)
    browser = auth.sign_up()
    new = unique_email()
    assert browser.post("/change-email", newEmail=new).json() == {"status": True}
    user = browser.session()["user"]
    assert (user["email"], user["emailVerified"]) == (new, False)
    assert [one["kind"] for one in auth.letters(new)] == ["verify-email"]
    refused(serve(changeEmail=False).sign_up().post("/change-email", newEmail=new), 400, "CHANGE_EMAIL_DISABLED")


def test_47_deleting_with_password_or_fresh(serve):
    auth = serve(fresh=True)
    browser = auth.sign_up()
    organization = browser.organization()
    join(auth, browser, organization, "owner")
    refused(browser.post("/delete-user", password="wrong"), 400, "INVALID_PASSWORD")
    auth.advance(86_500)
    refused(browser.post("/delete-user"), 400, "SESSION_EXPIRED")
    answer = browser.post("/delete-user", password="password123")
    assert answer.json() == {"success": True, "message": "User deleted"} and browser.jar == {}
    user = browser.user["id"]
    for table, column in (("user", "id"), ("session", "userId"), ("account", "userId"), ("member", "userId")):
        assert auth.sql(f"""select 1 from "{table}" where "{column}" = '{user}'""") == [], table
    assert organization["id"]
    fresh = auth.sign_up()
    assert fresh.post("/delete-user").json()["message"] == "User deleted"
    off = serve(deleteUser=False).sign_up()
    answer = off.post("/delete-user")
    assert (answer.status_code, answer.content) == (404, b"")
    refused(off.get("/delete-user/callback", token="x"), 404, "NOT_FOUND")


def test_47_deleting_by_mail(serve):
    auth = serve(deletionByMail=True)
    browser, other = auth.sign_up(), auth.sign_up()
    assert browser.post("/delete-user", callbackURL="/bye").json() == {"success": True, "message": "Verification email sent"}
    letter, = auth.letters(browser.email, "delete-account")
    assert letter["url"] == f"{auth.origin}/api/auth/delete-user/callback?token={letter['token']}&callbackURL=%2Fbye"
    assert len(letter["token"]) == 32 and letter["token"].isalnum() and letter["token"].islower()
    refused(auth.browser().get("/delete-user/callback", token=letter["token"]), 404, "FAILED_TO_GET_USER_INFO")
    answer = follow(browser, letter["url"])
    assert (answer.status_code, answer.headers["Location"]) == (302, "/bye") and browser.jar == {}
    assert auth.sql(f"""select 1 from "user" where id = '{browser.user["id"]}'""") == []
    # A token of another user is burned.
    other.post("/delete-user")
    token = auth.letters(other.email)[0]["token"]
    thief = auth.sign_up()
    refused(thief.get("/delete-user/callback", token=token), 404, "INVALID_TOKEN")
    refused(other.get("/delete-user/callback", token=token), 404, "INVALID_TOKEN")
    assert other.session() and thief.session()


def test_48_update_user(auth):
    browser = auth.sign_up()
    answer = browser.post("/update-user")
    assert (answer.status_code, answer.json()) == (400, {"message": "No fields to update"})
    refused(browser.post("/update-user", email="x@example.com"), 400, "EMAIL_CAN_NOT_BE_UPDATED")
    changed = browser.post("/update-user", name="", image="i")
    assert changed.json() == {"status": True} and len(set_cookies(changed)) == 1
    assert browser.session()["user"]["name"] == "" and browser.session()["user"]["image"] == "i"
    browser.post("/update-user", image=None)
    assert browser.session()["user"]["image"] is None


def test_49_accounts(auth):
    browser = auth.sign_up()
    account, = browser.get("/list-accounts").json()
    assert set(account) == {"id", "providerId", "accountId", "userId", "createdAt", "updatedAt", "scopes"}
    assert (account["providerId"], account["accountId"], account["scopes"]) == ("credential", browser.user["id"], [])
    refused(browser.post("/unlink-account", accountId=account["id"]), 400, "FAILED_TO_UNLINK_LAST_ACCOUNT")
    for number in (1, 2):
        auth.sql(
            f"""insert into account (id, "accountId", "providerId", "userId", "accessToken", scope, "updatedAt")
                values ('{account["id"]}-{number}', '{number}', 'github', '{browser.user["id"]}', 'secret-token', 'a,b', now())""")
    listed = browser.get("/list-accounts")
    assert "secret-token" not in listed.text and listed.json()[1]["scopes"] == ["a", "b"]
    refused(browser.post("/unlink-account", accountId="nope"), 400, "ACCOUNT_NOT_FOUND")
    stranger = auth.sign_up()
    auth.sql(f"""insert into account (id, "accountId", "providerId", "userId", "updatedAt")
                 values ('{account["id"]}-9', '9', 'x', '{stranger.user["id"]}', now())""")
    refused(stranger.post("/unlink-account", accountId=account["id"]), 400, "ACCOUNT_NOT_FOUND")
    ids = [one["id"] for one in listed.json()]
    with ThreadPoolExecutor(3) as pool:
        codes = Counter(pool.map(lambda one: browser.post("/unlink-account", accountId=one).status_code, ids))
    assert codes == {200: 2, 400: 1}, "one way to sign in stays"


@pytest.mark.parametrize("path", ["/update-user", "/change-password", "/verify-password", "/delete-user", "/change-email"])
def test_sessions_are_needed(auth, path):
    body = {"newPassword": "password123", "currentPassword": "x", "password": "x", "newEmail": "a@example.com", "name": "A"}
    refused(auth.browser().post(path, **body), 401, "UNAUTHORIZED")


def test_letters_carry_escaped_targets(auth):
    browser = auth.sign_up()
    browser.post("/send-verification-email", email=browser.email, callbackURL="/a?b=1&c=%26")
    url = auth.letters(browser.email, "verify-email")[0]["url"]
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
    assert query["callbackURL"] == ["/a?b=1&c=%26"]
    answer = requests.get(url, allow_redirects=False, timeout=10)
    assert answer.headers["Location"] == "/a?b=1&c=%26"
