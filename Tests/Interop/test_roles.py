"""Roles that an organization makes for itself count on /admin, with the application's own resources."""

import secrets

import pytest

from interop.api import Team, expect_problem
from interop.stack import Cluster


@pytest.fixture(scope="module")
def environment():
    cluster = Cluster("roles")
    environment = cluster.environment("roles")
    environment.serve()
    yield environment
    cluster.stop()


@pytest.fixture()
def owner(environment):
    return Team(environment.base_url)


def join(environment, owner, role):
    """A new user who is a member in that role, and asks for the owner's organization."""
    member = Team(environment.base_url)
    member.verify(environment)
    invitation = owner.auth("organization/invite-member", email=member.email, role=role, organizationId=owner.organization_id)
    member.auth("organization/accept-invitation", invitationId=invitation["id"])
    member.browser.headers["x-organization-id"] = owner.organization_id
    return member


def role(owner, action="create-role", **fields):
    response = owner.browser.post(
        f"{owner.base_url}/api/auth/organization/{action}", json={"organizationId": owner.organization_id, **fields}, timeout=20)
    return response.status_code, response.json()


def create(member, path, **body):
    return member.admin("POST", path, json={"name": "x", **body})


def test_a_role_of_ones_own_gives_what_it_says_and_no_more(environment, owner):
    status, made = role(owner, role="publisher", permission={"project": ["read"], "message": ["write"]})
    assert status == 200, made
    member = join(environment, owner, "publisher")
    assert member.admin("GET", "/projects").status_code == 200
    problem = expect_problem(create(member, "/projects"), 403, "permission_denied")
    assert "projects:write" in problem["detail"]
    expect_problem(member.admin("GET", "/api-keys"), 403, "permission_denied")
    # Changed, and the next request meets the change.
    assert role(owner, "update-role", roleName="publisher", data={"permission": {"project": ["read", "write"], "apiKey": ["write"]}})[0] == 200
    assert create(member, "/projects", slug=f"p-{secrets.token_hex(6)}").status_code == 201
    # A key may do no more than whoever makes it.
    problem = expect_problem(create(member, "/api-keys", permissions=["projects:write", "messages:write"]), 403, "permission_denied")
    assert "messages:write" in problem["detail"]
    assert create(member, "/api-keys", permissions=["projects:write"]).status_code == 201
    # Nor by what a key may when nothing is said.
    expect_problem(create(member, "/api-keys"), 403, "permission_denied")
    strong = owner.create_key(permissions=["messages:write"])
    expect_problem(member.admin("POST", f"/api-keys/{strong['id']}/rotate", json={}), 403, "permission_denied")


def test_several_roles_together(environment, owner):
    role(owner, role="keeper", permission={"apiKey": ["read", "write"]})
    both = join(environment, owner, ["keeper", "member"])
    assert both.admin("GET", "/api-keys").status_code == 200 and both.admin("GET", "/projects").status_code == 200
    expect_problem(create(both, "/projects"), 403, "permission_denied")
    environment.sql(
        f"""update member set role = 'nothing' where "userId" = '{both.user["id"]}' and "organizationId" = '{owner.organization_id}'""")
    expect_problem(both.admin("GET", "/projects"), 403, "permission_denied")


def test_a_role_counts_in_its_organization_alone(environment, owner):
    role(owner, role="writer", permission={"project": ["read", "write"]})
    other = Team(environment.base_url)
    member = Team(environment.base_url)
    environment.sql(
        f"""insert into member (id, "organizationId", "userId", role, "createdAt")
            values ('m-{member.mark}', '{other.organization_id}', '{member.user["id"]}', 'writer', now())""")
    member.browser.headers["x-organization-id"] = other.organization_id
    expect_problem(member.admin("GET", "/projects"), 403, "permission_denied")
    member.browser.headers["x-organization-id"] = owner.organization_id
    expect_problem(member.admin("GET", "/projects"), 404, "organization_not_found")


def test_nobody_gives_what_they_do_not_have(environment, owner):
    """An admin may make roles, and has no say in billing."""
    admin = join(environment, owner, "admin")
    admin.organization_id = owner.organization_id
    status, answer = role(admin, role="treasurer", permission={"billing": ["write"]})
    assert (status, answer["missingPermissions"]) == (403, ["billing:write"])
    assert role(admin, role="reader", permission={"project": ["read"], "audit": ["read"]})[0] == 200
    status, answer = role(owner, role="wizard", permission={"magic": ["write"]})
    assert (status, answer["code"]) == (400, "INVALID_RESOURCE")
    status, answer = role(owner, role="wizard", permission={"project": ["cast"]})
    assert (status, answer["missingPermissions"]) == (403, ["project:cast"])
    member = join(environment, owner, "member")
    member.organization_id = owner.organization_id
    assert role(member, role="mine", permission={"project": ["read"]})[0] == 403


@pytest.mark.parametrize(
    "name, may, may_not",
    [
        ("owner", [{"billing": ["write"]}, {"project": ["delete"], "organization": ["delete"]}], [{"project": ["cast"]}]),
        ("admin", [{"project": ["write"], "apiKey": ["delete"]}], [{"billing": ["read"]}, {"organization": ["delete"]}]),
        ("member", [{"message": ["write"], "project": ["read"]}], [{"project": ["write"]}, {"secret": ["read"]}, {"audit": ["read"]}]),
    ])
def test_the_client_can_ask_for_the_applications_permissions(environment, owner, name, may, may_not):
    member = owner if name == "owner" else join(environment, owner, name)
    for permissions, expected in [*((one, True) for one in may), *((one, False) for one in may_not)]:
        answer = member.auth("organization/has-permission", organizationId=owner.organization_id, permissions=permissions)
        assert answer["success"] is expected, permissions
