"""What proves a user's identity, and what ends with it: sessions, mailed tokens, impersonations; also when both happen at one moment."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from .driver import refused, unique_email
from .test_admin import administrator

SAFE = {"revokesSessionsOnReset": True, "revokesOtherSessionsOnChange": True, "bearer": True}
WRONG, NEW = "another password", "password456"


@pytest.fixture()
def safe(serve):
    """A server with Mainstay's choices."""
    return serve(**SAFE)


def verified(auth):
    browser = auth.sign_up()
    auth.verify(browser)
    return browser


def signed_in(auth, email, password="password123"):
    browser = auth.browser()
    answer = browser.post("/sign-in/email", email=email, password=password)
    assert answer.status_code == 200, answer.text
    browser.user, browser.token, browser.email = answer.json()["user"], answer.json()["token"], email
    return browser


def reset_link(auth, email):
    auth.browser().post("/request-password-reset", email=email)
    return auth.letters(email, "reset-password")[-1]["token"]


def change_link(auth, browser, new):
    """The token that asks at the old address of a verified user."""
    assert browser.post("/change-email", newEmail=new).status_code == 200
    return auth.letters(browser.email, "confirm-email-change")[-1]["token"]


# Sessions


def test_a_reset_ends_every_session(safe):
    owner = verified(safe)
    others = [signed_in(safe, owner.email) for _ in range(3)]
    bearer = {"Authorization": f"Bearer {others[0].token}"}
    assert safe.browser().get("/get-session", headers=bearer).json()["user"]["id"] == owner.user["id"]
    token = reset_link(safe, owner.email)
    assert safe.browser().post("/reset-password", newPassword=NEW, token=token).status_code == 200
    assert [browser.session() for browser in [owner, *others]] == [None] * 4
    assert safe.browser().get("/get-session", headers=bearer).json() is None


def test_a_password_set_by_an_administrator_ends_every_session(safe):
    admin, owner = administrator(safe), verified(safe)
    other = signed_in(safe, owner.email)
    assert admin.post("/admin/set-user-password", userId=owner.user["id"], newPassword=NEW).status_code == 200
    assert owner.session() is None and other.session() is None and admin.session()


@pytest.mark.parametrize("said, ends", [(None, True), (True, True), (False, False)])
def test_a_change_ends_the_others_unless_told_not_to(safe, said, ends):
    owner = verified(safe)
    other = signed_in(safe, owner.email)
    fields = {} if said is None else {"revokeOtherSessions": said}
    assert owner.post("/change-password", currentPassword="password123", newPassword=NEW, **fields).status_code == 200
    assert owner.session()["user"]["id"] == owner.user["id"]
    assert (other.session() is None) == ends


def test_a_squatter_loses_what_was_attached(safe):
    """Somebody signs up with an address of another, who takes the account over through the mailbox."""
    squatter = safe.sign_up()
    key = squatter.post("/api-key/create", name="mine").json()["key"]
    safe.sql(f"""insert into account (id, "accountId", "providerId", "userId", "updatedAt")
        values ('{squatter.user["id"]}-linked', 'x', 'github', '{squatter.user["id"]}', now())""")
    token = reset_link(safe, squatter.email)
    assert safe.browser().post("/reset-password", newPassword=NEW, token=token).status_code == 200
    assert squatter.session() is None
    assert safe.verify_key(key)["valid"] is False
    assert safe.sql(f"""select "providerId" from account where "userId" = '{squatter.user["id"]}'""") == [["credential"]]
    refused(safe.browser().post("/sign-in/email", email=squatter.email, password="password123"), 401, "INVALID_EMAIL_OR_PASSWORD")
    owner = signed_in(safe, squatter.email, NEW)
    assert owner.session()["user"]["emailVerified"] is True
    # Of the owner, who is verified now, the next reset takes nothing but the sessions.
    mine = owner.post("/api-key/create", name="mine").json()["key"]
    safe.browser().post("/reset-password", newPassword="password789", token=reset_link(safe, owner.email))
    assert safe.verify_key(mine)["valid"] is True


# Mailed tokens


def test_a_confirmation_is_good_once(safe):
    owner, new = verified(safe), unique_email()
    token = change_link(safe, owner, new)
    assert safe.browser().get("/verify-email", token=token).status_code == 200
    for _ in range(5):
        refused(safe.browser().get("/verify-email", token=token), 401, "INVALID_TOKEN")
    assert len(safe.letters(new, "verify-new-email")) == 1


def test_a_hundred_uses_of_a_confirmation_send_one_mail(safe):
    owner, new = verified(safe), unique_email()
    token = change_link(safe, owner, new)
    with ThreadPoolExecutor(25) as pool:
        codes = list(pool.map(lambda _: safe.browser().get("/verify-email", token=token).status_code, range(100)))
    assert codes.count(200) == 1 and len(safe.letters(new, "verify-new-email")) == 1


def test_an_old_link_does_not_follow_its_address_to_another_user(safe):
    """Mallory keeps a link of an address that is somebody else's by now."""
    mallory, victims, evil, aside = verified(safe), None, unique_email(), unique_email()
    address = mallory.email
    safe.browser().get("/verify-email", token=change_link(safe, mallory, evil))
    old = safe.letters(evil, "verify-new-email")[0]["token"]
    safe.browser().get("/verify-email", token=change_link(safe, mallory, aside))
    freed = safe.letters(aside, "verify-new-email")[0]["token"]
    assert safe.browser().get("/verify-email", token=freed).json()["user"]["email"] == aside
    victims = safe.sign_up(email=address)
    thief = safe.browser()
    refused(thief.get("/verify-email", token=old), 401, "INVALID_TOKEN")
    assert thief.session() is None and victims.session()["user"]["email"] == address


def ends_by_reset(auth, owner, admin):
    assert auth.browser().post("/reset-password", newPassword=NEW, token=reset_link(auth, owner.email)).status_code == 200


def ends_by_change(auth, owner, admin):
    assert owner.post("/change-password", currentPassword="password123", newPassword=NEW).status_code == 200


def ends_by_revocation(auth, owner, admin):
    assert owner.post("/revoke-sessions").status_code == 200


def ends_by_administrators_password(auth, owner, admin):
    assert admin.post("/admin/set-user-password", userId=owner.user["id"], newPassword=NEW).status_code == 200


def ends_by_administrators_revocation(auth, owner, admin):
    assert admin.post("/admin/revoke-user-sessions", userId=owner.user["id"]).status_code == 200


def ends_by_administrators_address(auth, owner, admin):
    assert admin.post("/admin/update-user", userId=owner.user["id"], data={"email": unique_email()}).status_code == 200


def ends_by_ban(auth, owner, admin):
    assert admin.post("/admin/ban-user", userId=owner.user["id"]).status_code == 200


@pytest.mark.parametrize("end", [ends_by_reset, ends_by_change, ends_by_revocation, ends_by_administrators_password,
                                 ends_by_administrators_revocation, ends_by_administrators_address, ends_by_ban])
def test_what_changes_a_credential_ends_the_mailed_tokens(safe, end):
    owner, admin, new = verified(safe), administrator(safe), unique_email()
    confirmation = change_link(safe, owner, new)
    reset = reset_link(safe, owner.email)
    end(safe, owner, admin)
    refused(safe.browser().get("/verify-email", token=confirmation), 401, "INVALID_TOKEN")
    assert safe.letters(new) == []
    refused(safe.browser().post("/reset-password", newPassword="password789", token=reset), 400, "INVALID_TOKEN")


def test_a_reset_link_of_the_old_mailbox_does_not_outlive_the_change(safe):
    owner, new = verified(safe), unique_email()
    reset = reset_link(safe, owner.email)
    safe.browser().get("/verify-email", token=change_link(safe, owner, new))
    assert safe.browser().get("/verify-email", token=safe.letters(new, "verify-new-email")[0]["token"]).status_code == 200
    refused(safe.browser().post("/reset-password", newPassword=NEW, token=reset), 400, "INVALID_TOKEN")


def test_an_address_that_an_administrator_sets_is_not_verified(safe):
    admin, owner = administrator(safe), verified(safe)
    changed = admin.post("/admin/update-user", userId=owner.user["id"], data={"email": unique_email()}).json()
    assert changed["emailVerified"] is False
    changed = admin.post("/admin/update-user", userId=owner.user["id"], data={"email": unique_email(), "emailVerified": True}).json()
    assert changed["emailVerified"] is True
    changed = admin.post("/admin/update-user", userId=owner.user["id"], data={"email": changed["email"], "name": "Al"}).json()
    assert changed["emailVerified"] is True, "the same address stays proved"


# Bans and impersonation


def test_a_banned_user_is_acted_for_by_nobody(safe):
    admin, user = administrator(safe), verified(safe)
    assert admin.post("/admin/ban-user", userId=user.user["id"]).status_code == 200
    refused(admin.post("/admin/impersonate-user", userId=user.user["id"]), 403, "BANNED_USER")
    assert admin.session()["user"]["id"] == admin.user["id"]
    # A session that was stored all the same, by a server without this check, opens nothing.
    safe.sql(f"""insert into session (id, token, "userId", "expiresAt", "updatedAt")
        values ('{user.user["id"]}-kept', '{user.token}', '{user.user["id"]}', now() + interval '1 day', now())""")
    assert safe.browser().get("/get-session", headers={"Authorization": f"Bearer {user.token}"}).json() is None


def test_a_ban_ends_what_the_administrator_began_as_another(safe):
    admin, other, user = administrator(safe), administrator(safe), verified(safe)
    admin.post("/admin/impersonate-user", userId=user.user["id"])
    assert admin.session()["user"]["id"] == user.user["id"]
    assert other.post("/admin/ban-user", userId=admin.user["id"]).status_code == 200
    assert admin.session() is None


def test_signing_out_while_impersonating_leaves_nothing_usable(safe):
    admin, user = administrator(safe), verified(safe)
    own = dict(admin.jar)
    admin.post("/admin/impersonate-user", userId=user.user["id"])
    kept = dict(admin.jar)
    assert admin.post("/sign-out").json()["success"] is True
    assert not admin.jar, "no cookie is left"
    for jar in (own, kept):
        browser = safe.browser()
        browser.jar = dict(jar)
        assert browser.session() is None
        assert browser.post("/admin/stop-impersonating").status_code == 401


def test_an_impersonation_by_bearer_ends_cleanly(safe):
    admin, user = administrator(safe), verified(safe)
    token = admin.post("/admin/impersonate-user", userId=user.user["id"]).json()["session"]["token"]
    bearer = {"Authorization": f"Bearer {token}", "Cookie": None}
    answer = safe.browser().post("/admin/stop-impersonating", headers=bearer)
    assert answer.status_code == 401, answer.text
    assert safe.browser().get("/get-session", headers=bearer).json() is None


def test_an_impersonation_ends_after_the_administrators_own_session(safe):
    admin, user = administrator(safe), verified(safe)
    admin.post("/admin/impersonate-user", userId=user.user["id"])
    safe.sql(f"""delete from session where token = '{admin.token}'""")
    assert admin.post("/admin/stop-impersonating").status_code == 401
    assert admin.session() is None and not admin.jar


# Races


def together(*calls):
    """All at one moment; their answers in order."""
    barrier, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def run(number, call):
        barrier.wait()
        answers[number] = call()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.parametrize("number", range(6))
def test_a_sign_in_with_the_old_password_does_not_outlive_the_change(safe, number):
    owner = verified(safe)
    thieves = [safe.browser() for _ in range(3)]
    answers = together(
        lambda: owner.post("/change-password", currentPassword="password123", newPassword=NEW, revokeOtherSessions=True),
        *(lambda thief=thief: thief.post("/sign-in/email", email=owner.email, password="password123") for thief in thieves))
    assert answers[0].status_code == 200, answers[0].text
    assert {answer.status_code for answer in answers[1:]} <= {200, 401}, [answer.text for answer in answers]
    assert [thief.session() for thief in thieves] == [None] * 3
    assert owner.session()["user"]["id"] == owner.user["id"]


@pytest.mark.parametrize("number", range(6))
def test_no_session_outlives_a_ban(safe, number):
    admin, owner = administrator(safe), verified(safe)
    thief = safe.browser()
    answers = together(
        lambda: admin.post("/admin/ban-user", userId=owner.user["id"]),
        lambda: thief.post("/sign-in/email", email=owner.email, password="password123"),
        lambda: owner.post("/change-password", currentPassword="password123", newPassword=NEW, revokeOtherSessions=True))
    assert answers[0].status_code == 200
    assert {answer.status_code for answer in answers} <= {200, 401, 403}, [answer.text for answer in answers]
    assert thief.session() is None and owner.session() is None
    assert safe.sql(f"""select 1 from session where "userId" = '{owner.user["id"]}'""") == []


@pytest.mark.parametrize("number", range(8))
def test_a_change_of_one_column_undoes_no_other(safe, number):
    admin, second, user = administrator(safe), administrator(safe), verified(safe)
    safe.sql(f"""update "user" set role = 'admin' where id = '{user.user["id"]}'""")
    together(
        lambda: admin.post("/admin/update-user", userId=user.user["id"], data={"name": f"New {number}"}),
        lambda: second.post("/admin/ban-user", userId=user.user["id"]),
        lambda: second.post("/admin/set-role", userId=user.user["id"], role="user"))
    assert safe.sql(f"""select name, banned, role from "user" where id = '{user.user["id"]}'""") == [[f"New {number}", "t", "user"]]


@pytest.mark.parametrize("number", range(3))
def test_of_two_changes_from_one_password_one_succeeds(safe, number):
    owner = verified(safe)
    other = signed_in(safe, owner.email)
    answers = together(*(
        lambda browser=browser, new=new: browser.post("/change-password", currentPassword="password123", newPassword=new, revokeOtherSessions=False)
        for browser, new in ((owner, NEW), (other, "password789"))))
    assert sorted(answer.status_code for answer in answers) == [200, 400], [answer.text for answer in answers]


@pytest.mark.parametrize("path, fields", [("/verify-password", {"password": WRONG}), ("/delete-user", {"password": WRONG})])
def test_guesses_by_a_stolen_session_are_limited(serve, path, fields):
    auth = serve(rateLimit=True)
    owner = verified(auth)
    headers = {"x-forwarded-for": "198.51.100.77"}
    codes = [owner.post(path, headers=headers, **fields).status_code for _ in range(8)]
    assert codes[:3] == [400] * 3 and codes[3:] == [429] * 5
