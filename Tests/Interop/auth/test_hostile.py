"""What an attacker tries: telling who has an account, guessing, replaying, forging, racing, pretending to be somebody else."""

import base64
import json
import secrets
import statistics
import time
import urllib.parse
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from .driver import SECRET, refused, set_cookies, unique_email
from .endpoints import EVERYTHING, POSTS, filled
from .test_account import jwt
from .test_sessions import compact, sign, wire
from .world import World

PASSWORD = "password123"
WRONG = "another password"


# Enumeration


def telling(groups):
    """How often a guess from one time alone is right: 0.5 is a coin, 1 tells always. The rank statistic is blind to how busy a machine is."""
    known, unknown = groups
    wins = sum((one > other) + (one == other) / 2 for one in known for other in unknown)
    share = wins / (len(known) * len(unknown))
    return max(share, 1 - share)


def shape(answer):
    """What of an answer could tell, with values that differ every time left out."""
    body = answer.json() if answer.content else None
    form = {key: type(value).__name__ for key, value in body.items()} if isinstance(body, dict) else body
    fixed = {key: body[key] for key in ("message", "code", "status") if isinstance(body, dict) and key in body}
    cookies = sorted(line.split("=")[0] for line in set_cookies(answer))
    return str((answer.status_code, form, fixed, sorted(answer.headers), cookies))


def sign_in(auth, post, email):
    return post("/sign-in/email", email=email, password=WRONG)


def request_reset(auth, post, email):
    return post("/request-password-reset", email=email, redirectTo="/reset")


def sign_up_again(auth, post, email):
    return post("/sign-up/email", name="A", email=email, password=PASSWORD)


def change_email(auth, post, email):
    browser = auth.asking = getattr(auth, "asking", None) or auth.sign_up()
    return post("/change-email", headers={"Cookie": cookie_of(browser)}, newEmail=email)


@pytest.mark.parametrize("ask, settings, rounds", [
    (sign_in, {}, 24), (request_reset, {}, 100), (sign_up_again, {"requireEmailVerification": True}, 24),
    (sign_up_again, {"autoSignIn": False}, 24), (change_email, {}, 100),
], ids=["sign-in", "reset", "sign-up with verification", "sign-up without sign-in", "change of address"])
def test_nothing_tells_who_has_an_account(serve, ask, settings, rounds):
    auth = serve(**settings)
    known = unique_email()
    auth.browser().post("/sign-up/email", name="A", email=known, password=PASSWORD)
    shapes, times, kept = set(), ([], []), requests.Session()

    def post(path, headers=None, **fields):
        return kept.post(f"{auth.origin}/api/auth{path}", json=fields, headers={"Origin": auth.origin, **(headers or {})}, timeout=60)

    ask(auth, post, unique_email())
    for _ in range(rounds):
        # In pairs, so that what else the machine does weighs on both alike.
        for group, email in ((0, known), (1, unique_email())):
            started = time.perf_counter()
            answer = ask(auth, post, email)
            times[group].append(time.perf_counter() - started)
            shapes.add(shape(answer))
    assert len(shapes) == 1, shapes
    medians = [statistics.median(group) for group in times]
    assert telling(times) < 0.8 or max(medians) < 1.1 * min(medians), f"{telling(times):.2f}, medians {medians}"


def test_a_reset_writes_as_much_for_nobody(auth):
    """What the times above rest on, without a clock: both cases write and commit, and wait for the disk."""
    known = auth.sign_up().email
    position = lambda: int(auth.sql("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn")[0][0])

    def written(email):
        before = position()
        request_reset(auth, auth.browser().post, email)
        return position() - before

    # The least of several: the server may write for itself in between.
    known, unknown = (min(written(email()) for _ in range(5)) for email in (lambda: known, unique_email))
    assert unknown > 200 and known > 200, (known, unknown)
    assert auth.sql("""select 1 from verification where value = ''""") == [], "and nothing stays of it"


def test_nothing_tells_who_is_banned_unverified_or_without_password(serve):
    """Whoever does not know the password learns nothing of the account's state."""
    auth = serve(requireEmailVerification=True)
    emails = {name: unique_email() for name in ("usual", "banned", "without", "unverified", "unknown")}
    for name in ("usual", "banned", "without", "unverified"):
        auth.browser().post("/sign-up/email", name="A", email=emails[name], password=PASSWORD)
    auth.sql(f"""update "user" set "emailVerified" = true where email <> '{emails["unverified"]}'""")
    auth.sql(f"""update "user" set banned = true where email = '{emails["banned"]}'""")
    auth.sql(f"""delete from account a using "user" u where a."userId" = u.id and u.email = '{emails["without"]}'""")
    answers = {shape(auth.browser().post("/sign-in/email", email=email, password=WRONG)) for email in emails.values()}
    assert len(answers) == 1 and "INVALID_EMAIL_OR_PASSWORD" in answers.pop()


def test_an_invitation_does_not_tell_who_has_an_account(auth):
    owner = auth.sign_up()
    owner.organization()
    shapes = {shape(owner.post("/organization/invite-member", email=email, role="member")) for email in (auth.sign_up().email, unique_email())}
    assert len(shapes) == 1


# Brute force


@pytest.mark.parametrize("path, fields, most", [
    ("/sign-in/email", {"email": "a@example.com", "password": WRONG}, 3), ("/sign-up/email", {"name": "A", "email": "x", "password": "y"}, 3),
    ("/change-password", {"newPassword": WRONG, "currentPassword": WRONG}, 3), ("/change-email", {"newEmail": "a@example.com"}, 3),
    ("/request-password-reset", {"email": "a@example.com"}, 3), ("/send-verification-email", {"email": "a@example.com"}, 3),
    ("/reset-password", {"newPassword": WRONG, "token": "x"}, 100), ("/verify-password", {"password": WRONG}, 3),
    ("/delete-user", {"password": WRONG}, 3),
])
def test_guessing_is_limited(serve, path, fields, most):
    auth = serve(rateLimit=True)
    address = f"2001:db8:{secrets.randbelow(65535):x}:{secrets.randbelow(65535):x}::1"
    ask = lambda body: auth.browser().post(path, json=body, headers={"x-forwarded-for": address}).status_code
    # What is no valid body counts as well: nobody probes for free.
    assert all(ask(fields if number % 2 else {}) != 429 for number in range(most))
    assert ask(fields) == ask({}) == 429


def test_the_right_password_does_not_pass_the_limit(serve):
    """Else guessing could go on, and only the right guess would be told."""
    auth = serve(rateLimit=True)
    headers = {"x-forwarded-for": "198.51.100.77"}
    email = unique_email()
    auth.browser().post("/sign-up/email", name="A", email=email, password=PASSWORD, headers={"x-forwarded-for": "198.51.100.78"})
    for _ in range(3):
        auth.browser().post("/sign-in/email", email=email, password=WRONG, headers=headers)
    right = auth.browser().post("/sign-in/email", email=email, password=PASSWORD, headers=headers)
    assert right.status_code == 429 and set_cookies(right) == []
    assert auth.browser().post("/sign-in/email", email=email, password=PASSWORD, headers={"x-forwarded-for": "198.51.100.79"}).status_code == 200


@pytest.mark.parametrize("path", ["/SIGN-IN/email", "/sign-in/email/", "//sign-in/email", "/sign-in/./email", "/sign-in/%65mail",
                                  "/x/../sign-in/email", "/sign-in/email;a=b", "/sign-in/email%00", "/sign-in\\email"])
def test_no_spelling_of_a_path_passes_its_limit(serve, path):
    auth = serve(rateLimit=True)
    request = requests.Request("POST", auth.origin, json={"email": "a@example.com", "password": WRONG}).prepare()
    request.url = auth.origin + "/api/auth" + path
    request.headers["x-forwarded-for"] = f"192.0.2.{secrets.randbelow(250)}"
    answer = requests.Session().send(request, timeout=30)
    assert answer.status_code in (400, 404), "it is no other way to the endpoint"


def test_many_guesses_at_once_are_limited_too(serve):
    auth = serve(rateLimit=True)
    headers = {"x-forwarded-for": "203.0.113.201"}
    with ThreadPoolExecutor(40) as pool:
        codes = Counter(pool.map(
            lambda _: auth.browser().post("/sign-in/email", email="a@example.com", password=WRONG, headers=headers).status_code, range(100)))
    assert codes == {401: 3, 429: 97}


# Sessions


def test_every_sign_in_has_a_token_of_its_own(auth):
    """Fixation: nothing a browser brings along becomes the new session."""
    email = auth.sign_up().email
    planted = auth.sign_up()
    tokens = set()
    for headers in ({}, {"Authorization": f"Bearer {planted.token}"}, {"Cookie": f"better-auth.session_token={planted.jar['better-auth.session_token']}"},
                    {"Cookie": "better-auth.session_token=chosen"}, {"Cookie": f"better-auth.session_token={wire(sign('chosen'))}"},
                    {"X-Session-Token": "chosen"}):
        answer = auth.browser().post("/sign-in/email", email=email, password=PASSWORD, token="chosen", sessionToken="chosen", headers=headers)
        tokens.add(answer.json()["token"])
    assert len(tokens) == 6 and not tokens & {"chosen", planted.token}
    assert planted.session()["user"]["id"] == planted.user["id"]


@pytest.mark.parametrize("cookieCache", [None, "compact", "jwt", "jwe"])
def test_what_is_signed_for_one_purpose_is_worth_nothing_for_another(serve, cookieCache):
    auth = serve(**({"cookieCache": cookieCache} if cookieCache else {}), keySessions=True, bearer=True)
    browser = auth.sign_up()
    browser.post("/send-verification-email", email=browser.email)
    browser.post("/request-password-reset", email=browser.email)
    letters = {letter["kind"]: letter["token"] for letter in auth.letters(browser.email)}
    key = browser.post("/api-key/create").json()["key"]
    signed = browser.jar["better-auth.session_token"]
    texts = [wire(sign("true")), wire(sign(f"{browser.token}:")), wire(sign(browser.user["id"])), wire(sign(key)), key, *letters.values(),
             wire(sign(letters["reset-password"])), browser.user["id"], wire(sign("")), signed + "; ", signed.replace("%3D", "")]
    for text in texts:
        other = auth.browser()
        other.jar = {"better-auth.session_token": text}
        if text != signed + "; ":
            assert other.get("/get-session").json() is None, text
        for name in ("session_data", "dont_remember", "admin_session", "session_data.0"):
            other = auth.browser()
            other.jar = {f"better-auth.{name}": text}
            assert other.get("/get-session").json() is None, (name, text)
        assert auth.browser(origin=False).get("/get-session", headers={"Authorization": f"Bearer {text}"}).json() is None or text == signed + "; "
    cache = browser.jar.get("better-auth.session_data")
    for token in [key, signed, browser.token, *([cache] if cache else [])]:
        refused(auth.browser().get("/verify-email", token=token), 401, "INVALID_TOKEN")
        refused(auth.browser().post("/reset-password", newPassword=WRONG, token=token), 400, "INVALID_TOKEN")
    assert browser.session()["user"]["emailVerified"] is False


def test_a_cache_opens_nothing_by_itself(serve):
    """A cache of one user beside the token of another, or none."""
    auth = serve(cookieCache="compact")
    victim, thief = auth.sign_up(), auth.sign_up()
    mixed = auth.browser()
    mixed.jar = {"better-auth.session_token": thief.jar["better-auth.session_token"],
                 "better-auth.session_data": victim.jar["better-auth.session_data"]}
    assert mixed.session()["user"]["id"] == thief.user["id"]
    alone = auth.browser()
    alone.jar = {"better-auth.session_data": victim.jar["better-auth.session_data"]}
    assert alone.session() is None
    found = thief.session()
    forged = compact(found["session"], {**found["user"], "role": "admin"}, 60_000, secret="x" * 32)
    alone.jar = {"better-auth.session_token": thief.jar["better-auth.session_token"], "better-auth.session_data": forged}
    assert alone.session()["user"]["role"] == "user"


@pytest.mark.parametrize("header", ['{"alg":"none"}', '{"alg":"None"}', '{"alg":"HS512"}', '{"alg":"RS256"}', '{"typ":"JWT"}', "[]", "x"])
def test_39_forged_caches_of_the_other_strategy(serve, header):
    auth = serve(cookieCache="jwt")
    browser = auth.sign_up()
    found = browser.session()
    now = int(time.time())
    claims = {"session": found["session"], "user": {**found["user"], "name": "Forged"}, "updatedAt": now * 1000, "version": "1", "iat": now,
              "exp": now + 300}
    for cache in (jwt(claims, header=header), jwt(claims).rsplit(".", 1)[0] + ".", jwt(claims, secret="x" * 32), jwt({**claims, "exp": now - 60}),
                  jwt({**claims, "version": "2"}), jwt({**claims, "session": {**found["session"], "token": "other"}})):
        browser.jar["better-auth.session_data"] = cache
        assert browser.session()["user"]["name"] == "Al", cache
    browser.jar["better-auth.session_data"] = jwt(claims)
    assert browser.session()["user"]["name"] == "Forged", "one that is signed right is the other server's"


def test_everything_expired_is_worth_nothing(serve):
    auth = serve(fresh=True, deletionByMail=True, bearer=True, keySessions=True)
    browser = auth.sign_up()
    browser.post("/send-verification-email", email=browser.email)
    browser.post("/request-password-reset", email=browser.email)
    browser.post("/delete-user")
    new = unique_email()
    browser.post("/change-email", newEmail=new)
    tokens = {letter["kind"]: letter["token"] for letter in auth.letters()}
    key = browser.post("/api-key/create", expiresIn=86400).json()["key"]
    organization = browser.organization()
    invited = auth.sign_up()
    invitation = browser.post("/organization/invite-member", email=invited.email, role="member").json()["id"]
    signed = sign(browser.token)
    assert set(tokens) == {"verify-email", "reset-password", "delete-account", "verify-new-email"}
    auth.advance(604_801)
    assert browser.session() is None and organization
    for token in (browser.token, signed):
        assert auth.browser(origin=False).get("/get-session", headers={"Authorization": f"Bearer {token}"}).json() is None
    refused(auth.browser().get("/verify-email", token=tokens["verify-email"]), 401, "TOKEN_EXPIRED")
    refused(auth.browser().get("/verify-email", token=tokens["verify-new-email"]), 401, "TOKEN_EXPIRED")
    refused(auth.browser().post("/reset-password", newPassword=WRONG, token=tokens["reset-password"]), 400, "INVALID_TOKEN")
    assert auth.browser().get("/reset-password/" + tokens["reset-password"], callbackURL="/r").headers["Location"].endswith("?error=INVALID_TOKEN")
    again = auth.browser()
    again.post("/sign-in/email", email=browser.email, password=PASSWORD)
    refused(again.get("/delete-user/callback", token=tokens["delete-account"]), 404, "INVALID_TOKEN")
    refused(auth.browser(origin=False).get("/get-session", headers={"x-api-key": key}), 401, "KEY_EXPIRED")
    late = auth.browser()
    late.post("/sign-in/email", email=invited.email, password=PASSWORD)
    refused(late.post("/organization/accept-invitation", invitationId=invitation), 400, "INVITATION_NOT_FOUND")


def test_everything_of_the_banned_is_worth_nothing(serve):
    """Sessions, bearer tokens and keys end with a ban, and no letter that is under way brings one back in."""
    auth = serve(bearer=True, keySessions=True, autoSignInAfterVerification=True)
    browser, admin = auth.sign_up(), auth.sign_up()
    auth.sql(f"""update "user" set role = 'admin' where id = '{admin.user["id"]}'""")
    key = browser.post("/api-key/create").json()["key"]
    browser.post("/send-verification-email", email=browser.email)
    browser.post("/request-password-reset", email=browser.email)
    new = unique_email()
    browser.post("/change-email", newEmail=new)
    tokens = {letter["kind"]: letter["token"] for letter in auth.letters(browser.email) + auth.letters(new)}
    admin.post("/admin/ban-user", userId=browser.user["id"])
    stale = auth.browser()
    stale.jar = dict(browser.jar)
    assert stale.session() is None
    program = auth.browser(origin=False)
    assert program.get("/get-session", headers={"Authorization": f"Bearer {browser.token}"}).json() is None
    refused(program.get("/get-session", headers={"x-api-key": key}), 401, "INVALID_REFERENCE_ID_FROM_API_KEY")
    refused(program.post("/update-user", name="B", headers={"x-api-key": key}), 401, "INVALID_REFERENCE_ID_FROM_API_KEY")
    for kind in ("verify-email", "verify-new-email"):
        follower = auth.browser()
        follower.get("/verify-email", token=tokens[kind])
        assert follower.jar == {}, kind
    auth.browser().post("/reset-password", newPassword=WRONG, token=tokens["reset-password"])
    for email in (browser.email, new):
        answer = auth.browser().post("/sign-in/email", email=email, password=WRONG)
        assert answer.status_code in (401, 403) and set_cookies(answer) == []
    assert auth.sql(f"""select 1 from session where "userId" = '{browser.user["id"]}'""") == []


def test_a_deleted_user_leaves_nothing_that_works(serve):
    """GHSA-2vg6-77g8-24mp and its kin: sessions, keys, memberships and letters of someone who is gone."""
    auth = serve(bearer=True, keySessions=True)
    for how in ("self", "administrator"):
        browser, admin = auth.sign_up(), auth.sign_up()
        auth.sql(f"""update "user" set role = 'admin' where id = '{admin.user["id"]}'""")
        second = auth.browser()
        second.post("/sign-in/email", email=browser.email, password=PASSWORD)
        key = browser.post("/api-key/create").json()["key"]
        browser.post("/request-password-reset", email=browser.email)
        browser.post("/send-verification-email", email=browser.email)
        tokens = {letter["kind"]: letter["token"] for letter in auth.letters(browser.email)}
        assert auth.verify_key(key)["valid"]
        if how == "self":
            assert browser.post("/delete-user", password=PASSWORD).status_code == 200
        else:
            assert admin.post("/admin/remove-user", userId=browser.user["id"]).status_code == 200
        assert second.session() is None and browser.session() is None
        program = auth.browser(origin=False)
        assert program.get("/get-session", headers={"Authorization": f"Bearer {browser.token}"}).json() is None
        assert program.get("/get-session", headers={"x-api-key": key}).status_code == 401
        assert auth.verify_key(key)["valid"] is False, "its keys go with it"
        refused(auth.browser().get("/verify-email", token=tokens["verify-email"]), 401, "USER_NOT_FOUND")
        refused(auth.browser().post("/reset-password", newPassword=WRONG, token=tokens["reset-password"]), 400, "USER_NOT_FOUND")
        refused(auth.browser().post("/sign-in/email", email=browser.email, password=PASSWORD), 401, "INVALID_EMAIL_OR_PASSWORD")
        # The address is free again, and what was its former owner's is not the new one's.
        heir = auth.sign_up(browser.email)
        assert heir.user["id"] != browser.user["id"] and heir.get("/api-key/list").json()["total"] == 0


# Replays and races


def test_a_reset_uses_up_every_link_of_the_user(auth):
    browser = auth.sign_up()
    for _ in range(3):
        auth.browser().post("/request-password-reset", email=browser.email)
    other = auth.sign_up()
    auth.browser().post("/request-password-reset", email=other.email)
    tokens = [letter["token"] for letter in auth.letters(browser.email, "reset-password")]
    assert len(set(tokens)) == 3
    assert auth.browser().post("/reset-password", newPassword=WRONG, token=tokens[1]).status_code == 200
    for token in tokens:
        refused(auth.browser().post("/reset-password", newPassword=PASSWORD, token=token), 400, "INVALID_TOKEN")
    theirs = auth.letters(other.email, "reset-password")[0]["token"]
    assert auth.browser().post("/reset-password", newPassword=WRONG, token=theirs).status_code == 200


def test_reset_tokens_match_as_a_whole(auth):
    browser = auth.sign_up()
    auth.browser().post("/request-password-reset", email=browser.email)
    token = auth.letters(browser.email, "reset-password")[0]["token"]
    for guess in (token[:-1], token + "x", token.swapcase(), "%", "_" * 24, token + "\u0000", " " + token, "reset-password:" + token, ""):
        answer = auth.browser().post("/reset-password", newPassword=WRONG, token=guess)
        assert answer.status_code == 400, guess
    assert auth.browser().post("/reset-password", newPassword=WRONG, token=token).status_code == 200


def race(calls):
    """A hundred calls at the same moment."""
    with ThreadPoolExecutor(100) as pool:
        return list(pool.map(lambda call: call(), calls))


def asking(auth, method, path, cookie=None, **fields):
    """A call with a connection of its own and a cookie that no other answer changes."""
    url = f"{auth.origin}/api/auth{path}"
    headers = {"Origin": auth.origin, **({"Cookie": cookie} if cookie else {})}
    body = {"json": fields} if method == "POST" else {"params": fields}
    return lambda: requests.request(method, url, headers=headers, timeout=120, allow_redirects=False, **body)


def cookie_of(browser):
    return f"better-auth.session_token={browser.jar['better-auth.session_token']}"


def test_a_hundred_resets_with_one_token(auth):
    browser = auth.sign_up()
    auth.browser().post("/request-password-reset", email=browser.email)
    token = auth.letters(browser.email, "reset-password")[0]["token"]
    passwords = [f"password{number:04}" for number in range(100)]
    answers = race([asking(auth, "POST", "/reset-password", newPassword=password, token=token) for password in passwords])
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: 99}
    winner = passwords[next(index for index, answer in enumerate(answers) if answer.status_code == 200)]
    assert auth.browser().post("/sign-in/email", email=browser.email, password=winner).status_code == 200


def test_a_hundred_verifications_with_one_link(serve):
    """All are told that the address is verified, and exactly one is signed in."""
    auth = serve(requireEmailVerification=True, autoSignInAfterVerification=True)
    email = unique_email()
    auth.browser().post("/sign-up/email", name="A", email=email, password=PASSWORD)
    token = auth.letters(email, "verify-email")[0]["token"]
    answers = race([asking(auth, "GET", "/verify-email", token=token)] * 100)
    assert {answer.status_code for answer in answers} == {200}
    assert sum(bool(set_cookies(answer)) for answer in answers) == 1
    assert auth.sql(f"""select count(*) from session s join "user" u on u.id = s."userId" where u.email = '{email}'""") == [["1"]]


def test_a_hundred_changes_of_address_with_one_link(auth):
    browser = auth.sign_up()
    new = unique_email()
    browser.post("/change-email", newEmail=new)
    token = auth.letters(new, "verify-new-email")[0]["token"]
    answers = race([asking(auth, "GET", "/verify-email", token=token)] * 100)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: 99}
    assert sum(bool(set_cookies(answer)) for answer in answers) == 1


def test_a_hundred_deletions_with_one_link(serve):
    auth = serve(deletionByMail=True, fresh=True)
    browser = auth.sign_up()
    browser.post("/delete-user")
    token = auth.letters(browser.email, "delete-account")[0]["token"]
    answers = race([asking(auth, "GET", "/delete-user/callback", cookie_of(browser), token=token)] * 100)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 404: 99}
    assert [one["kind"] for one in auth.events()].count("userDeleted") == 1


@pytest.mark.parametrize("path, winner", [("accept", "accepted"), ("reject", "rejected")])
def test_a_hundred_answers_to_one_invitation(auth, path, winner):
    owner, invited = auth.sign_up(), auth.sign_up()
    owner.organization()
    made = owner.post("/organization/invite-member", email=invited.email, role="member").json()
    answers = race([asking(auth, "POST", f"/organization/{path}-invitation", cookie_of(invited), invitationId=made["id"])] * 100)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: 99}
    assert auth.sql(f"""select status from invitation where id = '{made["id"]}'""") == [[winner]]
    members = auth.sql(f"""select count(*) from member where "userId" = '{invited.user["id"]}'""")
    assert members == [["1" if path == "accept" else "0"]]


def test_accepting_rejecting_and_canceling_at_once_has_one_outcome(auth):
    owner, invited = auth.sign_up(), auth.sign_up()
    owner.organization()
    made = owner.post("/organization/invite-member", email=invited.email, role="member").json()
    calls = [asking(auth, "POST", f"/organization/{path}-invitation", cookie_of(who), invitationId=made["id"])
             for path, who in (("accept", invited), ("reject", invited), ("cancel", owner))] * 33
    assert Counter(answer.status_code for answer in race(calls)) == {200: 1, 400: 98}


def test_a_hundred_sign_ups_with_one_address(auth):
    email = unique_email()
    answers = race([asking(auth, "POST", "/sign-up/email", name="A", email=email, password=PASSWORD)] * 100)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 422: 99}


def test_a_hundred_organizations_with_one_slug(auth):
    browser = auth.sign_up()
    slug = f"org-{secrets.token_hex(6)}"
    answers = race([asking(auth, "POST", "/organization/create", cookie_of(browser), name="A", slug=slug)] * 100)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: 99}
    assert len(browser.get("/organization/list").json()) == 1


# Addresses


STRANGE = [
    "аdmin@example.com", "admin@exаmple.com", "admin@еxample.com", "ａdmin@example.com", "admin@ｅxample.com", "admin@example.com\u200b", "a\u00addmin@example.com",
    "admın@example.com", "admİn@example.com", "\u202eadmin@example.com", "admin@example。com", "a@b", "a b@example.com", "a@example.com\r\nBcc: x@example.com",
    "a@example.com\nx", "a@@example.com", "a@example..com", ".a@example.com", "a.@example.com", "a..b@example.com", "a\u0000@example.com", "a@example.com ",
    " a@example.com", "<a@example.com>", "A <a@example.com>", "a@example.com,b@example.com", "a@example.com;b@example.com", '"a b"@example.com', "a@[127.0.0.1]",
    "a@127.0.0.1", "a%b@example.com", "a!b@example.com", "a@exam_ple.com", "a@example.c", "a@-example.com", "a@example.com.", "", "@example.com", "a@",
]


@pytest.mark.parametrize("email", STRANGE)
def test_addresses_that_look_like_others_are_none(auth, email):
    """Homographs, invisible characters, line breaks, lists: refused wherever an address is taken."""
    browser = auth.strange = getattr(auth, "strange", None) or World(auth)
    owner, admin = browser.browsers["owner"], browser.browsers["superadmin"]
    for answer in (
        auth.browser().post("/sign-up/email", name="A", email=email, password=PASSWORD), auth.browser().post("/request-password-reset", email=email),
        auth.browser().post("/send-verification-email", email=email), owner.post("/change-email", newEmail=email),
    ):
        refused(answer, 400, "VALIDATION_ERROR")
    for answer in (
        auth.browser().post("/sign-in/email", email=email, password=PASSWORD), owner.post("/organization/invite-member", email=email, role="member"),
        admin.post("/admin/create-user", name="A", email=email), admin.post("/admin/update-user", userId=browser.users["target"], data={"email": email}),
    ):
        refused(answer, 400, "INVALID_EMAIL")


def test_one_address_in_other_letters_is_the_same(auth):
    email = unique_email()
    browser = auth.sign_up(email)
    for other in (email.upper(), email.title(), email.swapcase()):
        refused(auth.browser().post("/sign-up/email", name="A", email=other, password=PASSWORD), 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")
        assert auth.browser().post("/sign-in/email", email=other, password=PASSWORD).json()["user"]["id"] == browser.user["id"]


# Mass assignment


TEXTS = ["id", "userId", "accountId", "providerId", "referenceId", "token", "role", "banReason", "impersonatedBy", "activeOrganizationId",
         "activeTeamId", "inviterId", "status", "key", "start", "permissions", "memberId", "ipAddress", "userAgent", "membershipKey", "issuer",
         "organizationId", "teamId", "creatorId", "ownerId", "configId", "email", "slug", "metadata", "password", "image", "logo", "prefix", "scope"]
DATES = ["createdAt", "updatedAt", "expiresAt", "banExpires", "lastRequest", "lastRefillAt"]
NUMBERS = ["remaining", "requestCount", "memberCount", "rateLimitMax", "rateLimitTimeWindow", "refillAmount", "refillInterval"]
FLAGS = ["emailVerified", "banned", "twoFactorEnabled", "enabled", "rateLimitEnabled"]
CANARIES = {**{name: "canary" for name in TEXTS}, **{name: "2001-01-01T00:00:00.000Z" for name in DATES},
            **{name: 987654 for name in NUMBERS}, **{name: True for name in FLAGS}}
# What a caller may say there, beyond the example's members.
MAY = {
    "/sign-up/email": {"image"}, "/update-user": {"image"}, "/organization/create": {"logo", "metadata"},
    "/organization/update": {"slug", "logo", "metadata"}, "/api-key/create": {"prefix", "metadata"}, "/api-key/update": {"enabled", "metadata"},
    "/admin/create-user": {"role", "emailVerified", "banned", "banReason", "banExpires", "image"}, "/organization/invite-member": {"teamId"},
    "/admin/ban-user": {"banReason"}, "/admin/update-user": {"role", "email", "emailVerified", "banned", "banReason", "banExpires", "image"},
}
# Each call derives a key, or ends the session: the fields that matter most are enough.
COSTLY = {"/sign-up/email", "/sign-in/email", "/verify-password", "/change-password", "/sign-out", "/delete-user", "/revoke-sessions",
          "/admin/create-user", "/admin/set-user-password"}
ALL_TABLES = ["user", "session", "account", "verification", "organization", "member", "invitation", "team", "teamMember", "organizationRole", "apikey"]


def traces(auth):
    """Rows in which a canary is, and flags of users that nobody should have set."""
    texts = " union all ".join(
        f"""select '{table}: ' || t::text from "{table}" t where t::text ~ 'canary|2001-01-01|987654'""" for table in ALL_TABLES)
    return auth.sql(texts) + auth.sql("""select 'flag: ' || u::text from "user" u where u.name like 'mass-%' and
                                         (u."emailVerified" or u.banned or u."twoFactorEnabled" or u.role <> 'user')""")


@pytest.mark.parametrize("path", sorted(POSTS))
def test_protected_fields_are_not_the_callers(serve, path):
    """Each protected field beside an input that is in order, at the top and in `data`: it is nowhere stored, whatever the answer is."""
    auth = serve(**EVERYTHING)
    may = set(POSTS[path]) | set(POSTS[path].get("data", {})) | MAY.get(path, set())
    world = World(auth)
    name = "superadmin" if path.startswith("/admin/") else "owner"
    nested = "data" in POSTS[path] or path == "/admin/create-user"
    for field, value in CANARIES.items():
        if field in may:
            continue
        fields = filled(POSTS[path], world.names)
        if path == "/sign-up/email":
            fields = {**fields, "name": f"mass-{secrets.token_hex(4)}"}
        bodies = [{**fields, field: value}] + ([{**fields, "data": {**fields.get("data", {}), field: value}}] if nested else [])
        if path in COSTLY and field not in ("role", "id", "emailVerified", "token", "userId", "createdAt"):
            continue
        for body in bodies:
            answer = world.browsers[name].post(path, json=body)
            assert answer.status_code < 500, f"{field}: {answer.text}"
            assert '"canary"' not in answer.text or answer.status_code >= 400, f"{field}: {answer.text}"
        if not world.browsers[name].jar:
            world = World(auth)
    assert traces(auth) == []


def test_mass_assignment_by_a_form(auth):
    form = urllib.parse.urlencode({"name": "A", "email": unique_email(), "password": PASSWORD, "role": "admin"})
    answer = auth.browser().request("POST", "/sign-up/email", headers={"Content-Type": "application/x-www-form-urlencoded"}, data=form)
    refused(answer, 400, "FIELD_NOT_ALLOWED")


def test_a_token_of_another_secret_is_nobodys(auth):
    """Every kind of secret text, made with another key."""
    browser = auth.sign_up()
    for secret in ("x" * 40, "", SECRET + " ", SECRET[:-1], SECRET.upper()):
        other = auth.browser()
        other.jar = {"better-auth.session_token": wire(sign(browser.token, secret))}
        assert other.session() is None
        now = int(time.time())
        refused(auth.browser().get("/verify-email", token=jwt({"email": browser.email, "iat": now, "exp": now + 60}, secret=secret)), 401, "INVALID_TOKEN")


def test_answers_hold_no_secrets(auth):
    """Nothing a client may ask for shows a hash, a secret, or another user's token."""
    world = World(auth)
    auth.sql(f"""update account set password = 'feed:beef', "accessToken" = 'hidden-a', "refreshToken" = 'hidden-r', "idToken" = 'hidden-i'
                 where "userId" in ('{world.users["owner"]}', '{world.users["target"]}')""")
    owner, admin = world.browsers["owner"], world.browsers["superadmin"]
    texts = [browser.get(path, **query).text for browser, path, query in (
        (owner, "/get-session", {}), (owner, "/list-accounts", {}), (owner, "/organization/get-full-organization", {}),
        (owner, "/organization/list-members", {}), (owner, "/api-key/list", {}), (admin, "/admin/list-users", {}),
        (admin, "/admin/get-user", {"id": world.users["target"]}))]
    texts.append(admin.post("/admin/set-role", userId=world.users["target"], role="user").text)
    for text in texts:
        assert text and "feed:beef" not in text and "hidden-" not in text and SECRET not in text
        assert world.browsers["target"].token not in text
    assert "password" not in json.dumps(texts)


def test_errors_hold_nothing_of_the_inside(auth):
    for answer in (
        auth.browser().post("/sign-in/email", email="a\u0000@example.com", password="x"), auth.browser().get("/verify-email", token="a.b.c"),
        auth.browser().get("/reset-password/%00", callbackURL="/x"), auth.sign_up().get("/organization/list-members", organizationId="\x00"),
    ):
        for word in ("Postgres", "SQL", "swift", "Sources/", "stack", "22021"):
            assert word not in answer.text, answer.text


def test_tokens_are_of_full_strength(auth):
    """No two alike among many, every letter at every place: a token of 32 letters and digits has 190 bits."""
    owner = auth.sign_up()
    keys = [owner.post("/api-key/create").json()["key"] for _ in range(40)]
    assert len({key[:8] for key in keys}) == 40 and {letter for key in keys for letter in key} >= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    for _ in range(30):
        auth.browser().post("/request-password-reset", email=owner.email)
    tokens = [letter["token"] for letter in auth.letters(owner.email, "reset-password")]
    assert len({token[:6] for token in tokens}) == 30 and all(len(token) == 24 for token in tokens)
    assert base64.b64encode(b"".join(token.encode() for token in tokens))
