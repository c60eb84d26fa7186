"""Malformed requests to every endpoint: their statuses and codes are the contract's, which lists each field with its type.

The table is written from the contract, not from the sources. One thing differs on purpose: a missing or null id of a user, which the contract
makes the text `undefined` or `null` of, is refused (docs/betterauth/guide.md lists it).
"""

import pytest
import requests

from .driver import refused
from .endpoints import EVERYTHING, GETS, POSTS, filled
from .world import World

# A field's type, behind it `?` where it may be left out and `0` where it may be null.
FIELDS = {
    "/sign-up/email": {"name": "text", "email": "email", "password": "filled", "image": "text?", "callbackURL": "url?", "rememberMe": "flag?"},
    "/sign-in/email": {"email": "text", "password": "text", "callbackURL": "url?", "rememberMe": "flag?"},
    "/sign-out": {"callbackURL": "url?", "disableRedirect": "flag?", "state": "text?"},
    "/revoke-session": {"token": "text"},
    "/change-password": {"newPassword": "text", "currentPassword": "text", "revokeOtherSessions": "flag?"},
    "/verify-password": {"password": "text"},
    "/request-password-reset": {"email": "email", "redirectTo": "redirect?"},
    "/reset-password": {"newPassword": "text", "token": "text?"},
    "/send-verification-email": {"email": "email", "callbackURL": "url?"},
    "/change-email": {"newEmail": "email", "callbackURL": "url?"},
    "/delete-user": {"callbackURL": "url?", "password": "text?", "token": "text?"},
    "/unlink-account": {"accountId": "text"},
    "/organization/create": {
        "name": "filled", "slug": "filled", "logo": "text?0", "metadata": "record?", "keepCurrentActiveOrganization": "flag?",
        "userId": "text?"},
    "/organization/check-slug": {"slug": "text"},
    "/organization/update": {"data": "record", "organizationId": "text?"},
    "/organization/delete": {"organizationId": "text"},
    "/organization/set-active": {"organizationId": "text?0", "organizationSlug": "text?"},
    "/organization/has-permission": {"organizationId": "text?", "permissions": "permissions"},
    "/organization/invite-member": {
        "email": "text", "role": "texts", "organizationId": "text?", "resend": "flag?", "teamId": "texts?"},
    "/organization/accept-invitation": {"invitationId": "text"},
    "/organization/reject-invitation": {"invitationId": "text"},
    "/organization/cancel-invitation": {"invitationId": "text"},
    "/organization/remove-member": {"memberIdOrEmail": "text", "organizationId": "text?"},
    "/organization/update-member-role": {"role": "texts", "memberId": "text", "organizationId": "text?"},
    "/organization/leave": {"organizationId": "text"},
    "/organization/create-team": {"name": "text", "organizationId": "text?"},
    "/organization/update-team": {"teamId": "text", "data": "record"},
    "/organization/remove-team": {"teamId": "text", "organizationId": "text?"},
    "/organization/set-active-team": {"teamId": "text?0"},
    "/organization/add-team-member": {"teamId": "text", "userId": "id", "organizationId": "text?"},
    "/organization/remove-team-member": {"teamId": "text", "userId": "id", "organizationId": "text?"},
    "/organization/create-role": {"role": "text", "permission": "permissions", "organizationId": "text?"},
    "/organization/update-role": {"roleName": "text", "data": "record", "organizationId": "text?"},
    "/organization/delete-role": {"roleName": "text", "organizationId": "text?"},
    "/api-key/create": {
        "configId": "text?", "name": "text?", "expiresIn": "number?0", "prefix": "text?", "organizationId": "text?", "remaining": "number?0",
        "refillAmount": "number?", "refillInterval": "number?", "rateLimitEnabled": "flag?", "rateLimitTimeWindow": "number?",
        "rateLimitMax": "number?", "permissions": "permissions?"},
    "/api-key/update": {"keyId": "text", "configId": "text?", "name": "text?", "enabled": "flag?", "expiresIn": "number?0"},
    "/api-key/rotate": {"keyId": "text", "configId": "text?", "overlap": "number?"},
    "/api-key/delete": {"keyId": "text", "configId": "text?"},
    "/admin/create-user": {"email": "text", "name": "text", "password": "text?", "role": "texts?", "data": "record?"},
    "/admin/update-user": {"userId": "loose", "data": "record"},
    "/admin/set-role": {"userId": "loose", "role": "texts"},
    "/admin/set-user-password": {"userId": "loose", "newPassword": "filled"},
    "/admin/remove-user": {"userId": "loose"},
    "/admin/ban-user": {"userId": "loose", "banReason": "text?", "banExpiresIn": "number?"},
    "/admin/unban-user": {"userId": "loose"},
    "/admin/list-user-sessions": {"userId": "loose"},
    "/admin/revoke-user-session": {"sessionToken": "text"},
    "/admin/revoke-user-sessions": {"userId": "loose"},
    "/admin/impersonate-user": {"userId": "loose"},
    "/admin/has-permission": {"permissions": "permissions"},
}
# No field is asked for, and the body not looked at.
BODILESS = {"/revoke-sessions", "/revoke-other-sessions", "/admin/stop-impersonating"}
# Whole bodies that may be left out.
OPTIONAL = BODILESS | {"/sign-out"}
# Bodies of any members.
RECORDS = {"/update-user", "/update-session"}
# Exactly one of two shapes, and nothing besides.
CHOICES = {"/get-access-token", "/refresh-token"}
# POST only with the option for it.
DEFERRED = {"/get-session"}

WRONG = {
    "text": [1, True, {}, []], "filled": [1, True, {}, [], ""], "email": [1, True, {}, [], "", "nope", "a@b"], "flag": ["true", 1, {}, []],
    "number": ["1", True, {}, []], "record": ["x", 1, True, []], "permissions": ["x", 1, True, [], {"a": "b"}, {"a": [1]}, {"a": {}}],
    "texts": [1, True, {}, [1], [None]], "id": [{}, [], True], "loose": [],
}
QUERIES = {
    "/verify-email": ["token"], "/delete-user/callback": ["token"], "/reset-password/{token}": ["callbackURL"], "/organization/get-invitation": ["id"],
    "/api-key/get": ["id"], "/admin/get-user": ["id"],
}
NUMBERS = {
    "/organization/list-members": ["limit", "offset"], "/organization/get-full-organization": ["membersLimit"], "/api-key/list": ["limit", "offset"],
}


def kind_of(field):
    return field.rstrip("?0")


def caller(path):
    return "superadmin" if path.startswith("/admin/") else "owner"


@pytest.fixture(scope="module")
def complete(serve):
    return serve(**EVERYTHING)


@pytest.fixture(scope="module")
def world(complete):
    return World(complete)


def send(world, path, body, name=None):
    return world.browsers[name or caller(path)].post(path, json=body)


def complaint(answer, place):
    """The contract's answer to what does not fit: the problem's place is named, in front."""
    refused(answer, 400, "VALIDATION_ERROR")
    assert any(one.startswith(place) for one in answer.json()["message"].split("; ")), (place, answer.text)
    return answer.json()["message"]


def test_every_endpoint_is_in_the_table():
    assert set(FIELDS) | BODILESS | RECORDS | CHOICES | DEFERRED == set(POSTS)


@pytest.mark.parametrize("path", sorted(POSTS))
def test_the_body_as_a_whole(complete, world, path):
    for name in (caller(path), "nobody"):
        browser = world.browsers[name]
        as_json = {"Content-Type": "application/json"}
        refused(browser.request("POST", path, headers=as_json, data="{"), 400, "BAD_REQUEST")
        refused(browser.request("POST", path, headers={"Content-Type": "text/plain"}, data="{}"), 415, "UNSUPPORTED_MEDIA_TYPE")
        # Not `data="{}"` with the client's own idea of a type.
        bare = requests.Request("POST", f"{complete.origin}/api/auth{path}", data="{}", headers={"Origin": complete.origin}).prepare()
        bare.headers.pop("Content-Type", None)
        with requests.Session() as session:
            refused(session.send(bare, timeout=60), 415, "UNSUPPORTED_MEDIA_TYPE")
        if path in BODILESS | DEFERRED:
            continue
        for text, word in (("[]", "array"), ("1", "number"), ('"x"', "string"), ("true", "boolean"), ("null", "null")):
            answer = browser.request("POST", path, headers=as_json, data=text)
            if path in RECORDS:
                refused(answer, 400, "BODY_MUST_BE_AN_OBJECT")
            elif path in CHOICES:
                complaint(answer, "[body] Invalid input")
            else:
                assert complaint(answer, "[body]") == f"[body] Invalid input: expected object, received {word}"
        if path not in OPTIONAL:
            assert complaint(browser.request("POST", path), "[body]").endswith((", received undefined", "Invalid input"))


@pytest.mark.parametrize("path", sorted(OPTIONAL - {"/revoke-sessions", "/revoke-other-sessions", "/sign-out"}))
def test_what_needs_no_body_minds_none(world, path):
    browser = world.browsers[caller(path)]
    bare = browser.request("POST", path)
    for text in ("[]", "null", '{"a": 1}'):
        answer = browser.request("POST", path, headers={"Content-Type": "application/json"}, data=text)
        assert (answer.status_code, answer.text) == (bare.status_code, bare.text)


@pytest.mark.parametrize("path", sorted(FIELDS))
def test_missing_and_null_fields(world, path):
    fields = FIELDS[path]
    for name, field in fields.items():
        kind, is_optional, may_be_null = kind_of(field), "?" in field, field.endswith("0")
        good = {**filled(POSTS[path], world.names)}
        if path in ("/organization/has-permission", "/admin/has-permission", "/organization/update-role", "/organization/delete-role"):
            # One of two; without both the body as a whole is wrong.
            place = "[body" if kind in ("permissions",) or name == "roleName" else f"[body.{name}]"
        else:
            place = f"[body.{name}]"
        without = {key: value for key, value in good.items() if key != name}
        if not is_optional:
            for who in (caller(path), "nobody"):
                message = complaint(send(world, path, without, who), place)
            if kind in ("text", "filled") and name != "roleName":
                assert f"[body.{name}] Invalid input: expected string, received undefined" in message
        if may_be_null or kind == "url" or kind == "redirect":
            continue
        complaint(send(world, path, {**good, name: None}), place)


@pytest.mark.parametrize("path", sorted(FIELDS))
def test_fields_of_another_type(world, path):
    for name, field in FIELDS[path].items():
        kind = kind_of(field)
        good = filled(POSTS[path], world.names)
        if kind in ("url", "redirect"):
            label = "redirectURL" if kind == "redirect" else name
            for value in (1, True, {"a": 1}, []):
                answer = send(world, path, {**good, name: value})
                assert (answer.status_code, answer.json()) == (400, {"message": f"Invalid {label}: expected a string"}), (path, name, value)
            refused(send(world, path, {**good, name: "//evil.example"}), 403, f"INVALID_{'REDIRECT' if kind == 'redirect' else 'CALLBACK'}_URL")
            continue
        for value in WRONG[kind]:
            for who in (caller(path), "nobody"):
                complaint(send(world, path, {**good, name: value}, who), f"[body.{name}")


@pytest.mark.parametrize("value, text", [(12, "12"), (1.5, "1.5"), (True, "true"), ({"a": 1}, "[object Object]"), (["a", 2, None], "a,2,")])
def test_ids_of_users_become_texts(complete, world, value, text):
    """As JavaScript makes texts of them."""
    browser = world.browsers["superadmin"]
    for path, fields in FIELDS.items():
        if fields.get("userId") == "loose":
            answer = send(world, path, {**filled(POSTS[path], world.names), "userId": value})
            if path.endswith("list-user-sessions"):
                assert answer.json() == {"sessions": []}
            elif path.endswith("revoke-user-sessions"):
                assert answer.json() == {"success": True}
            else:
                refused(answer, 404, "USER_NOT_FOUND")
    assert browser.get("/admin/get-user", id=text).status_code == 404
    world.browsers["superadmin"].post("/admin/create-user", email=f"loose-{len(text)}@example.com", name="x")


@pytest.mark.parametrize("path", sorted(QUERIES))
def test_missing_parameters(world, path):
    for name in QUERIES[path]:
        for who in (caller(path), "nobody"):
            answer = world.browsers[who].get(path.replace("{token}", "x"))
            assert f"[query.{name}] Invalid input: expected string, received undefined" in complaint(answer, f"[query.{name}]")


@pytest.mark.parametrize("path", sorted(NUMBERS))
def test_numbers_in_a_query(world, path):
    for name in NUMBERS[path]:
        for value in ("x", "-1", "1.5", ""):
            good = filled(GETS[path], world.names)
            complaint(world.browsers[caller(path)].get(path, **{**good, name: value}), f"[query.{name}]")


@pytest.mark.parametrize("path", sorted(path for path, fields in GETS.items() if fields and path not in ("/error", "/account-info")))
def test_repeated_parameters(world, path):
    good = filled(GETS[path], world.names)
    name = next(iter(good))
    text = "&".join(f"{name}={value}" for value in ("a", "b"))
    complaint(world.browsers[caller(path)].get(path.replace("{token}", "x") + "?" + text), f"[query.{name}]")


@pytest.mark.parametrize("path, body, status, code", [
    # Nested fields.
    ("/organization/update", {"data": {"name": 1}}, 400, "VALIDATION_ERROR"), ("/organization/update", {"data": {"name": ""}}, 400, "VALIDATION_ERROR"),
    ("/organization/update", {"data": {"slug": ""}}, 400, "VALIDATION_ERROR"), ("/organization/update", {"data": {"metadata": []}}, 400, "VALIDATION_ERROR"),
    ("/organization/update-team", {"teamId": "x", "data": {"name": 1}}, 400, "VALIDATION_ERROR"),
    ("/organization/update-role", {"roleName": "x", "data": {"permission": "x"}}, 400, "VALIDATION_ERROR"),
    ("/organization/update-role", {"roleName": "x", "data": {"roleName": 1}}, 400, "VALIDATION_ERROR"),
    ("/organization/has-permission", {"permissions": {}, "permission": {}}, 400, "VALIDATION_ERROR"),
    ("/admin/has-permission", {"permissions": {}, "permission": {}}, 400, "VALIDATION_ERROR"),
    ("/admin/has-permission", {"permission": {"user": ["list"]}}, 400, None),
    # What is right in form and means nothing.
    ("/organization/invite-member", {"email": "nope", "role": "member"}, 400, "INVALID_EMAIL"),
    ("/organization/invite-member", {"email": "a@example.com", "role": "nope"}, 400, None),
    ("/organization/set-active", {"organizationId": "nope"}, 403, "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION"),
    ("/organization/set-active", {"organizationId": ""}, 403, "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION"),
    ("/organization/set-active", {"organizationSlug": "nope"}, 400, "ORGANIZATION_NOT_FOUND"),
    ("/organization/delete", {"organizationId": "nope"}, 400, "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION"),
    ("/organization/leave", {"organizationId": "nope"}, 400, "MEMBER_NOT_FOUND"),
    ("/organization/accept-invitation", {"invitationId": "nope"}, 400, "INVITATION_NOT_FOUND"),
    ("/organization/cancel-invitation", {"invitationId": "nope"}, 400, "INVITATION_NOT_FOUND"),
    ("/api-key/create", {"expiresIn": 0}, 400, "VALIDATION_ERROR"), ("/api-key/create", {"prefix": "a b"}, 400, "VALIDATION_ERROR"),
    ("/api-key/create", {"metadata": "x"}, 400, "INVALID_METADATA_TYPE"), ("/api-key/create", {"userId": "x"}, 401, "UNAUTHORIZED_SESSION"),
    ("/api-key/create", {"remaining": 5}, 400, "SERVER_ONLY_PROPERTY"), ("/api-key/create", {"remaining": -1}, 400, "VALIDATION_ERROR"),
    ("/api-key/create", {"refillAmount": 0}, 400, "VALIDATION_ERROR"), ("/api-key/create", {"permissions": {"a": ["b"]}}, 400, "SERVER_ONLY_PROPERTY"),
    ("/api-key/create", {"name": ""}, 400, "INVALID_NAME_LENGTH"), ("/api-key/create", {"prefix": ""}, 400, "INVALID_PREFIX_LENGTH"),
    ("/api-key/delete", {"keyId": "nope"}, 404, "KEY_NOT_FOUND"), ("/api-key/update", {"keyId": "nope", "name": "x"}, 404, "KEY_NOT_FOUND"),
    ("/admin/set-user-password", {"userId": "", "newPassword": "password123"}, 400, "VALIDATION_ERROR"),
    ("/admin/create-user", {"email": "nope", "name": "x"}, 400, "INVALID_EMAIL"),
    ("/admin/create-user", {"email": "a@example.com", "name": "x", "data": {"role": 1}}, 400, "INVALID_ROLE_TYPE"),
    ("/admin/update-user", {"userId": "x", "data": {}}, 400, "NO_DATA_TO_UPDATE"),
    ("/update-user", {}, 400, None), ("/update-user", {"email": "a@example.com"}, 400, "EMAIL_CAN_NOT_BE_UPDATED"),
    ("/update-user", {"role": "admin"}, 400, "FIELD_NOT_ALLOWED"), ("/update-session", {}, 400, None),
    ("/get-access-token", {"accountId": "x", "other": 1}, 400, "VALIDATION_ERROR"), ("/get-access-token", {}, 400, "VALIDATION_ERROR"),
    ("/refresh-token", {"useAccountCookie": False}, 400, "VALIDATION_ERROR"), ("/get-session", {}, 405, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED"),
])
def test_values(world, path, body, status, code):
    answer = send(world, path, body)
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text


@pytest.mark.parametrize("path", ["/api-key/create"])
def test_an_empty_body_makes_nothing(complete, world, path):
    browser = world.browsers["owner"]
    keys = lambda: browser.get("/api-key/list").json()["total"]
    before = keys()
    assert complaint(browser.request("POST", path), "[body]") == "[body] Invalid input: expected object, received undefined"
    assert keys() == before
    assert browser.post(path, json={}).status_code == 200, "an object without a wish is one"
