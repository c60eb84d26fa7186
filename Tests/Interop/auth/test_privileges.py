"""Who may do what: each endpoint of organizations, API keys and administration, called by each kind of caller."""

import pytest

from .driver import refused, unique_email
from .endpoints import EVERYTHING, GETS, POSTS, call, filled
from .test_sessions import sign, wire
from .world import ROLES, World, fingerprint

SIGNED_IN = {"stranger", "member", "admin", "owner", "custom", "superadmin", "impersonated", "removed"}
MEMBERS = {"member", "admin", "owner", "custom", "impersonated"}
MANAGERS = {"owner", "admin"}

# Method and path, what differs from the input in the list, and who may. Everybody else is refused and has changed nothing.
TABLE = [
    ("POST /organization/create", {}, SIGNED_IN),
    ("POST /organization/check-slug", {}, SIGNED_IN),
    ("POST /organization/update", {}, MANAGERS),
    ("POST /organization/delete", {}, {"owner"}),
    ("GET /organization/list", {}, SIGNED_IN),
    ("GET /organization/get-organization", {}, MEMBERS),
    ("GET /organization/get-full-organization", {}, MEMBERS),
    ("POST /organization/set-active", {}, MEMBERS),
    ("POST /organization/has-permission", {}, MEMBERS),
    ("POST /organization/invite-member", {}, {"owner", "admin", "custom"}),
    ("POST /organization/invite-member", {"role": "admin"}, {"owner", "admin", "custom"}),
    ("POST /organization/invite-member", {"role": "owner"}, {"owner"}),
    ("POST /organization/invite-member", {"role": ["member", "owner"]}, {"owner"}),
    ("POST /organization/invite-member", {"role": "member,owner"}, {"owner"}),
    ("POST /organization/accept-invitation", {}, set()),
    ("POST /organization/reject-invitation", {}, set()),
    ("GET /organization/get-invitation", {}, set()),
    ("POST /organization/cancel-invitation", {}, {"owner", "admin", "custom"}),
    ("GET /organization/list-invitations", {}, MEMBERS),
    ("GET /organization/list-user-invitations", {}, SIGNED_IN),
    ("POST /organization/remove-member", {}, MANAGERS),
    ("POST /organization/remove-member", {"memberIdOrEmail": "SECOND_MEMBER"}, {"owner"}),
    ("POST /organization/update-member-role", {}, MANAGERS),
    ("POST /organization/update-member-role", {"role": "owner"}, {"owner"}),
    ("POST /organization/update-member-role", {"role": ["member", "owner"]}, {"owner"}),
    ("POST /organization/update-member-role", {"role": "member, owner"}, {"owner"}),
    ("POST /organization/update-member-role", {"memberId": "SECOND_MEMBER"}, {"owner"}),
    ("POST /organization/leave", {}, MEMBERS),
    ("GET /organization/get-active-member", {}, MEMBERS | {"stranger"}),
    ("GET /organization/get-active-member-role", {}, MEMBERS),
    ("GET /organization/list-members", {}, MEMBERS),
    ("POST /organization/create-team", {}, MANAGERS),
    ("GET /organization/list-teams", {}, MEMBERS),
    ("POST /organization/update-team", {}, MANAGERS),
    ("POST /organization/remove-team", {}, MANAGERS),
    ("POST /organization/set-active-team", {}, {"member", "impersonated"}),
    ("GET /organization/list-user-teams", {}, MANAGERS),
    ("GET /organization/list-team-members", {}, {"member", "impersonated"}),
    ("POST /organization/add-team-member", {}, MANAGERS),
    ("POST /organization/remove-team-member", {}, MANAGERS),
    ("POST /organization/create-role", {}, MANAGERS),
    ("POST /organization/create-role", {"permission": {"organization": ["delete"]}}, {"owner"}),
    ("POST /organization/create-role", {"permission": {"project": ["delete"]}}, set()),
    ("POST /organization/update-role", {}, MANAGERS),
    ("POST /organization/update-role", {"data": {"permission": {"organization": ["delete"]}}}, {"owner"}),
    ("POST /organization/update-role", {"data": {"roleName": "owner"}}, set()),
    ("POST /organization/delete-role", {}, MANAGERS),
    ("GET /organization/list-roles", {}, MEMBERS - {"custom"}),
    ("GET /organization/get-role", {}, MEMBERS - {"custom"}),
    ("POST /api-key/create", {}, SIGNED_IN),
    ("GET /api-key/list", {}, SIGNED_IN),
    ("GET /api-key/get", {}, {"owner"}),
    ("POST /api-key/update", {}, {"owner"}),
    ("POST /api-key/rotate", {}, {"owner"}),
    ("POST /api-key/delete", {}, {"owner"}),
    ("POST /api-key/create", {"configId": "organization", "organizationId": "ORGANIZATION"}, {"owner"}),
    ("GET /api-key/list", {"configId": "organization", "organizationId": "ORGANIZATION"}, {"owner"}),
    ("GET /api-key/get", {"configId": "organization", "id": "ORGANIZATION_KEY"}, {"owner"}),
    ("POST /api-key/update", {"configId": "organization", "keyId": "ORGANIZATION_KEY"}, {"owner"}),
    ("POST /api-key/rotate", {"configId": "organization", "keyId": "ORGANIZATION_KEY"}, {"owner"}),
    ("POST /api-key/delete", {"configId": "organization", "keyId": "ORGANIZATION_KEY"}, {"owner"}),
    # The kind of a key is no way around its owner.
    ("GET /api-key/get", {"id": "ORGANIZATION_KEY"}, set()),
    ("POST /api-key/update", {"keyId": "ORGANIZATION_KEY"}, set()),
    ("POST /api-key/rotate", {"keyId": "ORGANIZATION_KEY"}, set()),
    ("POST /api-key/delete", {"configId": "organization"}, set()),
    *((f"{method} {path}", {}, {"superadmin"})
      for method, paths in (("POST", POSTS), ("GET", GETS)) for path in paths
      if path.startswith("/admin/") and path not in ("/admin/stop-impersonating", "/admin/has-permission")),
    ("POST /admin/create-user", {"role": "admin"}, {"superadmin"}),
    ("POST /admin/create-user", {"data": {"role": "admin"}}, {"superadmin"}),
    ("POST /admin/update-user", {"data": {"role": "admin"}}, {"superadmin"}),
    ("POST /admin/set-role", {"role": "admin"}, {"superadmin"}),
    ("POST /admin/impersonate-user", {"userId": "SUPERADMIN"}, set()),
    ("POST /admin/has-permission", {}, SIGNED_IN),
    ("POST /admin/stop-impersonating", {}, set()),
]


@pytest.fixture(scope="module")
def complete(serve):
    return serve(**EVERYTHING)


def test_the_table_has_every_endpoint():
    there = {row[0].split()[1] for row in TABLE}
    assert there == {path for path in [*POSTS, *GETS] if path.startswith(("/organization/", "/api-key/", "/admin/"))}


@pytest.mark.parametrize("name, changes, allowed", TABLE, ids=[f"{row[0]} {row[1] or ''}" for row in TABLE])
def test_the_table_of_privileges(complete, name, changes, allowed):
    method, path = name.split()
    world = World(complete)
    before = fingerprint(complete)
    # Those who are refused come first: what they leave behind must be what was there.
    refusals = [role for role in ROLES if role not in allowed]
    for role in refusals + [None] + sorted(allowed):
        if role is None:
            assert fingerprint(complete) == before, "who is refused changes nothing"
            continue
        if role in allowed:
            world = World(complete)
        fields = filled({**(POSTS if method == "POST" else GETS)[path], **changes}, world.names)
        browser = world.browsers[role]
        had = dict(browser.jar)
        answer = call(browser, method, path, fields)
        told = f"{role} {name} {changes}: {answer.status_code} {answer.text}"
        assert (answer.status_code == 200) == (role in allowed), told
        if role in allowed:
            continue
        if role in ("nobody", "banned", "expired"):
            assert answer.status_code == 401 or answer.json()["message"] == "Missing session headers, or email query parameter.", told
        # The original's answer to a way back that was lost is a 500.
        lost = (role, path) == ("impersonated", "/admin/stop-impersonating") and "Failed to find admin session" in answer.text
        assert lost or answer.status_code in (400, 401, 403, 404), told
        assert world.organization not in answer.text and world.emails["owner"] not in answer.text, told
        assert not set(browser.jar) - set(had), "a refusal starts no session"


def test_lists_show_nothing_of_others(complete):
    """What everybody may ask for holds one's own only."""
    world = World(complete)
    for role in ("stranger", "superadmin", "removed"):
        browser = world.browsers[role]
        for path in ("/organization/list", "/organization/list-user-invitations", "/api-key/list", "/list-accounts", "/list-sessions"):
            text = browser.get(path).text
            for secret in (world.invitation, world.key, world.emails["owner"], world.users["owner"]):
                assert secret not in text, f"{role} {path}: {text}"


@pytest.mark.parametrize("path, fields", [
    ("/revoke-session", {"token": "TOKEN"}), ("/unlink-account", {"accountId": "ACCOUNT"}), ("/api-key/delete", {"keyId": "KEY"}),
    ("/organization/set-active", {"organizationId": "ORGANIZATION"}), ("/organization/delete", {"organizationId": "ORGANIZATION"}),
])
def test_the_ids_of_others_are_worth_nothing(complete, path, fields):
    world = World(complete)
    account = complete.sql(f"""select id from account where "userId" = '{world.users["owner"]}'""")[0][0]
    names = {**world.names, "TOKEN": world.browsers["owner"].token, "ACCOUNT": account}
    before = fingerprint(complete)
    world.browsers["stranger"].post(path, json=filled(fields, names))
    assert fingerprint(complete) == before and world.browsers["owner"].session()


# Impersonation


def test_the_impersonated_gains_nothing_and_loses_nothing(complete):
    world = World(complete)
    browser = world.browsers["impersonated"]
    assert browser.session()["session"]["impersonatedBy"] == world.users["superadmin"]
    for path in ("/admin/list-users", "/admin/get-user"):
        assert browser.get(path, id=world.users["target"]).status_code == 403
    for name in ("target", "superadmin"):
        refused(browser.post("/admin/impersonate-user", userId=world.users[name]), 403, "YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS")
    refused(browser.post("/update-session", impersonatedBy=world.users["owner"]), 400, "FIELD_NOT_ALLOWED")
    # The way back is only for whoever holds the administrator's own cookie.
    for forged in (None, sign(f"{world.browsers['stranger'].token}:"), sign(f"{world.browsers['owner'].token}:"), sign(":"), "x"):
        browser.jar.pop("better-auth.admin_session", None)
        if forged:
            browser.jar["better-auth.admin_session"] = wire(forged)
        token = browser.jar["better-auth.session_token"]
        answer = browser.post("/admin/stop-impersonating")
        assert answer.status_code == 401 and browser.session() is None, "the impersonation ends, and nobody is signed in"
        assert "better-auth.session_token" not in browser.jar and "better-auth.admin_session" not in browser.jar
        world.rows.clear()
        world.add_session("impersonated", world.users["member"], by=world.users["superadmin"])
        complete.sql(";\n".join(world.rows) + ";")
        browser = world.browsers["impersonated"]
        assert browser.jar["better-auth.session_token"] != token
    browser.jar["better-auth.admin_session"] = wire(sign(f"{world.browsers['superadmin'].token}:"))
    assert browser.post("/admin/stop-impersonating").json()["user"]["id"] == world.users["superadmin"]


def test_an_administrator_who_was_demoted_administers_nothing(complete):
    world = World(complete)
    browser = world.browsers["superadmin"]
    assert browser.get("/admin/list-users").status_code == 200
    complete.sql(f"""update "user" set role = 'user' where id = '{world.users["superadmin"]}'""")
    refused(browser.get("/admin/list-users"), 403, "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS")
    # Roles that only look like it.
    for role in ("Admin", "admin ", "administrator", "user,Admin", "admin;user", ""):
        complete.sql(f"""update "user" set role = '{role}' where id = '{world.users["superadmin"]}'""")
        assert browser.get("/admin/list-users").status_code == 403, role


def test_everything_of_the_banned_ends(complete):
    """Sessions, impersonations of them and sign-in at once; what others see of them stays."""
    world = World(complete)
    for path, fields in (("/admin/ban-user", {"userId": world.users["member"]}),):
        assert world.browsers["superadmin"].post(path, **fields).status_code == 200
    for name in ("member", "impersonated", "banned"):
        browser = world.browsers[name]
        assert browser.session() is None and browser.jar.get("better-auth.session_token") is None
    again = complete.browser()
    refused(again.post("/sign-in/email", email=world.emails["member"], password="nope"), 401, "INVALID_EMAIL_OR_PASSWORD")


def test_a_removed_member_loses_what_was_the_organizations(complete):
    """The session still names the organization; it opens nothing there."""
    world = World(complete)
    browser = world.browsers["removed"]
    assert browser.session()["session"]["activeOrganizationId"] == world.organization
    for path in ("get-full-organization", "list-members", "list-invitations", "get-active-member", "list-teams", "list-roles"):
        answer = browser.get(f"/organization/{path}")
        assert answer.status_code in (400, 403) and world.emails["owner"] not in answer.text, f"{path}: {answer.text}"


def test_an_invitation_ends_with_the_inviters_right(complete):
    """The invitation of someone who is no member any more shows nothing of the organization."""
    world = World(complete)
    email = unique_email()
    browser = complete.sign_up(email)
    made = world.browsers["custom"].post("/organization/invite-member", email=email, role="member", organizationId=world.organization).json()
    complete.sql(f"""delete from member where id = '{world.members["custom"]}'""")
    refused(browser.get("/organization/get-invitation", id=made["id"]), 400, "INVITER_IS_NO_LONGER_A_MEMBER_OF_THE_ORGANIZATION")
