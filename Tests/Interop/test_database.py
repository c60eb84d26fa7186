"""`mainstay db`, and what the servers make of a database that is older or newer than they are."""

import json
import pathlib
import re
import shutil

import pytest
import requests

from interop.waiting import wait_until

FOLDER = pathlib.Path(__file__).parents[2] / "Sources/Mainstay/Database/Migrations"


@pytest.fixture()
def environment(cluster):
    environment = cluster.environment("database", migrated=False)
    yield environment
    environment.stop()


@pytest.fixture()
def newer(tmp_path):
    """The migrations of a version to come; the function takes the lines that the next one begins with."""
    def write(*directives):
        folder = tmp_path / "newer"
        shutil.copytree(FOLDER, folder)
        last = sorted(folder.iterdir())[-1]
        number = int(last.name[:4]) + 1
        place = folder / f"{number:04}_later"
        place.mkdir()
        shutil.copy(last / "schema.json", place)
        (place / "up.sql").write_text("\n".join([f"-- parents: {last.name}", *directives, "", "create table later (id int);", ""]))
        return folder, place.name
    return write


def report(environment, *arguments, expect=0):
    result = environment.run("db", *arguments, "--json", check=False)
    assert result.returncode == expect, result.stdout + result.stderr
    return json.loads(result.stdout)


def refusal(environment, command="serve"):
    child = environment.start(command)
    assert child.wait(30) == 1, child.tail()
    return child.output()


def test_of_twin_roles_the_one_changed_last_stays(environment, tmp_path):
    """Twins that requests at once could make before there was an index against them."""
    first = tmp_path / "before"
    for place in sorted(FOLDER.iterdir()):
        if place.name < "0004":
            shutil.copytree(place, first / place.name)
    report(environment, "migrate", "--folder", str(first))
    environment.sql("insert into organization (id, name, slug, \"createdAt\") values ('o', 'O', 'o', now()), ('p', 'P', 'p', now())")
    rows = [("a", "o", "pilot", "now() - interval '3 days'", "null"), ("b", "o", "pilot", "now() - interval '4 days'", "now()"),
            ("c", "o", "pilot", "now() - interval '1 day'", "null"), ("d", "p", "pilot", "now() - interval '9 days'", "null"),
            ("e", "o", "cook", "now()", "null"), ("f", "o", "cook", "now()", "null"), ("g", "o", "guest", "now()", "null")]
    values = ", ".join(f"('{id}', '{organization}', '{role}', '{{}}', {made}, {changed})" for id, organization, role, made, changed in rows)
    environment.sql(f"""insert into "organizationRole" (id, "organizationId", role, permission, "createdAt", "updatedAt") values {values}""")
    environment.run("db", "migrate")
    assert environment.sql("""select id from "organizationRole" order by id""") == [["b"], ["d"], ["f"], ["g"]]
    assert report(environment, "check")["differences"] == []


def test_from_nothing_to_a_checked_database(environment):
    ids = sorted(path.name for path in FOLDER.iterdir())
    assert report(environment, "status", expect=3)["pending"] == ids
    assert [pending["id"] for pending in report(environment, "migrate", "--dry-run")["pending"]] == ids
    assert report(environment, "status", expect=3)["applied"] == [], "a dry run changes nothing"
    assert report(environment, "check", expect=3)["differences"]
    assert report(environment, "migrate")["applied"] == ids
    assert report(environment, "migrate")["applied"] == []
    assert report(environment, "status")["applied"] == ids
    assert report(environment, "check")["differences"] == []
    environment.sql("alter table queue drop column timeout_ms; create table stray (id int)")
    differences = report(environment, "check", expect=3)["differences"]
    assert {"object": "column queue.timeout_ms", "problem": "is missing"} in differences
    assert {"object": "table stray", "problem": "is not declared"} in differences
    assert not [each for each in report(environment, "check", "--ignore", "stray", expect=3)["differences"] if "stray" in each["object"]]


def test_the_short_name_is_the_same_command(environment):
    assert "Applied 0001_initial" in environment.run("migrate").stdout
    assert environment.run("db", "migrate").stdout == "The database is up to date.\n"


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_an_older_schema_is_refused_and_the_command_named(environment, command):
    text = refusal(environment, command)
    assert "Run: mainstay db migrate" in text, text
    # What it says to do is what helps.
    environment.run("db", "migrate")
    environment.start(command)
    if command == "serve":
        environment.wait_until_ready(environment.children[-1], environment.base_url)


def test_a_newer_schema_is_served_when_it_is_marked_compatible(environment, newer):
    folder, name = newer("-- compatible: yes")
    assert name in report(environment, "migrate", "--folder", str(folder))["applied"]
    environment.serve()
    assert requests.get(f"{environment.base_url}/health", timeout=5).status_code == 200
    doctor = environment.run("doctor", "--json", check=False)
    finding = next(each for each in json.loads(doctor.stdout)["findings"] if each["check"] == "postgresql.migrations")
    assert finding["level"] == "warning" and name in finding["seen"]


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_newer_schema_is_refused_otherwise(environment, newer, command):
    folder, name = newer()
    report(environment, "migrate", "--folder", str(folder))
    text = refusal(environment, command)
    assert name in text and "Run the newer version" in text, text
    # Nor does an older program migrate what it does not know.
    assert name in report(environment, "migrate", expect=1)["error"]["message"]


def test_a_changed_file_and_a_missing_one_are_refused(environment, newer):
    folder, name = newer()
    report(environment, "migrate", "--folder", str(folder))
    (folder / name / "up.sql").write_text("create table later (id bigint);\n")
    assert report(environment, "migrate", "--folder", str(folder), expect=1)["error"]["code"] == "changed"
    shutil.rmtree(folder / name)
    assert report(environment, "migrate", "--folder", str(folder), expect=1)["error"]["code"] == "missing"


def test_a_failure_names_file_line_and_statement_and_leaves_nothing(environment, newer):
    folder, name = newer()
    (folder / name / "up.sql").write_text("create table later (id int);\n\ninsert into later\nselect nothing;\n")
    error = report(environment, "migrate", "--folder", str(folder), expect=1)["error"]
    assert error["code"] == "statement" and error["sqlState"] == "42703"
    assert f"{name}/up.sql:4:" in error["message"] and "insert into later select nothing" in error["message"], error
    assert environment.sql("select to_regclass('later') is null") == [["t"]]
    assert report(environment, "status", "--folder", str(folder), expect=3)["pending"] == [name]


def test_two_processes_at_once_both_succeed(environment):
    children = [environment.start("migrate", "--json") for _ in range(2)]
    assert [child.wait(60) for child in children] == [0, 0]
    applied = [json.loads(child.output())["applied"] for child in children]
    assert sorted(applied, key=len)[0] == [] and sorted(applied, key=len)[1] != []


def test_generate_writes_what_was_reviewed_and_nothing_twice(environment, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        environment.run("db", "generate", "--folder", str(folder))
        assert environment.run("db", "generate", "--folder", str(folder)).stdout == "Nothing has changed.\n"
    files = ["0001_initial/up.sql", "0001_initial/schema.json"]
    assert [(first / file).read_bytes() for file in files] == [(second / file).read_bytes() for file in files]
    assert report(environment, "migrate", "--folder", str(first))["applied"] == ["0001_initial"]
    assert report(environment, "check")["differences"] == []
    # The repository's own migrations need no other.
    assert report(environment, "generate", "--dry-run", "--folder", str(FOLDER))["migration"] is None
    assert "There is no folder" in environment.run("db", "generate", check=False).stderr
    result = environment.run("db", "generate", "--folder", str(first), "--rename", "nonsense", check=False)
    assert result.returncode == 1 and "nonsense" in result.stderr


def test_lint_reads_a_migration(environment, newer):
    folder, name = newer()
    (folder / name / "up.sql").write_text("create index later on queue (name);\n")
    [finding] = report(environment, "lint", name, "--folder", str(folder), expect=3)["findings"]
    assert finding["rule"] == "index-blocks-writes" and finding["line"] == 1 and "concurrently" in finding["advice"]
    assert report(environment, "lint")["findings"] == []


def test_pull_and_baseline(environment, tmp_path):
    environment.sql("create table note (id int primary key, body text not null); create index note_body_idx on note (body)")
    text = environment.run("db", "pull").stdout
    assert '@Table("note")' in text and "struct Note" in text
    folder = tmp_path / "baseline"
    assert report(environment, "pull", "--baseline", str(folder))["tables"] == ["note"]
    assert report(environment, "status", "--folder", str(folder))["applied"] == ["0001_baseline"]
    assert "create table note" in (folder / "0001_baseline/up.sql").read_text()


def test_seeded_data_can_be_used_at_once(environment):
    environment.run("db", "migrate")
    seeded = report(environment, "seed")
    assert report(environment, "seed")["made"] == []
    environment.serve()
    origin = {"Origin": environment.base_url}
    login = requests.post(
        f"{environment.base_url}/api/auth/sign-in/email", json={"email": seeded["email"], "password": seeded["password"]},
        headers=origin, timeout=10)
    assert login.status_code == 200, login.text
    key = {"Authorization": f"Bearer {seeded['apiKey']}"}
    queues = requests.get(f"{environment.base_url}/v1/projects/{seeded['project']}/queues", headers=key, timeout=10).json()["data"]
    assert {queue["name"] for queue in queues} == {"orders", "mails"} == set(seeded["signingSecrets"])


def test_production_is_not_seeded(environment):
    environment.run("db", "migrate")
    result = environment.run("db", "seed", check=False, BASE_URL="https://mainstay.example.com")
    assert result.returncode == 1 and "--force" in result.stderr
    assert environment.sql('select count(*) from "user"')[0][0] in (0, "0")


def test_killed_while_migrating_it_ends_well(environment):
    """The library's tests kill at fifty moments; here once, with the real program, while it waits for a lock."""
    environment.sql('create table "user" (id text primary key)')
    with environment.postgres.locked('"user"', environment.database, mode="access exclusive"):
        child = environment.start("migrate")
        waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'migrate'"
        wait_until(lambda: environment.sql(waiting)[0][0] not in (0, "0"), 20, lambda: f"it waits for the lock. {child.tail()}")
        child.kill()
    environment.sql('drop table "user"')
    wait_until(lambda: environment.run("db", "migrate", check=False).returncode == 0, 30, lambda: "it migrates")
    assert report(environment, "check")["differences"] == []


def test_help_has_examples(environment):
    for command in ("generate", "migrate", "status", "check", "seed", "pull", "lint"):
        text = environment.run("db", command, "--help").stdout
        assert "Examples:" in text and f"mainstay db {command}" in text, text
    assert not re.search(r"TODO|FIXME", environment.run("db", "--help").stdout)
