"""Checklist 71 to 75: administration of users."""

import pytest

from .driver import refused, set_cookies, unique_email

POSTS = {
    "create-user": ({"email": "x@example.com", "name": "X"}, "YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS"),
    "update-user": ({"userId": "x", "data": {"name": "Y"}}, "YOU_ARE_NOT_ALLOWED_TO_UPDATE_USERS"),
    "set-role": ({"userId": "x", "role": "admin"}, "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE"),
    "ban-user": ({"userId": "x"}, "YOU_ARE_NOT_ALLOWED_TO_BAN_USERS"),
    "unban-user": ({"userId": "x"}, "YOU_ARE_NOT_ALLOWED_TO_BAN_USERS"),
    "list-user-sessions": ({"userId": "x"}, "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS_SESSIONS"),
    "revoke-user-session": ({"sessionToken": "x"}, "YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS"),
    "revoke-user-sessions": ({"userId": "x"}, "YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS"),
    "impersonate-user": ({"userId": "x"}, "YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS"),
    "remove-user": ({"userId": "x"}, "YOU_ARE_NOT_ALLOWED_TO_DELETE_USERS"),
    "stop-impersonating": ({}, None),
    "set-user-password": ({"userId": "x", "newPassword": "password456"}, "YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PASSWORD"),
}
GETS = {
    "list-users": ({}, "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS"),
    "get-user": ({"id": "x"}, "YOU_ARE_NOT_ALLOWED_TO_GET_USER"),
}


def administrator(auth):
    browser = auth.sign_up()
    auth.sql(f"""update "user" set role = 'admin' where id = '{browser.user["id"]}'""")
    return browser


def bare(answer):
    return answer.status_code, answer.content, answer.headers.get("Content-Type")


@pytest.mark.parametrize("name", [*POSTS, *GETS])
def test_71_who_may_not(auth, name):
    fields, code = POSTS.get(name) or GETS[name]
    call = lambda browser: browser.post(f"/admin/{name}", **fields) if name in POSTS else browser.get(f"/admin/{name}", **fields)
    assert bare(call(auth.browser())) == (401, b"", "application/json")
    if code:
        refused(call(auth.sign_up()), 403, code)


def test_71_permissions(auth):
    admin, user = administrator(auth), auth.sign_up()
    ask = lambda browser, **body: browser.post("/admin/has-permission", **body)
    assert ask(admin, permissions={"user": ["ban", "list"], "session": ["revoke"]}).json() == {"error": None, "success": True}
    assert ask(admin, permissions={"user": ["impersonate-admins"]}).json()["success"] is False
    assert ask(user, permissions={"user": ["list"]}).json()["success"] is False
    assert ask(user, permissions={"user": ["list"]}, role="admin", userId=admin.user["id"]).json()["success"] is False
    answer = ask(admin, permission={"user": ["list"]})
    assert (answer.status_code, answer.json()) == (400, {"message": "invalid permission check. no permission(s) were passed."})
    refused(ask(admin), 400, "VALIDATION_ERROR")
    assert bare(ask(auth.browser(), permissions={"user": ["list"]})) == (401, b"", "application/json")


def test_72_listing(serve):
    auth = serve(fresh=True)
    admin = administrator(auth)
    for name in ("Anna", "Berta", "Carla"):
        auth.browser().post("/sign-up/email", name=name, email=f"{name}@example.org", password="password123")
    ask = lambda **query: admin.get("/admin/list-users", **query)
    everyone = ask().json()
    assert everyone["total"] == 4 and len(everyone["users"]) == 4 and set(everyone) == {"users", "total"}
    page = ask(limit=2, offset=1, sortBy="name", sortDirection="desc").json()
    assert ([user["name"] for user in page["users"]], page["total"], page["limit"], page["offset"]) == (["Berta", "Anna"], 4, 2, 1)
    assert set(ask(limit=0, offset=0).json()) == {"users", "total"}
    names = lambda **query: sorted(user["name"] for user in ask(**query).json()["users"])
    assert names(searchValue="example.org") == ["Anna", "Berta", "Carla"]
    assert names(searchValue="a", searchField="name", searchOperator="ends_with") == ["Anna", "Berta", "Carla"]
    assert names(searchValue="B", searchField="name", searchOperator="starts_with") == ["Berta"]
    assert names(searchValue="%") == [] and names(searchValue="example.org", filterField="name", filterValue="Anna") == ["Anna"]
    assert names(filterField="role", filterValue="admin") == ["Al"]
    assert names(filterField="banned", filterValue="true") == [] and len(names(filterField="emailVerified", filterValue="false")) == 4
    assert len(names(filterField="createdAt", filterOperator="gte", filterValue="2020-01-01T00:00:00.000Z")) == 4
    for query in ({"filterField": "password", "filterValue": "x"}, {"sortBy": "nope"}, {"searchField": "id", "searchValue": "x"}):
        refused(ask(**query), 400, "VALIDATION_ERROR")


def test_73_bans(auth):
    admin, user = administrator(auth), auth.sign_up()
    banned = admin.post("/admin/ban-user", userId=user.user["id"], banReason="spam", banExpiresIn=3600).json()["user"]
    assert (banned["banned"], banned["banReason"]) == (True, "spam") and banned["banExpires"]
    assert user.session() is None and auth.sql(f"""select 1 from session where "userId" = '{user.user["id"]}'""") == []
    refused(auth.browser().post("/sign-in/email", email=user.email, password="password123"), 403, "BANNED_USER")
    again = admin.post("/admin/ban-user", userId=user.user["id"]).json()["user"]
    assert (again["banReason"], again["banExpires"]) == ("No reason", None), "an older end of a ban is forgotten"
    freed = admin.post("/admin/unban-user", userId=user.user["id"]).json()["user"]
    assert (freed["banned"], freed["banReason"], freed["banExpires"]) == (False, None, None)
    assert auth.browser().post("/sign-in/email", email=user.email, password="password123").status_code == 200
    refused(admin.post("/admin/ban-user", userId=admin.user["id"]), 400, "YOU_CANNOT_BAN_YOURSELF")
    refused(admin.post("/admin/update-user", userId=admin.user["id"], data={"banned": True}), 400, "YOU_CANNOT_BAN_YOURSELF")
    refused(admin.post("/admin/remove-user", userId=admin.user["id"]), 400, "YOU_CANNOT_REMOVE_YOURSELF")
    for path, fields in (("ban-user", {}), ("unban-user", {}), ("remove-user", {}), ("impersonate-user", {}), ("set-role", {"role": "user"}),
                         ("set-user-password", {"newPassword": "password456"}), ("update-user", {"data": {"name": "x"}})):
        refused(admin.post(f"/admin/{path}", userId="nope", **fields), 404, "USER_NOT_FOUND")
    refused(admin.get("/admin/get-user", id="nope"), 404, "USER_NOT_FOUND")


def test_74_impersonation(auth):
    admin, user = administrator(auth), auth.sign_up()
    before = dict(admin.jar)
    answer = admin.post("/admin/impersonate-user", userId=user.user["id"])
    assert answer.json()["session"]["impersonatedBy"] == admin.user["id"] and answer.json()["user"]["id"] == user.user["id"]
    lines = set_cookies(answer)
    kept = next(line for line in lines if line.startswith("better-auth.admin_session="))
    assert kept.startswith(f"better-auth.admin_session={admin.token}%3A.") and "Max-Age=604800" in kept
    started = next(line for line in lines if line.startswith("better-auth.session_token=") and "Max-Age=0" not in line)
    assert "Max-Age" not in started and any(line.startswith("better-auth.dont_remember=true") for line in lines)
    (life,), = auth.sql(
        f"""select extract(epoch from "expiresAt" - "createdAt")::int from session where "impersonatedBy" = '{admin.user["id"]}'""")
    assert life == "3600"
    assert admin.session()["user"]["id"] == user.user["id"]
    assert len(user.get("/list-sessions").json()) == 1, "hidden from the user"
    refused(admin.get("/admin/list-users"), 403, "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS")
    stopped = admin.post("/admin/stop-impersonating")
    assert stopped.json()["user"]["id"] == admin.user["id"] and stopped.json()["session"]["token"] == admin.token
    assert admin.jar == before, "nothing of it stays in the browser"
    assert auth.sql(f"""select 1 from session where "impersonatedBy" = '{admin.user["id"]}'""") == []
    answer = admin.post("/admin/stop-impersonating")
    assert (answer.status_code, answer.json()) == (400, {"message": "You are not impersonating anyone"})
    second = administrator(auth)
    refused(admin.post("/admin/impersonate-user", userId=second.user["id"]), 403, "YOU_CANNOT_IMPERSONATE_ADMINS")


def test_74_the_way_back_cannot_be_forged(auth):
    admin, other, user = administrator(auth), administrator(auth), auth.sign_up()
    other.post("/admin/impersonate-user", userId=user.user["id"])
    own = dict(admin.jar)
    for forged in (None, "x", other.jar["better-auth.admin_session"], user.jar["better-auth.session_token"]):
        admin.jar = dict(own)
        admin.post("/admin/impersonate-user", userId=user.user["id"])
        mine = admin.jar.pop("better-auth.admin_session")
        if forged:
            admin.jar["better-auth.admin_session"] = forged
        answer = admin.post("/admin/stop-impersonating")
        assert (answer.status_code, answer.json()["message"]) == (401, "Failed to find admin session")
        assert auth.sql(f"""select 1 from session where "impersonatedBy" = '{admin.user["id"]}'""") == [], "it ends all the same"
        assert mine and admin.session() is None
    admin.jar = dict(own)
    admin.post("/admin/impersonate-user", userId=user.user["id"])
    assert admin.post("/admin/stop-impersonating").status_code == 200


def test_75_creating_and_updating(auth):
    admin = administrator(auth)
    email = unique_email()
    made = admin.post("/admin/create-user", email=email.upper(), name="N", password="short", role=["user", "admin"],
                      data={"emailVerified": True, "image": "i", "unknown": 1}).json()["user"]
    assert (made["email"], made["role"], made["emailVerified"], made["image"]) == (email, "user,admin", True, "i")
    assert auth.browser().post("/sign-in/email", email=email, password="short").status_code == 200, "lengths are not checked here"
    refused(admin.post("/admin/create-user", email=email, name="N"), 400, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")
    refused(admin.post("/admin/create-user", email="nonsense", name="N"), 400, "INVALID_EMAIL")
    refused(admin.post("/admin/create-user", email=unique_email(), name="N", role="king"), 400,
            "YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE")
    update = lambda data, user=made["id"]: admin.post("/admin/update-user", userId=user, data=data)
    assert update({"name": "M", "role": "user"}).json()["role"] == "user"
    refused(update({"password": "password456"}), 400, "PASSWORD_CANNOT_BE_UPDATED_VIA_UPDATE_USER")
    refused(update({}), 400, "NO_DATA_TO_UPDATE")
    refused(update({"unknown": 1, "id": "x"}), 400, "NO_DATA_TO_UPDATE")
    refused(update({"role": 5}), 400, "INVALID_ROLE_TYPE")
    refused(update({"email": "nonsense"}), 400, "INVALID_EMAIL")
    refused(update({"email": admin.email}), 400, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")
    browser = auth.browser()
    browser.post("/sign-in/email", email=email, password="short")
    assert update({"banned": True, "banReason": "r"}).json()["banned"] is True and browser.session() is None
    assert update({"banned": False}).status_code == 200
    assert admin.get("/admin/get-user", id=made["id"]).json()["name"] == "M"
    assert admin.post("/admin/set-role", userId=made["id"], role="admin").json()["user"]["role"] == "admin"
    refused(admin.post("/admin/set-role", userId=made["id"], role="king"), 400, "YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE")
    refused(admin.post("/admin/set-user-password", userId=made["id"], newPassword="short"), 400, "PASSWORD_TOO_SHORT")
    assert admin.post("/admin/set-user-password", userId=made["id"], newPassword="password456").json() == {"status": True}
    browser.post("/sign-in/email", email=email, password="password456")
    session, = admin.post("/admin/list-user-sessions", userId=made["id"]).json()["sessions"]
    assert admin.post("/admin/revoke-user-session", sessionToken=session["token"]).json() == {"success": True}
    assert browser.session() is None
    browser.post("/sign-in/email", email=email, password="password456")
    assert admin.post("/admin/revoke-user-sessions", userId=made["id"]).json() == {"success": True} and browser.session() is None
    assert admin.post("/admin/remove-user", userId=made["id"]).json() == {"success": True}
    assert auth.sql(f"""select 1 from account where "userId" = '{made["id"]}'""") == []
    without = admin.post("/admin/create-user", email=unique_email(), name="N").json()["user"]
    refused(auth.browser().post("/sign-in/email", email=without["email"], password=""), 401, "INVALID_EMAIL_OR_PASSWORD")
    admin.post("/admin/set-user-password", userId=without["id"], newPassword="password456")
    assert auth.browser().post("/sign-in/email", email=without["email"], password="password456").status_code == 200


def test_75_each_part_of_an_update_needs_its_permission(auth):
    """A role that may update users, and nothing of them that has a permission of its own."""
    support, target = auth.sign_up(), auth.sign_up()
    auth.sql(f"""update "user" set role = 'support' where id = '{support.user["id"]}'""")
    update = lambda data: support.post("/admin/update-user", userId=target.user["id"], data=data)
    assert update({"name": "New"}).json()["name"] == "New"
    refused(update({"name": "X", "role": "support"}), 403, "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE")
    refused(update({"role": "admin"}), 403, "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE")
    for field, value in (("email", unique_email()), ("emailVerified", True)):
        refused(update({field: value}), 403, "YOU_ARE_NOT_ALLOWED_TO_SET_USERS_EMAIL")
    for field, value in (("banned", True), ("banReason", "x"), ("banExpires", "2030-01-01T00:00:00.000Z")):
        refused(update({field: value}), 403, "YOU_ARE_NOT_ALLOWED_TO_BAN_USERS")
    refused(update({"password": "password456"}), 400, "PASSWORD_CANNOT_BE_UPDATED_VIA_UPDATE_USER")
    create = lambda **fields: support.post("/admin/create-user", name="N", email=unique_email(), **fields)
    assert create().json()["user"]["role"] == "user"
    for fields in ({"role": "admin"}, {"role": ["user"]}, {"data": {"role": "admin"}}):
        refused(create(**fields), 403, "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE")
    refused(create(data={"banned": True}), 403, "YOU_ARE_NOT_ALLOWED_TO_BAN_USERS")
    assert support.post("/admin/list-user-sessions", userId=target.user["id"]).status_code == 200
    refused(support.post("/admin/revoke-user-sessions", userId=target.user["id"]), 403, "YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS")
    for path, fields in (("set-role", {"role": "user"}), ("ban-user", {}), ("remove-user", {}), ("impersonate-user", {}),
                         ("set-user-password", {"newPassword": "password456"})):
        assert support.post(f"/admin/{path}", userId=target.user["id"], **fields).status_code == 403, path
    after = target.session()["user"]
    assert (after["name"], after["role"], after["emailVerified"], after["banned"]) == ("New", "user", False, False)


def test_75_a_session_cached_in_a_cookie_administers_nothing(serve):
    auth = serve(cookieCache="compact")
    admin = administrator(auth)
    admin.jar = {"better-auth.session_token": admin.jar["better-auth.session_token"]}
    admin.session()
    auth.sql(f"""update "user" set role = 'user' where id = '{admin.user["id"]}'""")
    assert admin.session()["user"]["role"] == "admin", "the cookie is stale"
    refused(admin.get("/admin/list-users"), 403, "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS")


def test_the_audit_of_changes(serve):
    auth = serve(fresh=True)
    admin, user = administrator(auth), auth.sign_up()
    admin.post("/admin/impersonate-user", userId=user.user["id"])
    admin.organization()
    admin.post("/admin/stop-impersonating")
    admin.post("/admin/ban-user", userId=user.user["id"])
    events = [(one["kind"], one["actor"], one["impersonatedBy"]) for one in auth.events()]
    assert events == [
        ("signedUp", None, None), ("signedUp", None, None), ("impersonationStarted", admin.user["id"], None),
        ("organizationCreated", user.user["id"], admin.user["id"]), ("impersonationStopped", admin.user["id"], None),
        ("userBanned", admin.user["id"], None)]
