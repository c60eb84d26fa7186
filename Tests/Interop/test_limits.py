"""What a plan allows holds exactly, also when many ask at once; what a key is limited to holds too."""

import json
from concurrent.futures import ThreadPoolExecutor

import requests

from interop.api import Team, expect_problem
from interop.ports import free_port
from interop.waiting import wait_until


def override(installation, team, text):
    installation.sql(
        f"insert into organization_plan (organization_id, overrides) values ('{team.organization_id}', '{text}') "
        "on conflict (organization_id) do update set overrides = excluded.overrides")
    limit = json.loads(text).get("messagesPerMonth")
    # Servers hear of it a moment later.
    if limit is not None:
        wait_until(lambda: team.me()["usage"]["messages"]["limit"] == limit, 10, "the plan's new limit")


def test_quota_is_exact_under_concurrency(installation, team, receiver):
    queue = team.queue(receiver.endpoint("quota").url)
    override(installation, team, '{"messagesPerMonth": 7}')
    with ThreadPoolExecutor(20) as pool:
        plain = list(pool.map(lambda n: queue.post({"n": n}), range(30)))
        keyed = list(pool.map(lambda n: queue.post({"n": n}, headers={"Idempotency-Key": f"quota-{n}"}), range(10)))
    statuses = [answer.status_code for answer in plain + keyed]
    assert statuses.count(202) == 7 and statuses.count(429) == 33, statuses
    refused = next(answer for answer in plain + keyed if answer.status_code == 429)
    expect_problem(refused, 429, "usage_limit_exceeded")
    assert int(refused.headers["Retry-After"]) > 0 and refused.headers["X-Usage-Limit"] == "7"
    assert team.used() == 7
    rows = installation.sql(f"select count(*) from message where organization_id = '{team.organization_id}'")
    assert rows == [["7"]]
    # A refusal is not an answer to keep: the same key works once there is room again.
    override(installation, team, '{"messagesPerMonth": 100}')
    key = next(n for n, answer in enumerate(keyed) if answer.status_code == 429) if any(a.status_code == 429 for a in keyed) else 0
    assert queue.post({"n": key}, headers={"Idempotency-Key": f"quota-{key}"}).status_code == 202


def test_plan_limits_hold_under_concurrency(installation, receiver):
    team = Team(installation.base_url)  # has one project already; the free plan allows three projects and ten queues
    with ThreadPoolExecutor(8) as pool:
        projects = list(pool.map(lambda n: team.admin("POST", "/projects", json={"name": f"Project {n}"}), range(6)))
        queues = list(
            pool.map(
                lambda n: team.v1(
                    "POST", f"/projects/{team.project_id}/queues",
                    json={"name": f"queue-{n}", "destination": {"url": "https://example.com"}}), range(14)))
    assert sorted(answer.status_code for answer in projects) == [201] * 2 + [403] * 4
    assert sorted(answer.status_code for answer in queues) == [201] * 10 + [403] * 4
    expect_problem(next(answer for answer in queues if answer.status_code == 403), 403, "plan_limit_reached")


def test_payload_limit(installation, team, receiver):
    queue = team.queue(receiver.endpoint("large").url)
    assert queue.post("x" * (64 * 1024 - 2)).status_code == 202
    expect_problem(queue.post("x" * (64 * 1024 - 1)), 413, "payload_too_large")


def test_key_limited_to_a_project(installation, team):
    other = team.admin("POST", "/projects", json={"name": "Other"}).json()["data"]["id"]
    created = team.admin("POST", "/api-keys", json={"name": "limited", "projects": [other]})
    assert created.status_code == 201, created.text
    headers = {"Authorization": f"Bearer {created.json()['data']['key']}"}

    def queues(project):
        return requests.get(f"{installation.base_url}/v1/projects/{project}/queues", headers=headers, timeout=10)

    assert queues(other).status_code == 200
    expect_problem(queues(team.project_id), 404, "project_not_found")


def test_key_with_few_permissions(installation, team):
    created = team.admin("POST", "/api-keys", json={"name": "reader", "permissions": ["queues:read"]})
    headers = {"Authorization": f"Bearer {created.json()['data']['key']}"}
    path = f"{installation.base_url}/v1/projects/{team.project_id}/queues"
    assert requests.get(path, headers=headers, timeout=10).status_code == 200
    refused = requests.post(path, headers=headers, json={"name": "q", "destination": {"url": "https://example.com"}}, timeout=10)
    assert "queues:write" in expect_problem(refused, 403, "permission_denied")["detail"]
    listed = team.admin("GET", "/api-keys").json()["data"]
    assert next(key for key in listed if key["name"] == "reader")["lastUsedAt"] is not None


def test_slug_made_from_a_taken_name_varies(installation, team):
    slugs = [team.admin("POST", "/projects", json={"name": "Same Name"}).json()["data"]["slug"] for _ in range(2)]
    assert slugs[0] == "same-name" and slugs[1].startswith("same-name-")


def test_every_key_is_listed(installation, team):
    """More than one page of the auth library: a key that is not shown could not be revoked."""
    override(installation, team, '{"apiKeys": 150}')
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: team.admin("POST", "/api-keys", json={"name": f"key-{n}"}).json()["data"]["id"], range(104)))
    listed = [key["id"] for key in team.admin("GET", "/api-keys").json()["data"]]
    assert set(made) <= set(listed) and len(listed) == len(set(listed)) == 105


def test_the_plans_limit_of_api_keys(installation):
    """Twenty on the free plan, made in any way and at once."""
    team = Team(installation.base_url)  # has one key already
    create = {
        "admin": lambda n: team.admin("POST", "/api-keys", json={"name": f"key-{n}"}),
        "auth": lambda n: team.browser.post(
            f"{installation.base_url}/api/auth/api-key/create", timeout=20,
            json={"name": f"key-{n}", "configId": "organization", "organizationId": team.organization_id}),
    }
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: create["admin" if n % 2 else "auth"](n), range(30)))
    assert sum(answer.ok for answer in answers) == 19
    problem = expect_problem(create["admin"](0), 403, "plan_limit_reached")
    assert "20 API keys" in problem["detail"]
    refused = create["auth"](0)
    assert (refused.status_code, refused.json()["code"]) == (403, "KEY_LIMIT_REACHED")
    team.admin("DELETE", f"/api-keys/{team.key_id}")
    assert create["admin"](0).status_code == 201 and create["admin"](0).status_code == 403
    override(installation, team, '{"apiKeys": 21}')
    assert create["auth"](0).status_code == 200 and create["auth"](0).status_code == 403
    # A user's own keys open nothing of an organization's; they have a limit all the same.
    other = requests.Session()
    other.headers["origin"] = installation.base_url
    other.cookies.update(team.browser.cookies)
    own = [other.post(f"{installation.base_url}/api/auth/api-key/create", json={"name": "own"}, timeout=20).status_code for _ in range(21)]
    assert own == [200] * 20 + [403]


def test_all_processes_count_sign_ins_together(cluster):
    """Three sign-ins in ten seconds, wherever they are sent; without Redis each process still counts."""
    environment = cluster.environment("authlimits", AUTH_RATE_LIMIT="on")
    environment.serve()
    other = f"http://127.0.0.1:{free_port()}"
    environment.serve(PORT=other.rsplit(":", 1)[1], BASE_URL=other)

    def sign_in(url):
        return requests.post(
            f"{url}/api/auth/sign-in/email", json={"email": "a@example.com", "password": "password123"}, timeout=30)

    codes = [sign_in(url).status_code for url in (environment.base_url, other, environment.base_url, other)]
    assert codes == [401, 401, 401, 429]
    denied = sign_in(environment.base_url)
    assert denied.status_code == 429 and 1 <= int(denied.headers["X-Retry-After"]) <= 10


def test_a_process_needs_no_more_connections_than_it_says(cluster):
    """A database that admits just so many: under load nothing is refused, and changes are still heard."""
    environment = cluster.environment("connections", POOL_MAX="2")
    report = json.loads(environment.run("config", "--json").stdout)
    effect = next(setting["effect"] for setting in report["settings"] if setting["name"] == "POOL_MAX")
    most = int(effect.split()[0])
    environment.sql(f'alter database "{environment.database}" connection limit {most}')
    server = environment.serve()
    try:
        team = Team(environment.base_url)
        queue = team.queue("http://127.0.0.1:9/nobody")
        with ThreadPoolExecutor(16) as pool:
            assert all(list(pool.map(lambda n: bool(queue.publish({"n": n})), range(300))))
            used = int(environment.sql(
                f"select count(*) from pg_stat_activity where datname = '{environment.database}' and usename <> 'postgres'")[0][0])
        assert 4 <= used <= most
        assert "too many connections" not in server.output() and "Nothing is cached" not in server.output(), server.tail()
    finally:
        environment.stop()
