"""Every endpoint of the auth contract, with an input that is in order: what tests about *all* endpoints go through.

`test_endpoints.py` compares this list with the sources, so that a new endpoint cannot be forgotten here.
"""

import pathlib
import re

SOURCES = pathlib.Path(__file__).resolve().parents[3] / "Sources/BetterAuth/Routes"

# The settings with which every endpoint exists.
EVERYTHING = {"teams": True, "customRoles": True, "keyAdditions": True}

# Texts in capitals stand for what a test's world calls so.
POSTS = {
    "/sign-up/email": {"name": "A", "email": "NEW_EMAIL", "password": "password123"},
    "/sign-in/email": {"email": "EMAIL", "password": "password123"},
    "/sign-out": {},
    "/get-session": {},
    "/revoke-session": {"token": "nope"},
    "/revoke-sessions": {},
    "/revoke-other-sessions": {},
    "/update-session": {},
    "/update-user": {"name": "Changed"},
    "/change-password": {"newPassword": "password456", "currentPassword": "password123"},
    "/verify-password": {"password": "password123"},
    "/request-password-reset": {"email": "EMAIL"},
    "/reset-password": {"newPassword": "password456", "token": "nope"},
    "/send-verification-email": {"email": "EMAIL"},
    "/change-email": {"newEmail": "NEW_EMAIL"},
    "/delete-user": {},
    "/unlink-account": {"accountId": "nope"},
    "/get-access-token": {"accountId": "ACCOUNT"},
    "/refresh-token": {"accountId": "ACCOUNT"},
    "/organization/create": {"name": "New", "slug": "NEW_SLUG"},
    "/organization/check-slug": {"slug": "NEW_SLUG"},
    "/organization/update": {"data": {"name": "Changed"}, "organizationId": "ORGANIZATION"},
    "/organization/delete": {"organizationId": "ORGANIZATION"},
    "/organization/set-active": {"organizationId": "ORGANIZATION"},
    "/organization/has-permission": {"permissions": {"ac": ["read"]}, "organizationId": "ORGANIZATION"},
    "/organization/invite-member": {"email": "NEW_EMAIL", "role": "member", "organizationId": "ORGANIZATION"},
    "/organization/accept-invitation": {"invitationId": "INVITATION"},
    "/organization/reject-invitation": {"invitationId": "INVITATION"},
    "/organization/cancel-invitation": {"invitationId": "INVITATION"},
    "/organization/remove-member": {"memberIdOrEmail": "TARGET_MEMBER", "organizationId": "ORGANIZATION"},
    "/organization/update-member-role": {"memberId": "TARGET_MEMBER", "role": "admin", "organizationId": "ORGANIZATION"},
    "/organization/leave": {"organizationId": "ORGANIZATION"},
    "/organization/create-team": {"name": "New", "organizationId": "ORGANIZATION"},
    "/organization/update-team": {"teamId": "TEAM", "data": {"name": "Changed", "organizationId": "ORGANIZATION"}},
    "/organization/remove-team": {"teamId": "EMPTY_TEAM", "organizationId": "ORGANIZATION"},
    "/organization/set-active-team": {"teamId": "TEAM"},
    "/organization/add-team-member": {"teamId": "TEAM", "userId": "TARGET", "organizationId": "ORGANIZATION"},
    "/organization/remove-team-member": {"teamId": "TEAM", "userId": "MEMBER", "organizationId": "ORGANIZATION"},
    "/organization/create-role": {"role": "fresh", "permission": {"project": ["create"]}, "organizationId": "ORGANIZATION"},
    "/organization/update-role": {
        "roleName": "idle", "data": {"permission": {"project": ["read"]}}, "organizationId": "ORGANIZATION"},
    "/organization/delete-role": {"roleName": "idle", "organizationId": "ORGANIZATION"},
    "/api-key/create": {"name": "new"},
    "/api-key/update": {"keyId": "KEY", "name": "changed"},
    "/api-key/rotate": {"keyId": "KEY"},
    "/api-key/delete": {"keyId": "KEY"},
    "/admin/create-user": {"email": "NEW_EMAIL", "name": "New", "password": "password123"},
    "/admin/update-user": {"userId": "TARGET", "data": {"name": "Changed"}},
    "/admin/set-role": {"userId": "TARGET", "role": "user"},
    "/admin/set-user-password": {"userId": "TARGET", "newPassword": "password456"},
    "/admin/remove-user": {"userId": "TARGET"},
    "/admin/ban-user": {"userId": "TARGET"},
    "/admin/unban-user": {"userId": "TARGET"},
    "/admin/list-user-sessions": {"userId": "TARGET"},
    "/admin/revoke-user-session": {"sessionToken": "nope"},
    "/admin/revoke-user-sessions": {"userId": "TARGET"},
    "/admin/impersonate-user": {"userId": "TARGET"},
    "/admin/stop-impersonating": {},
    "/admin/has-permission": {"permissions": {"user": ["list"]}},
}
GETS = {
    "/ok": {},
    "/error": {"error": "x"},
    "/get-session": {},
    "/list-sessions": {},
    "/reset-password/{token}": {"callbackURL": "/x"},
    "/verify-email": {"token": "nope"},
    "/delete-user/callback": {"token": "nope"},
    "/list-accounts": {},
    "/account-info": {"accountId": "ACCOUNT"},
    "/organization/list": {},
    "/organization/get-organization": {"organizationId": "ORGANIZATION"},
    "/organization/get-full-organization": {"organizationId": "ORGANIZATION"},
    "/organization/get-invitation": {"id": "INVITATION"},
    "/organization/list-invitations": {"organizationId": "ORGANIZATION"},
    "/organization/list-user-invitations": {},
    "/organization/get-active-member": {},
    "/organization/get-active-member-role": {"organizationId": "ORGANIZATION"},
    "/organization/list-members": {"organizationId": "ORGANIZATION"},
    "/organization/list-teams": {"organizationId": "ORGANIZATION"},
    "/organization/list-user-teams": {"userId": "TARGET", "organizationId": "ORGANIZATION"},
    "/organization/list-team-members": {"teamId": "TEAM"},
    "/organization/list-roles": {"organizationId": "ORGANIZATION"},
    "/organization/get-role": {"roleName": "idle", "organizationId": "ORGANIZATION"},
    "/api-key/get": {"id": "KEY"},
    "/api-key/list": {},
    "/admin/list-users": {},
    "/admin/get-user": {"id": "TARGET"},
}


def in_sources():
    """Method and path of every endpoint that the sources declare."""
    found = set()
    for file in SOURCES.rglob("*.swift"):
        for text in re.split(r"\nstruct \w+: AuthEndpoint", file.read_text(encoding="utf-8"))[1:]:
            path = re.search(r'let path = "([^"]+)"', text)[1]
            method = re.search(r"let method = HTTPRequest\.Method\.(\w+)", text)
            # One that is told its method is served with both.
            found |= {(name.upper(), path) for name in ([method[1]] if method else ["get", "post"])}
    return found


def listed():
    return {("POST", path) for path in POSTS} | {("GET", path) for path in GETS}


def filled(value, names):
    """The input with what a world calls so in place of the texts in capitals; `names` may have functions, for what is new every time."""
    if isinstance(value, dict):
        return {key: filled(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, names) for one in value]
    if isinstance(value, str) and value in names:
        return names[value]() if callable(names[value]) else names[value]
    return value


def call(browser, method, path, fields, **options):
    """Asks an endpoint, the fields in the body of a POST or the query of a GET."""
    if method == "POST":
        return browser.post(path, json=fields, **options)
    return browser.get(path.replace("{token}", "sometoken"), **options, **fields)
