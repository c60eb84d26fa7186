"""An organization with everybody who could want something of it, put into the database with cookies made here: no password is hashed."""

import hashlib
import base64
import secrets

from .driver import unique_email
from .test_sessions import sign, wire

# Who asks. `removed` was a member once, `expired` and `banned` were owners with a session, `superadmin` administers users and is a
# member of nothing, `impersonated` is that administrator as the member.
ROLES = ["nobody", "stranger", "member", "admin", "owner", "custom", "superadmin", "impersonated", "banned", "expired", "removed"]


def text(value):
    return "null" if value is None else "'" + str(value).replace("'", "''") + "'"


class World:
    """People, an organization, teams, roles, an invitation and keys of one test, new every time."""

    def __init__(self, auth):
        self.auth = auth
        self.rows = []
        self.organization, self.other_organization = self.new_id(), self.new_id()
        self.team, self.empty_team, self.default_team = self.new_id(), self.new_id(), self.new_id()
        self.invitation = self.new_id()
        self.users, self.emails, self.accounts, self.members = {}, {}, {}, {}
        self.browsers = {"nobody": auth.browser()}
        for name in ("stranger", "member", "admin", "owner", "second", "custom", "superadmin", "banned", "expired", "removed", "target"):
            self.add_user(name)
        self.add_organization()
        self.add_sessions()
        self.key = self.add_key("default", self.users["owner"])
        self.organization_key = self.add_key("organization", self.organization)
        auth.sql(";\n".join(self.rows) + ";")
        banned = self.browsers["superadmin"].post("/admin/ban-user", userId=self.users["banned"])
        assert banned.status_code == 200, banned.text

    @staticmethod
    def new_id():
        return secrets.token_hex(16)

    def insert(self, table, **values):
        names = ", ".join(f'"{name}"' for name in values)
        self.rows.append(f'insert into "{table}" ({names}) values ({", ".join(values.values())})')

    def add_user(self, name):
        self.users[name], self.emails[name] = self.new_id(), unique_email()
        role = "admin" if name == "superadmin" else "user"
        self.insert("user", id=text(self.users[name]), name=text(name), email=text(self.emails[name]), emailVerified="true", role=text(role),
                    banned="false")
        self.accounts[name] = self.new_id()
        self.insert("account", id=text(self.accounts[name]), accountId=text(self.users[name]), providerId=text("credential"),
                    userId=text(self.users[name]), updatedAt="now()")

    def add_organization(self):
        for id, name in ((self.organization, "Acme"), (self.other_organization, "Other")):
            self.insert("organization", id=text(id), name=text(name), slug=text(id), createdAt="now()")
        for name, role in (("member", "member"), ("admin", "admin"), ("owner", "owner"), ("second", "owner"), ("custom", "pilot"),
                           ("banned", "owner"), ("expired", "owner"), ("target", "member")):
            self.members[name] = self.new_id()
            self.insert("member", id=text(self.members[name]), organizationId=text(self.organization), userId=text(self.users[name]),
                        role=text(role), createdAt="now()")
        self.insert("member", id=text(self.new_id()), organizationId=text(self.other_organization), userId=text(self.users["stranger"]),
                    role=text("owner"), createdAt="now()")
        for role, permission in (("pilot", '{"invitation":["create","cancel"]}'), ("idle", '{"project":["create"]}')):
            self.insert("organizationRole", id=text(self.new_id()), organizationId=text(self.organization), role=text(role),
                        permission=text(permission))
        for id, count in ((self.default_team, 0), (self.team, 1), (self.empty_team, 0)):
            self.insert("team", id=text(id), name=text("Team"), memberCount=str(count), organizationId=text(self.organization),
                        createdAt="now()")
        pair = f'["{self.team}","{self.users["member"]}"]'
        key = base64.urlsafe_b64encode(hashlib.sha256(pair.encode()).digest()).rstrip(b"=").decode()
        self.insert("teamMember", id=text(self.new_id()), teamId=text(self.team), userId=text(self.users["member"]),
                    membershipKey=text(key), createdAt="now()")
        self.insert("invitation", id=text(self.invitation), organizationId=text(self.organization), email=text(unique_email()),
                    role=text("admin"), status=text("pending"), expiresAt="now() + interval '1 day'", inviterId=text(self.users["owner"]))

    def add_sessions(self):
        for name, user in self.users.items():
            self.add_session(name, user, ends="-1 second" if name == "expired" else "7 days")
        self.add_session("impersonated", self.users["member"], by=self.users["superadmin"])
        self.browsers["impersonated"].jar["better-auth.dont_remember"] = wire(sign("true"))

    def add_session(self, name, user, by=None, ends="7 days"):
        token = self.new_id()
        active = self.other_organization if name in ("stranger", "superadmin") else self.organization
        self.insert("session", id=text(self.new_id()), token=text(token), userId=text(user), expiresAt=f"now() + interval '{ends}'",
                    updatedAt="now()", activeOrganizationId=text(None if name == "superadmin" else active), impersonatedBy=text(by))
        browser = self.auth.browser()
        browser.jar = {"better-auth.session_token": wire(sign(token))}
        browser.token, browser.email = token, self.emails.get(name)
        self.browsers[name] = browser

    def add_key(self, kind, owner):
        id = self.new_id()
        self.insert("apikey", id=text(id), configId=text(kind), referenceId=text(owner), key=text(self.new_id()), enabled="true",
                    createdAt="now()", updatedAt="now()")
        return id

    @property
    def names(self):
        """What the texts in capitals of `endpoints.py` stand for."""
        return {
            "ORGANIZATION": self.organization, "TEAM": self.team, "EMPTY_TEAM": self.empty_team, "INVITATION": self.invitation,
            "TARGET": self.users["target"], "TARGET_MEMBER": self.members["target"], "MEMBER": self.users["member"],
            "SECOND_MEMBER": self.members["second"], "KEY": self.key, "ORGANIZATION_KEY": self.organization_key,
            "ACCOUNT": self.accounts["owner"], "EMAIL": self.emails["target"], "NEW_EMAIL": unique_email, "NEW_SLUG": self.new_id, "SUPERADMIN": self.users["superadmin"],
        }


TABLES = ["user", "account", "verification", "organization", "member", "invitation", "team", "teamMember", "organizationRole", "apikey"]


def fingerprint(auth, tables=TABLES):
    """Changes when a row of these tables does."""
    parts = " union all ".join(
        f"""select '{table}', md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from "{table}" t""" for table in tables)
    return dict(auth.sql(parts))
