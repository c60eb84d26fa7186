"""Checklist 85: databases that another version of better-auth made; and the start-up check."""

import secrets

import pytest

from .driver import Driver, refused, unique_email
from .test_api_keys import digest
from .test_sessions import sign, wire
from .test_sign_in import scrypt

CORE = """
create table "user" (id text primary key, name text not null, email text not null unique, "emailVerified" boolean not null, image text,
    "createdAt" timestamptz default current_timestamp not null, "updatedAt" timestamptz default current_timestamp not null,
    role text, banned boolean, "banReason" text, "banExpires" timestamptz, "twoFactorEnabled" boolean);
create table session (id text primary key, "expiresAt" timestamptz not null, token text not null unique,
    "createdAt" timestamptz default current_timestamp not null, "updatedAt" timestamptz not null, "ipAddress" text, "userAgent" text,
    "userId" text not null references "user" (id) on delete cascade, "activeOrganizationId" text, "impersonatedBy" text);
create table account (id text primary key, ISSUER "accountId" text not null, "providerId" text not null,
    "userId" text not null references "user" (id) on delete cascade, "accessToken" text, "refreshToken" text, "idToken" text,
    "accessTokenExpiresAt" timestamptz, "refreshTokenExpiresAt" timestamptz, scope text, password text,
    "createdAt" timestamptz default current_timestamp not null, "updatedAt" timestamptz not null);
create table verification (id text primary key, identifier text not null, value text not null, "expiresAt" timestamptz not null,
    "createdAt" timestamptz default current_timestamp not null, "updatedAt" timestamptz default current_timestamp not null);
create table organization (id text primary key, name text not null, slug text not null unique, logo text, "createdAt" timestamptz not null,
    metadata text);
create table member (id text primary key, "organizationId" text not null references organization (id) on delete cascade,
    "userId" text not null references "user" (id) on delete cascade, role text not null, "createdAt" timestamptz not null);
create table invitation (id text primary key, "organizationId" text not null references organization (id) on delete cascade,
    email text not null, role text, status text not null, "expiresAt" timestamptz not null,
    "createdAt" timestamptz default current_timestamp not null, "inviterId" text not null references "user" (id) on delete cascade);
create table apikey (id text primary key, APIKEY name text, start text, prefix text, key text not null, "refillInterval" integer,
    "refillAmount" integer, "lastRefillAt" timestamptz, enabled boolean, "rateLimitEnabled" boolean, "rateLimitTimeWindow" integer,
    "rateLimitMax" integer, "requestCount" integer, remaining integer, "lastRequest" timestamptz, "expiresAt" timestamptz,
    "createdAt" timestamptz not null, "updatedAt" timestamptz not null, permissions text, metadata text);
"""
OLD_KEYS = '"userId" text not null references "user" (id) on delete cascade,'
NEW_KEYS = '"configId" text not null, "referenceId" text not null,'


def database(cluster, issuer="", keys=NEW_KEYS):
    name = f"old_{secrets.token_hex(4)}"
    cluster.postgres.create_database(name)
    script = CORE.replace("ISSUER", issuer).replace("APIKEY", keys)
    cluster.postgres.sql("set role " + cluster.postgres.url(name).split("//")[1].split(":")[0] + ";" + script, database=name)
    return name


@pytest.mark.parametrize("issuer", ["", "issuer text not null,"])
def test_85_databases_without_teams_with_and_without_issuer(auth_cluster, issuer):
    name = database(auth_cluster, issuer)
    auth = Driver(auth_cluster, f"d{name}", database=name, checksDatabase=True)
    try:
        user, token, email = secrets.token_hex(16), secrets.token_hex(16), unique_email()
        value, column = ("'local:credential',", "issuer,") if issuer else ("", "")
        auth.sql(
            f"""insert into "user" (id, name, email, "emailVerified") values ('{user}', 'Old', '{email}', true);
                insert into account (id, {column} "accountId", "providerId", "userId", password, "updatedAt")
                    values ('a', {value} '{user}', 'credential', '{user}', '{scrypt("an old password")}', now());
                insert into session (id, token, "userId", "expiresAt", "updatedAt")
                    values ('s', '{token}', '{user}', now() + interval '7 days', now());""")
        browser = auth.browser()
        browser.jar = {"better-auth.session_token": wire(sign(token))}
        assert browser.session()["user"]["name"] == "Old", "a cookie made elsewhere"
        fresh = auth.browser()
        assert fresh.post("/sign-in/email", email=email, password="an old password").status_code == 200
        organization = fresh.organization()
        other = auth.sign_up()
        made = fresh.post("/organization/invite-member", email=other.email, role="member").json()
        assert other.post("/organization/accept-invitation", invitationId=made["id"]).status_code == 200
        assert len(fresh.get("/organization/get-full-organization", organizationId=organization["id"]).json()["members"]) == 2
        if issuer:
            assert auth.sql("select distinct issuer from account") == [["local:credential"]]
        assert fresh.post("/api-key/create", name="k").status_code == 200
    finally:
        auth.stop()


def test_85_keys_of_a_database_of_1_4_and_older(auth_cluster):
    """Their owner is in `userId`, and there are no kinds."""
    name = database(auth_cluster, keys=OLD_KEYS)
    auth = Driver(auth_cluster, f"d{name}", database=name, checksDatabase=True, keySessions=True)
    try:
        browser, other = auth.sign_up(), auth.sign_up()
        old = "old_" + "k" * 64
        auth.sql(
            f"""insert into apikey (id, "userId", name, start, prefix, key, enabled, "rateLimitEnabled", "rateLimitTimeWindow",
                    "rateLimitMax", "requestCount", remaining, "createdAt", "updatedAt", permissions)
                values ('old', '{browser.user["id"]}', 'Old', 'old_kk', 'old_', '{digest(old)}', true, true, 86400000, 3, 0, 9,
                    now(), now(), '{{"files":["read"]}}')""")
        seen = browser.get("/api-key/get", id="old").json()
        assert (seen["referenceId"], seen["configId"], seen["permissions"]) == (browser.user["id"], "default", {"files": ["read"]})
        assert auth.verify_key(old) == {"valid": True, "remaining": 8}
        assert browser.get("/get-session", headers={"x-api-key": old, "Cookie": ""}).json()["user"]["id"] == browser.user["id"]
        assert auth.verify_key(old, configId="organization")["error"]["code"] == "INVALID_API_KEY"
        assert auth.verify_key(old)["valid"] and auth.verify_key(old)["error"]["code"] == "RATE_LIMITED"

        made = browser.post("/api-key/create", name="new", expiresIn=86400).json()
        assert auth.sql(f"""select "userId", key from apikey where id = '{made["id"]}'""") == [[browser.user["id"], digest(made["key"])]]
        assert auth.verify_key(made["key"])["valid"]
        listed = browser.get("/api-key/list", sortBy="name", sortDirection="desc", limit=1).json()
        assert listed["total"] == 2 and len(listed["apiKeys"]) == 1
        assert other.get("/api-key/list").json()["total"] == 0
        refused(other.get("/api-key/get", id="old"), 404, "KEY_NOT_FOUND")
        refused(other.post("/api-key/delete", keyId="old"), 404, "KEY_NOT_FOUND")
        assert browser.post("/api-key/update", keyId="old", name="Renamed", enabled=False).json()["name"] == "Renamed"
        assert auth.verify_key(old)["error"]["code"] == "KEY_DISABLED"
        assert browser.post("/api-key/delete", keyId="old").json() == {"success": True}
        assert auth.verify_key(old)["error"]["code"] == "INVALID_API_KEY"
        auth.advance(86401)
        assert auth.verify_key(made["key"])["error"]["code"] == "KEY_EXPIRED"
        assert auth.sql("select count(*) from apikey") == [["0"]]

        organization = browser.organization()
        answer = browser.post("/api-key/create", configId="organization", organizationId=organization["id"])
        refused(answer, 501, "KEY_KIND_UNAVAILABLE")
        assert browser.get("/api-key/list", organizationId=organization["id"]).json()["total"] == 0
        assert browser.post("/organization/delete", organizationId=organization["id"]).status_code == 200
    finally:
        auth.stop()


def test_85_what_cannot_be_served_is_refused_with_what_to_do(auth_cluster):
    name = database(auth_cluster, keys='"userId" text not null, "referenceId" text not null,')
    with pytest.raises(AssertionError) as error:
        Driver(auth_cluster, f"d{name}", database=name, checksDatabase=True, teams=True)
    for text in ("unsuitableDatabase", "configId", "activeTeamId", "teamId"):
        assert text in str(error.value), text
    name = database(auth_cluster)
    auth_cluster.postgres.sql('alter table "user" drop column role', database=name)
    with pytest.raises(AssertionError) as error:
        Driver(auth_cluster, f"d{name}", database=name, checksDatabase=True)
    assert "admin" in str(error.value)
