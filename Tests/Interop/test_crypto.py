"""Python's own hashlib and hmac agree with what is stored and what the browser holds."""

import base64
import hashlib
import hmac
import unicodedata
from urllib.parse import unquote

import pytest
import requests

from interop.api import Team


def stored_password(environment, user_id):
    ((stored,),) = environment.sql(
        f"""select password from account where "userId"::text = '{user_id}' and "providerId" = 'credential'""")
    return stored


def scrypt(password, salt):
    text = unicodedata.normalize("NFKC", password).encode()
    # The salt is the hexadecimal text, not the bytes it stands for.
    return hashlib.scrypt(text, salt=salt.encode(), n=16384, r=16, p=1, dklen=64, maxmem=128 * 16384 * 16 * 2).hex()


def test_stored_password(installation, team):
    salt, key = stored_password(installation, team.user["id"]).split(":")
    assert len(salt) == 32 and len(key) == 128
    assert hmac.compare_digest(key, scrypt(team.password, salt))
    assert key != scrypt(team.password + "x", salt)


@pytest.mark.parametrize("password", ["Paßwort-für-Ada", "ﬁancé Ⅷ ½ passwörd", "パスワード🔑🔑🔑"])
def test_stored_password_beyond_ascii(installation, password):
    email = f"user-{hashlib.sha256(password.encode()).hexdigest()[:12]}@example.com"
    answer = requests.post(
        f"{installation.base_url}/api/auth/sign-up/email", json={"name": "Ada", "email": email, "password": password}, timeout=20)
    assert answer.status_code == 200, answer.text
    salt, key = stored_password(installation, answer.json()["user"]["id"]).split(":")
    assert key == scrypt(password, salt)


def test_session_cookie(installation, team):
    value = unquote(team.browser.cookies["better-auth.session_token"])
    token, _, signature = value.rpartition(".")
    expected = base64.b64encode(hmac.digest(installation.secret.encode(), token.encode(), hashlib.sha256)).decode()
    assert hmac.compare_digest(signature, expected)
    rows = installation.sql(f"""select "userId" from session where token = '{token}'""")
    assert rows == [[team.user["id"]]]


def test_cookie_signed_here_is_accepted_and_a_forged_one_is_not(installation, team):
    token = unquote(team.browser.cookies["better-auth.session_token"]).rpartition(".")[0]

    def session_with(secret):
        signature = base64.b64encode(hmac.digest(secret.encode(), token.encode(), hashlib.sha256)).decode()
        # Undecoded values are read too.
        cookie = f"better-auth.session_token={token}.{signature}"
        return requests.get(f"{installation.base_url}/api/auth/get-session", headers={"cookie": cookie}, timeout=10).json()

    assert session_with(installation.secret)["user"]["email"] == team.email
    assert session_with("x" * 40) is None


def test_stored_api_key(installation, team):
    expected = base64.urlsafe_b64encode(hashlib.sha256(team.key.encode()).digest()).rstrip(b"=").decode()
    rows = installation.sql(f"""select key, "referenceId", prefix, start from apikey where id = '{team.key_id}'""")
    assert rows == [[expected, team.organization_id, "ms_", team.key[:6]]]
    whole = installation.sql(f"select count(*) from apikey t where t::text like '%{team.key}%'")
    assert whole == [["0"]], "the key itself is stored nowhere"


def test_signing_secret_is_sealed_at_rest(installation, team):
    queue = team.queue("https://example.com/hook")
    table = installation.table("queue", "queues")
    bare = queue.secret.removeprefix("whsec_")
    hexadecimal = base64.b64decode(bare).hex()
    rows = installation.sql(f"select t::text from {table} t where id::text is not null")
    assert rows and not any(secret in row for (row,) in rows for secret in (queue.secret, bare, hexadecimal))


def test_answers_kept_for_idempotency_are_sealed(installation, team):
    """Creating a queue answers its signing secret, and a repeated key must answer it again: so it is stored, but not in plain."""
    headers = {"Idempotency-Key": "sealed-1"}
    body = {"name": "sealed", "destination": {"url": "https://example.com/hook"}}
    first = team.v1("POST", f"/projects/{team.project_id}/queues", json=body, headers=headers)
    again = team.v1("POST", f"/projects/{team.project_id}/queues", json=body, headers=headers)
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    rows = installation.sql(f"select encode(body, 'hex') from idempotency_key where organization_id = '{team.organization_id}'")
    assert len(rows) == 1 and b"whsec_".hex() not in rows[0][0]


def test_two_users_of_one_password_have_two_hashes(installation, team):
    other = Team(installation.base_url)
    assert stored_password(installation, team.user["id"]) != stored_password(installation, other.user["id"])
