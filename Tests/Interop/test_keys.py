"""API keys of organizations: rotation with overlap, and where a key may be used from."""

import time
from datetime import datetime

import pytest

from interop.api import Team, expect_problem
from interop.stack import Cluster
from interop.waiting import wait_until


@pytest.fixture(scope="module")
def environment():
    cluster = Cluster("keys")
    environment = cluster.environment("keys", TRUSTED_PROXIES="127.0.0.0/8")
    environment.server = environment.serve()
    # A second server on the same stores: what one is told, the other must hear of.
    port = str(environment.port + 1)
    environment.other_url = f"http://127.0.0.1:{port}"
    child = environment.start("serve", PORT=port)
    environment.wait_until_ready(child, environment.other_url)
    yield environment
    cluster.stop()


@pytest.fixture()
def team(environment):
    return Team(environment.base_url)


def key_status(team, key, address=None, base_url=None):
    headers = {"x-forwarded-for": address} if address else None
    return team.v1("GET", "/ping", key=key, headers=headers, base_url=base_url).status_code


def rotate(team, key_id, **body):
    response = team.admin("POST", f"/api-keys/{key_id}/rotate", json=body)
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store, no-transform"
    return response.json()["data"]


def test_both_keys_work_until_the_overlap_is_over_and_then_by_itself_one(environment, team):
    urls = [environment.base_url, environment.other_url]
    assert [key_status(team, team.key, base_url=url) for url in urls] == [200, 200]
    rotated = rotate(team, team.key_id, overlap="PT3S")
    new = rotated["key"]
    (end,) = rotated["formerKeysEndAt"]
    assert rotated["id"] == team.key_id and new != team.key and new.startswith("ms_")
    # In constant use on both servers, from memory: nobody tells them of the end.
    seen = {url: [] for url in urls}
    over = datetime.fromisoformat(end).timestamp()
    while time.time() < over + 0.3:
        for url in urls:
            began = time.time()
            seen[url].append((began, key_status(team, team.key, base_url=url), time.time()))
            assert key_status(team, new, base_url=url) == 200
    for url in urls:
        assert {status for _, status, done in seen[url] if done < over} == {200}
        assert {status for began, status, _ in seen[url] if began > over} == {401}
    assert environment.sql(f"select count(*) from api_key_former where api_key_id = '{team.key_id}'") == [["1"]], "nothing ran"
    listed = team.admin("GET", "/api-keys").json()["data"]
    assert [(one["id"], one["formerKeysEndAt"]) for one in listed] == [(team.key_id, [])]
    problem = expect_problem(team.v1("GET", "/ping"), 401, "invalid_api_key")
    assert "rotat" not in problem["detail"]


def test_a_rotation_without_overlap_is_heard_at_once_by_every_server(environment, team):
    urls = [environment.base_url, environment.other_url]
    first = rotate(team, team.key_id)["key"]
    old = [team.key, first]
    assert [key_status(team, key, base_url=url) for key in old for url in urls] == [200] * 4
    new = rotate(team, team.key_id, overlap="PT0S")["key"]
    for key in old:
        assert key_status(team, key) == 401, "the server that did it"
        wait_until(lambda: key_status(team, key, base_url=environment.other_url) == 401, 2, "the other has heard")
    assert [key_status(team, new, base_url=url) for url in urls] == [200, 200]


def test_revoking_and_disabling_bind_old_keys_too(environment, team):
    new = rotate(team, team.key_id)["key"]
    disabled = team.admin("PATCH", f"/api-keys/{team.key_id}", json={"enabled": False})
    assert disabled.status_code == 200 and disabled.json()["data"]["enabled"] is False
    assert [key_status(team, key) for key in (team.key, new)] == [401, 401]
    team.admin("PATCH", f"/api-keys/{team.key_id}", json={"enabled": True, "name": "renamed"})
    assert [key_status(team, key) for key in (team.key, new)] == [200, 200]
    assert team.admin("DELETE", f"/api-keys/{team.key_id}").status_code == 204
    assert [key_status(team, key) for key in (team.key, new)] == [401, 401]
    assert environment.sql(f"select count(*) from api_key_former where owner_id = '{team.organization_id}'") == [["0"]]


def test_where_a_key_may_be_used_from(environment, team):
    made = team.create_key(allowedAddresses=["203.0.113.0/24", "2001:db8::1"])
    key = made["key"]
    assert made["allowedAddresses"] == ["203.0.113.0/24", "2001:db8::1"]
    for address in ("203.0.113.9", "2001:db8::1", "8.8.8.8, 203.0.113.9"):
        assert key_status(team, key, address) == 200, address
    for address in ("203.0.114.9", "2001:db8::2", "203.0.113.9, 8.8.8.8"):
        assert key_status(team, key, address) == 403, address
    problem = expect_problem(
        team.v1("GET", "/ping", key=key, headers={"x-forwarded-for": "198.51.100.1"}), 403, "address_not_allowed")
    assert "198.51.100.1" in problem["detail"]
    # Without a proxy's word the socket's peer counts.
    assert key_status(team, key) == 403
    changed = team.admin("PATCH", f"/api-keys/{made['id']}", json={"allowedAddresses": ["127.0.0.1"]})
    assert changed.json()["data"]["allowedAddresses"] == ["127.0.0.1"]
    assert key_status(team, key) == 200 and key_status(team, key, "203.0.113.9") == 403
    wait_until(lambda: key_status(team, key, base_url=environment.other_url) == 200, 2, "the other has heard")
    # As the hand of an operator, or another server, would.
    environment.sql(f"update api_key_allow_list set addresses = '{{10.0.0.0/8}}' where api_key_id = '{made['id']}'")
    for url in (environment.base_url, environment.other_url):
        wait_until(lambda: key_status(team, key, base_url=url) == 403, 2, "heard of through the database")
    lifted = team.admin("PATCH", f"/api-keys/{made['id']}", json={"allowedAddresses": None})
    assert lifted.json()["data"]["allowedAddresses"] is None and key_status(team, key) == 200
    shown = team.admin("GET", f"/api-keys/{made['id']}").json()["data"]
    assert "key" not in shown and shown["id"] == made["id"]


def test_what_is_wrong_is_said_all_at_once(team):
    wrong = {"name": "x", "allowedAddresses": ["10.0.0.1", "10.0.0.1/8", "here"]}
    problem = expect_problem(team.admin("POST", "/api-keys", json=wrong), 422, "validation_failed")
    assert [error["pointer"] for error in problem["errors"]] == ["/allowedAddresses/1", "/allowedAddresses/2"]
    expect_problem(team.admin("PATCH", f"/api-keys/{team.key_id}", json={"allowedAddresses": []}), 422, "validation_failed")
    for overlap in ("P31D", "-PT1S", 3600, "x"):
        expect_problem(team.admin("POST", f"/api-keys/{team.key_id}/rotate", json={"overlap": overlap}), 422, "validation_failed")
    for path in ("nothing", Team(team.base_url).key_id):
        expect_problem(team.admin("POST", f"/api-keys/{path}/rotate", json={}), 404, "api_key_not_found")
        expect_problem(team.admin("PATCH", f"/api-keys/{path}", json={"name": "x"}), 404, "api_key_not_found")
        expect_problem(team.admin("GET", f"/api-keys/{path}"), 404, "api_key_not_found")
    for _ in range(5):
        rotate(team, team.key_id)
    expect_problem(team.admin("POST", f"/api-keys/{team.key_id}/rotate", json={}), 409, "too_many_former_keys")


def test_nobody_gets_a_key_that_may_more_than_they(environment, team):
    """An admin may write keys, and has no say in billing."""
    strong = team.create_key(permissions=["billing:write"])
    other = Team(environment.base_url, "Admin")
    environment.sql(
        f"""insert into member (id, "organizationId", "userId", role, "createdAt")
            values ('m-{other.mark}', '{team.organization_id}', '{other.user["id"]}', 'admin', now())""")
    headers = {"x-organization-id": team.organization_id}
    answer = other.admin("POST", f"/api-keys/{strong['id']}/rotate", json={}, headers=headers)
    assert "billing:write" in expect_problem(answer, 403, "permission_denied")["detail"]
    assert other.admin("POST", f"/api-keys/{team.key_id}/rotate", json={}, headers=headers).status_code == 200
    environment.sql(f"update member set role = 'member' where id = 'm-{other.mark}'")
    answer = other.admin("POST", f"/api-keys/{team.key_id}/rotate", json={}, headers=headers)
    expect_problem(answer, 403, "permission_denied")
    answer = other.admin("PATCH", f"/api-keys/{team.key_id}", json={"name": "x"}, headers=headers)
    expect_problem(answer, 403, "permission_denied")
