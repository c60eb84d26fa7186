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
