"""Moving in: a database that better-auth's migrator made and its users filled, dumped by pg_dump, restored into a new one, served by us.

Nothing of ours takes part before the restored database is served: the tables are the original's DDL, hashes come from hashlib, cookies and
key hashes from hmac and hashlib.
"""

import base64
import hashlib
import json
import secrets
import string
import subprocess

import pytest
import requests

from interop.postgres import tool

from .driver import Browser, Driver, refused, set_cookies, unique_email
from .test_databases import database as older_database
from .test_sessions import sign, wire
from .test_sign_in import scrypt

PASSWORD = "pässword ① of old"

# What the migrator of 1.7 makes with the plugins organization (teams, roles), admin, two-factor, username, api-key, jwt and stripe.
TABLES = """
create table "user" ("id" text not null primary key, "name" text not null, "email" text not null unique, "emailVerified" boolean not null,
    "image" text, "createdAt" timestamptz default current_timestamp not null, "updatedAt" timestamptz default current_timestamp not null,
    "role" text, "banned" boolean, "banReason" text, "banExpires" timestamptz, "twoFactorEnabled" boolean, "username" text unique,
    "displayUsername" text, "stripeCustomerId" text);
create table "session" ("id" text not null primary key, "expiresAt" timestamptz not null, "token" text not null unique,
    "createdAt" timestamptz default current_timestamp not null, "updatedAt" timestamptz not null, "ipAddress" text, "userAgent" text,
    "userId" text not null references "user" ("id") on delete cascade, "activeOrganizationId" text, "activeTeamId" text, "impersonatedBy" text);
create table "account" ("id" text not null primary key, ISSUER "accountId" text not null, "providerId" text not null,
    "userId" text not null references "user" ("id") on delete cascade, "accessToken" text, "refreshToken" text, "idToken" text,
    "accessTokenExpiresAt" timestamptz, "refreshTokenExpiresAt" timestamptz, "scope" text, "password" text,
    "createdAt" timestamptz default current_timestamp not null, "updatedAt" timestamptz not null);
create table "verification" ("id" text not null primary key, "identifier" text not null, "value" text not null, "expiresAt" timestamptz not null,
    "createdAt" timestamptz default current_timestamp not null, "updatedAt" timestamptz default current_timestamp not null);
create table "organization" ("id" text not null primary key, "name" text not null, "slug" text not null unique, "logo" text,
    "createdAt" timestamptz not null, "metadata" text, "stripeCustomerId" text);
create table "organizationRole" ("id" text not null primary key,
    "organizationId" text not null references "organization" ("id") on delete cascade, "role" text not null, "permission" text not null,
    "createdAt" timestamptz default current_timestamp not null, "updatedAt" timestamptz);
create table "team" ("id" text not null primary key, "name" text not null, "memberCount" integer not null,
    "organizationId" text not null references "organization" ("id") on delete cascade, "createdAt" timestamptz not null, "updatedAt" timestamptz);
create table "teamMember" ("id" text not null primary key, "teamId" text not null references "team" ("id") on delete cascade,
    "userId" text not null references "user" ("id") on delete cascade, "membershipKey" text unique, "createdAt" timestamptz);
create table "member" ("id" text not null primary key, "organizationId" text not null references "organization" ("id") on delete cascade,
    "userId" text not null references "user" ("id") on delete cascade, "role" text not null, "createdAt" timestamptz not null);
create table "invitation" ("id" text not null primary key, "organizationId" text not null references "organization" ("id") on delete cascade,
    "email" text not null, "role" text, "teamId" text, "status" text not null, "expiresAt" timestamptz not null,
    "createdAt" timestamptz default current_timestamp not null, "inviterId" text not null references "user" ("id") on delete cascade);
create table "twoFactor" ("id" text not null primary key, "secret" text not null, "backupCodes" text not null,
    "userId" text not null references "user" ("id") on delete cascade, "verified" boolean, "failedVerificationCount" integer,
    "lockedUntil" timestamptz);
create table "jwks" ("id" text not null primary key, "publicKey" text not null, "privateKey" text not null, "createdAt" timestamptz not null,
    "expiresAt" timestamptz, "alg" text, "crv" text);
create table "apikey" ("id" text not null primary key, "configId" text not null, "name" text, "start" text, "referenceId" text not null,
    "prefix" text, "key" text not null, "refillInterval" integer, "refillAmount" integer, "lastRefillAt" timestamptz, "enabled" boolean,
    "rateLimitEnabled" boolean, "rateLimitTimeWindow" integer, "rateLimitMax" integer, "requestCount" integer, "remaining" integer,
    "lastRequest" timestamptz, "expiresAt" timestamptz, "createdAt" timestamptz not null, "updatedAt" timestamptz not null,
    "permissions" text, "metadata" text);
create table "subscription" ("id" text not null primary key, "plan" text not null, "referenceId" text not null, "stripeCustomerId" text,
    "stripeSubscriptionId" text, "status" text not null, "periodStart" timestamptz, "periodEnd" timestamptz, "trialStart" timestamptz,
    "trialEnd" timestamptz, "cancelAtPeriodEnd" boolean, "cancelAt" timestamptz, "canceledAt" timestamptz, "endedAt" timestamptz,
    "seats" integer, "billingInterval" text, "stripeScheduleId" text);
"""
INDEXES = {
    "session": ["userId"], "account": ["userId"], "verification": ["identifier"], "organizationRole": ["organizationId", "role"],
    "team": ["organizationId"], "teamMember": ["teamId", "userId"], "member": ["organizationId", "userId"],
    "invitation": ["organizationId", "email"], "twoFactor": ["secret", "userId"], "apikey": ["configId", "referenceId", "key"],
}
ISSUER = '"issuer" text not null,'


def digest(key):
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()).rstrip(b"=").decode()


def letters(count):
    return "".join(secrets.choice(string.ascii_letters) for _ in range(count))


class OldWorld:
    """What a better-auth server would have left in its database."""

    def __init__(self, postgres, issuer):
        self.postgres = postgres
        self.database = f"left_{secrets.token_hex(4)}"
        postgres.create_database(self.database)
        self.user, self.mate, self.organization, self.token = (secrets.token_hex(16) for _ in range(4))
        self.email, self.mate_email = unique_email(), unique_email()
        self.user_key, self.organization_key = letters(64), "ms_" + letters(64)
        self.invitation = secrets.token_hex(16)
        owner = postgres.url("x").split("//")[1].split(":")[0]
        indexes = "".join(f'create index "{table}_{name}_idx" on "{table}" ("{name}");' for table, names in INDEXES.items() for name in names)
        more = 'create unique index "account_issuer_accountId_uidx" on account (issuer, "accountId");' if issuer else ""
        postgres.sql(f"set role {owner};" + TABLES.replace("ISSUER", ISSUER if issuer else "") + indexes + more + self.rows(issuer),
                     database=self.database)

    def rows(self, issuer):
        column, value = ("issuer,", "'local:credential',") if issuer else ("", "")
        google, google_value = ("issuer,", "'https://accounts.google.com',") if issuer else ("", "")
        hashed = scrypt(PASSWORD)
        permissions = json.dumps({"files": ["read"]}, separators=(",", ":"))
        return f"""
            insert into "user" (id, name, email, "emailVerified", role, banned) values
                ('{self.user}', 'Ölaf "O''Brien"', '{self.email}', true, 'user', false), ('{self.mate}', 'Mate', '{self.mate_email}', true, 'admin', null);
            insert into account (id, {column} "accountId", "providerId", "userId", password, "updatedAt") values
                ('a1', {value} '{self.user}', 'credential', '{self.user}', '{hashed}', now()),
                ('a2', {value} '{self.mate}', 'credential', '{self.mate}', '{hashed}', now());
            insert into account (id, {google} "accountId", "providerId", "userId", "accessToken", scope, "updatedAt") values
                ('a3', {google_value} '1234567890', 'google', '{self.user}', 'ya29.token', 'openid,email', now());
            insert into organization (id, name, slug, "createdAt", metadata) values
                ('{self.organization}', 'Old Ltd', 'old-ltd', now(), '{{"plan":"x"}}');
            insert into member (id, "organizationId", "userId", role, "createdAt") values
                ('m1', '{self.organization}', '{self.user}', 'owner', now());
            insert into invitation (id, "organizationId", email, role, status, "expiresAt", "inviterId") values
                ('{self.invitation}', '{self.organization}', '{self.mate_email}', 'admin', 'pending', now() + interval '1 day', '{self.user}');
            insert into session (id, "expiresAt", token, "updatedAt", "ipAddress", "userAgent", "userId", "activeOrganizationId") values
                ('s1', now() + interval '6 days', '{self.token}', now(), '', 'node', '{self.user}', '{self.organization}');
            insert into apikey (id, "configId", name, start, "referenceId", prefix, key, enabled, "rateLimitEnabled", "rateLimitTimeWindow",
                    "rateLimitMax", "requestCount", "createdAt", "updatedAt", permissions) values
                ('k1', 'default', 'ci', '{self.user_key[:6]}', '{self.user}', null, '{digest(self.user_key)}', true, true, 86400000, 10, 0, now(), now(),
                    '{permissions}'),
                ('k2', 'organization', 'hook', '{self.organization_key[:6]}', '{self.organization}', 'ms_', '{digest(self.organization_key)}', true, false,
                    null, null, 0, now(), now(), null);
            insert into subscription (id, plan, "referenceId", status) values ('p1', 'pro', '{self.organization}', 'active');
            """

    def restored(self, form, name=None):
        """A new database made of the dump alone, by the role that customers of a hosting company have."""
        target = name or f"restored_{secrets.token_hex(4)}"
        if not name:
            self.postgres.create_database(target)
        url = self.postgres.url(target)
        dump = f"{self.postgres.folder}-{target}.dump"
        source = ["-h", self.postgres.folder, "-p", str(self.postgres.port), "-U", "postgres", "--no-owner", "--no-privileges", "-f", dump]
        if form == "plain":
            self.run(tool("pg_dump"), *source, self.database)
            self.run(tool("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-1", "-d", url, "-f", dump)
        else:
            self.run(tool("pg_dump"), "-Fc", *source, self.database)
            self.run(tool("pg_restore"), "--no-owner", "--exit-on-error", "-d", url, dump)
        return target

    @staticmethod
    def run(*command):
        result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert result.returncode == 0, f"{command[0]}: {result.stderr}"


def check_auth(old, make_browser):
    """What every server on the restored database must do."""
    browser = make_browser()
    browser.jar = {"better-auth.session_token": wire(sign(old.token, old.secret))}
    session = browser.session()
    assert session["user"]["name"] == 'Ölaf "O\'Brien"' and session["session"]["activeOrganizationId"] == old.organization
    assert browser.get("/organization/get-full-organization").json()["metadata"] == '{"plan":"x"}'
    assert {one["providerId"] for one in browser.get("/list-accounts").json()} == {"credential", "google"}
    again = make_browser()
    signed_in = again.post("/sign-in/email", email=old.email, password=PASSWORD)
    assert signed_in.status_code == 200 and signed_in.json()["user"]["id"] == old.user, signed_in.text
    refused(make_browser().post("/sign-in/email", email=old.email, password=PASSWORD + "x"), 401, "INVALID_EMAIL_OR_PASSWORD")
    # And goes on from there: the other user accepts what was sent before, a new one signs up.
    mate = make_browser()
    assert mate.post("/sign-in/email", email=old.mate_email, password=PASSWORD).json()["user"]["role"] == "admin"
    assert mate.post("/organization/accept-invitation", invitationId=old.invitation).status_code == 200
    assert len(again.get("/organization/list-members", organizationId=old.organization).json()["members"]) == 2
    assert mate.get("/admin/list-users").json()["total"] == 2
    changed = again.post("/change-password", currentPassword=PASSWORD, newPassword="a new password", revokeOtherSessions=False)
    assert changed.status_code == 200
    new = make_browser()
    assert new.post("/sign-up/email", name="New", email=unique_email(), password="password123").status_code == 200
    assert again.get("/api-key/get", id="k1").json()["permissions"] == {"files": ["read"]}
    return again


@pytest.mark.parametrize("form", ["plain", "custom"])
@pytest.mark.parametrize("issuer", [False, True], ids=["1.7.3", "1.7.0"])
def test_85_a_dump_restored_is_served(auth_cluster, form, issuer):
    old = OldWorld(auth_cluster.postgres, issuer)
    database = old.restored(form)
    auth = Driver(auth_cluster, f"r{database}", database=database, checksDatabase=True, keySessions=True, teams=True, customRoles=True)
    try:
        old.secret = auth.secret
        check_auth(old, auth.browser)
        program = auth.browser(origin=False)
        assert program.get("/get-session", headers={"x-api-key": old.user_key}).json()["user"]["id"] == old.user
        assert auth.verify_key(old.user_key, permissions={"files": ["read"]})["valid"] is True
        assert auth.verify_key(old.organization_key, configId="organization")["valid"] is True
        assert auth.sql("select plan from subscription") == [["pro"]], "what is not ours is untouched"
    finally:
        auth.stop()


def test_85_the_rows_of_a_dump_fit_into_our_tables(auth_cluster, serve):
    """Only the data of a dump, into tables that we made."""
    source = older_database(auth_cluster)
    user, email, token = secrets.token_hex(16), unique_email(), secrets.token_hex(16)
    auth_cluster.postgres.sql(
        f"""insert into "user" (id, name, email, "emailVerified", role) values ('{user}', 'Old', '{email}', true, 'user');
            insert into account (id, "accountId", "providerId", "userId", password, "updatedAt")
                values ('a', '{user}', 'credential', '{user}', '{scrypt(PASSWORD)}', now());
            insert into session (id, token, "userId", "expiresAt", "updatedAt") values ('s', '{token}', '{user}', now() + interval '1 day', now());
            """, database=source)
    auth = serve(fresh=True)
    dump = f"{auth_cluster.folder}/{source}.sql"
    OldWorld.run(tool("pg_dump"), "-h", auth_cluster.postgres.folder, "-p", str(auth_cluster.postgres.port), "-U", "postgres", "--data-only",
                 "-f", dump, source)
    OldWorld.run(tool("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-1", "-d", auth_cluster.postgres.url(auth.database), "-f", dump)
    browser = auth.browser()
    browser.jar = {"better-auth.session_token": wire(sign(token))}
    assert browser.session()["user"]["id"] == user
    answer = auth.browser().post("/sign-in/email", email=email, password=PASSWORD)
    assert answer.status_code == 200 and len(set_cookies(answer)) == 1
    refused(auth.browser().post("/sign-in/email", email=email, password="another"), 401, "INVALID_EMAIL_OR_PASSWORD")


def test_85_the_application_moves_in_on_top(cluster):
    """Mainstay's own migrations over the restored tables, and then everything with the credentials of before."""
    environment = cluster.environment("movein", migrated=False)
    try:
        old = OldWorld(cluster.postgres, issuer=False)
        old.secret = environment.secret
        old.restored("custom", environment.database)
        environment.migrate()
        environment.serve()

        class Server:
            origin = environment.base_url

        check_auth(old, lambda: Browser(Server))
        ping = lambda key: requests.get(f"{environment.base_url}/v1/ping", headers={"Authorization": f"Bearer {key}"}, timeout=10)
        assert ping(old.organization_key).status_code == 200, ping(old.organization_key).text
        assert ping(old.organization_key + "x").status_code == 401 and ping(old.user_key).status_code == 401
        bearer = requests.get(f"{environment.base_url}/api/auth/get-session", headers={"Authorization": f"Bearer {old.token}"}, timeout=10)
        assert bearer.json()["user"]["id"] == old.user
        assert environment.sql("select plan from subscription") == [["pro"]]
        environment.migrate()  # a second time there is nothing to do
    finally:
        environment.stop()
