"""An unmodified client from PyPI, better-auth-client, uses the auth routes."""

import secrets

import better_auth_client
import pytest


@pytest.fixture
def client(installation):
    return better_auth_client.AuthClient(installation.base_url)


@pytest.fixture
def email():
    return f"client-{secrets.token_hex(6)}@example.com"


def test_life_of_a_user(client, email):
    assert client.get_session() is None
    user = client.sign_up.email(name="Ada", email=email, password="s3cret-password")["user"]
    session = client.get_session()
    assert session["user"]["id"] == user["id"]
    assert client.sign_out() == {"success": True}
    assert client.get_session() is None
    signed_in = client.sign_in.email(email=email, password="s3cret-password")
    assert signed_in["redirect"] is False and signed_in["user"]["email"] == email


def test_errors_keep_their_codes(client, email):
    with pytest.raises(better_auth_client.APIError) as error:
        client.sign_in.email(email=email, password="s3cret-password")
    assert (error.value.status, error.value.code) == (401, "INVALID_EMAIL_OR_PASSWORD")
    with pytest.raises(better_auth_client.APIError) as error:
        client.organization.list()
    assert (error.value.status, error.value.code) == (401, "UNAUTHORIZED")


def test_organizations_and_keys(client, email):
    client.sign_up.email(name="Ada", email=email, password="s3cret-password")
    slug = f"org-{secrets.token_hex(6)}"
    organization = client.organization.create(name="Acme", slug=slug, metadata={"a": 1})
    assert organization["metadata"] == {"a": 1} and organization["members"][0]["role"] == "owner"
    assert [item["metadata"] for item in client.organization.list()] == ['{"a":1}']
    assert client.organization.set_active(organizationSlug=slug)["id"] == organization["id"]
    key = client.api_key.create(configId="organization", organizationId=organization["id"], name="ci")
    assert key["key"].startswith("ms_") and len(key["key"]) == 67 and key["start"] == key["key"][:6]
    listed = client.api_key.list(organizationId=organization["id"])
    assert listed["total"] == 1 and "key" not in listed["apiKeys"][0]
    assert client.api_key.delete(keyId=key["id"], configId="organization") == {"success": True}


def test_main_flows(client, email, installation):
    """What an application of the original does with it: members, invitations, sessions, password, permissions."""
    owner = client.sign_up.email(name="Ada", email=email, password="s3cret-password")["user"]
    organization = client.organization.create(name="Acme", slug=f"org-{secrets.token_hex(6)}")
    guest_email = f"guest-{secrets.token_hex(6)}@example.com"
    invitation = client.organization.invite_member(email=guest_email, role="member")
    assert invitation["status"] == "pending" and invitation["inviterId"] == owner["id"]
    guest = better_auth_client.AuthClient(installation.base_url)
    guest.sign_up.email(name="Grace", email=guest_email, password="s3cret-password")
    # As following the link of the mail does.
    installation.sql(f"""update "user" set "emailVerified" = true where email = '{guest_email}'""")
    accepted = guest.organization.accept_invitation(invitationId=invitation["id"])
    assert accepted["member"]["role"] == "member"
    assert client.organization.list_members()["total"] == 2
    assert client.organization.has_permission(permissions={"member": ["create"]})["success"] is True
    assert guest.organization.has_permission(permissions={"member": ["create"]})["success"] is False
    assert guest.organization.get_active_member()["user"]["email"] == guest_email
    promoted = client.organization.update_member_role(memberId=accepted["member"]["id"], role="admin")
    assert promoted["role"] == "admin"
    assert client.organization.remove_member(memberIdOrEmail=guest_email)["member"]["id"] == accepted["member"]["id"]
    assert client.update_user(name="Ada L.") == {"status": True}
    changed = client.change_password(currentPassword="s3cret-password", newPassword="s3cret-password-2", revokeOtherSessions=True)
    assert changed["token"] and client.get_session()["user"]["name"] == "Ada L."
    assert len(client.list_sessions()) == 1 and client.list_accounts()[0]["providerId"] == "credential"
    program = better_auth_client.AuthClient(installation.base_url)
    program.set_bearer(changed["token"])
    assert program.get_session()["user"]["id"] == owner["id"]
    assert client.revoke_sessions() == {"status": True}
    assert client.get_session() is None


def test_operators(client, email, installation):
    """`mainstay superadmin create` makes the first operator, who then needs no shell."""
    made = installation.run("superadmin", "create", "--email", email, "--name", "Root")
    password = made.stdout.split("shown this once: ")[1].split()[0]
    admin_user = client.sign_in.email(email=email, password=password)["user"]
    assert admin_user["role"] == "admin" and admin_user["emailVerified"] is True
    other_email = f"other-{secrets.token_hex(6)}@example.com"
    other = better_auth_client.AuthClient(installation.base_url)
    user = other.sign_up.email(name="Eve", email=other_email, password="s3cret-password")["user"]
    with pytest.raises(better_auth_client.APIError) as error:
        other.admin.list_users()
    assert (error.value.status, error.value.code) == (403, "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS")
    assert client.admin.list_users(searchValue=other_email)["total"] == 1
    assert client.admin.ban_user(userId=user["id"], banReason="spam")["user"]["banned"] is True
    assert other.get_session() is None
    with pytest.raises(better_auth_client.APIError) as error:
        other.sign_in.email(email=other_email, password="s3cret-password")
    assert error.value.code == "BANNED_USER"
    client.admin.unban_user(userId=user["id"])
    other.sign_in.email(email=other_email, password="s3cret-password")
    assert client.admin.impersonate_user(userId=user["id"])["session"]["impersonatedBy"] == admin_user["id"]
    assert client.get_session()["user"]["email"] == other_email
    assert client.admin.stop_impersonating()["user"]["id"] == admin_user["id"]
    again = installation.run("superadmin", "create", "--email", other_email)
    assert "is an operator now" in again.stdout and "shown this once" not in again.stdout
    assert other.admin.list_users(limit=1)["limit"] == 1
    refused = installation.run("superadmin", "create", "--email", "nonsense", check=False)
    assert refused.returncode != 0 and "Invalid email" in refused.stderr
