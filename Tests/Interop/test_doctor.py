"""`doctor`: what it finds, and that it says how to mend each."""

import re
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from interop.postgres import OWNER
from interop.ports import free_port
from interop.stack import Cluster
from interop.settings import HUNTER, Folder, doctor, without_all


@pytest.fixture(scope="module")
def stores():
    """Stores of this file's own: its tests spoil them."""
    stores = Cluster("doctor")
    yield stores
    stores.stop()


@pytest.fixture(scope="module")
def environment(stores):
    return stores.environment("doctor")


@pytest.fixture()
def folder(tmp_path):
    return Folder(tmp_path)


def test_healthy(environment):
    findings = doctor(environment, expect=0)
    assert {name: finding["seen"] for name, finding in findings.items() if finding["level"] == "problem"} == {}
    for name in (
            "settings", "settings.ENCRYPTION_KEYS", "settings.BASE_URL", "programs.postgresql", "programs.redis", "postgresql.version",
            "postgresql.latency", "postgresql.clock", "postgresql.fsync", "postgresql.synchronous_commit", "postgresql.max_connections",
            "postgresql.owner", "postgresql.role.mainstay_app", "postgresql.role.mainstay_system", "postgresql.migrations",
            "postgresql.start-check", "redis.version", "redis.latency", "redis.clock", "redis.maxmemory-policy", "redis.persistence",
            "redis.permissions"):
        assert name in findings, sorted(findings)
    for name in ("postgresql.fsync", "postgresql.migrations", "redis.maxmemory-policy", "redis.persistence", "settings"):
        assert findings[name]["level"] == "ok", findings[name]
    text = environment.run("doctor").stdout
    assert re.search(r"^ok +postgresql\.version: PostgreSQL \d+", text, re.M) and re.search(r"^0 problems, \d+ warnings?\.$", text, re.M), text


def test_without_a_database_it_is_about_dev(environment, folder):
    nothing = without_all(environment)
    findings = doctor(environment, expect=0, cwd=folder.path, **nothing)
    assert "mainstay dev" in findings["settings.DATABASE_URL"]["seen"]
    assert findings["programs.postgresql"]["level"] == findings["programs.redis"]["level"] == findings["dev.folder"]["level"] == "ok"
    assert not any(name.startswith(("postgresql.", "redis.")) for name in findings)
    assert not (folder.path / ".mainstay").exists(), "nothing is made"


def test_redis_that_evicts_and_forgets(stores, environment):
    client = stores.redis.client()
    client.config_set("maxmemory-policy", "allkeys-lru")
    client.config_set("appendonly", "no")
    try:
        findings = doctor(environment, expect=1)
        policy = findings["redis.maxmemory-policy"]
        assert policy["level"] == "problem" and policy["seen"] == "allkeys-lru" and "noeviction" in policy["remedy"]
        assert findings["redis.persistence"]["level"] == "warning"
    finally:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("appendonly", "yes")


def test_redis_user_without_permissions(stores, environment):
    client = stores.redis.client()
    client.acl_setuser("narrow", enabled=True, passwords=[f"+{HUNTER}"], keys=["other:*"], commands=["+@all"])
    findings = doctor(environment, expect=1, REDIS_URL=stores.redis.url(environment.redis_number, credentials=f"narrow:{HUNTER}@"))
    assert findings["redis.permissions"]["level"] == "problem" and "NOPERM" in findings["redis.permissions"]["seen"]


def test_new_server_that_is_not_durable():
    stores = Cluster(
        "fast", postgres_settings={"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "30"})
    try:
        new = stores.environment("new", migrated=False)
        assert "mainstay db migrate" in doctor(new, expect=1)["postgresql.role.mainstay_app"]["remedy"]
        stores.postgres.sql(f"alter role {OWNER} nocreaterole")
        role = doctor(new, expect=1)["postgresql.role.mainstay_app"]
        assert "may not create roles" in role["seen"] and "create role mainstay_app" in role["remedy"]
        stores.postgres.sql(f"create role mainstay_app nologin; create role mainstay_system nologin; grant mainstay_system to {OWNER}")
        findings = doctor(new, expect=1)
        assert f"grant mainstay_app to {OWNER}" in findings["postgresql.role.mainstay_app"]["remedy"]
        assert findings["postgresql.role.mainstay_system"]["level"] == "ok"
        stores.postgres.sql(f"alter role {OWNER} createrole; grant mainstay_app to {OWNER}")

        findings = doctor(stores.environment("fast"), expect=0, POOL_MAX="10")
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            finding = findings[f"postgresql.{name}"]
            assert finding["level"] == "warning" and finding["seen"] == "off" and f"{name} = on" in finding["remedy"]
        assert findings["postgresql.max_connections"]["level"] == "warning"
        findings = doctor(stores.environment("many"), expect=1, POOL_MAX="20")
        assert findings["postgresql.max_connections"]["level"] == "problem"
    finally:
        stores.stop()


def test_wrong_passwords(stores, environment):
    stores.redis.client().acl_setuser("right", enabled=True, passwords=["+right-password"], keys=["*"], commands=["+@all"])
    findings = doctor(
        environment, expect=1, DATABASE_URL=stores.postgres.url(environment.database, password=HUNTER),
        REDIS_URL=stores.redis.url(credentials=f"right:{HUNTER}@"))
    for name, variable in (("postgresql.connection", "DATABASE_URL"), ("redis.connection", "REDIS_URL")):
        assert findings[name]["level"] == "problem" and "password" in findings[name]["remedy"] and variable in findings[name]["remedy"]


def test_what_stays_wrong_is_told_without_waiting(stores, environment):
    server = f"{OWNER}@127.0.0.1:{stores.postgres.port}"
    for url, seen, remedy in [
            (f"postgresql://{server}/{environment.database}", "no password supplied", "password in DATABASE_URL"),
            (stores.postgres.url("no_such_database"), "does not exist", "createdb"),
            (stores.postgres.url(environment.database) + "?sslmode=require", "does not support SSL", "sslmode=disable")]:
        finding = doctor(environment, expect=1, DATABASE_URL=url)["postgresql.connection"]
        # What is waited for says so.
        assert seen in finding["seen"] and " ms" not in finding["seen"] and remedy in finding["remedy"], finding


def test_tls_where_there_is_none(stores, environment):
    finding = doctor(environment, expect=1, REDIS_URL=stores.redis.url().replace("redis://", "rediss://"))["redis.connection"]
    assert finding["level"] == "problem" and "does not speak TLS on this port; use redis://" in finding["seen"], finding
    assert "scheme" in finding["remedy"]


def test_nobody_listens(stores, environment):
    port = free_port()
    findings = doctor(
        environment, expect=1, timeout=30, DATABASE_URL=stores.postgres.url(environment.database, port=port),
        REDIS_URL=stores.redis.url(port=port))
    for name in ("postgresql.connection", "redis.connection"):
        assert findings[name]["level"] == "problem" and str(port) in findings[name]["seen"], findings[name]


def test_stores_that_hang(stores, environment):
    stores.postgres.freeze()
    stores.redis.freeze()
    try:
        findings = doctor(environment, expect=1, timeout=40)
        assert findings["postgresql.connection"]["level"] == findings["redis.connection"]["level"] == "problem"
    finally:
        stores.redis.thaw()
        stores.postgres.thaw()


def test_stores_are_looked_at_side_by_side(environment):
    """Neither, however long it is silent, is waited for before the other is asked."""
    with socket.create_server(("127.0.0.1", 0)) as postgres, socket.create_server(("127.0.0.1", 0)) as redis, ThreadPoolExecutor(1) as pool:
        for server in (postgres, redis):
            server.settimeout(30)
        findings = pool.submit(
            doctor, environment, expect=1, DATABASE_URL=f"postgresql://u@127.0.0.1:{postgres.getsockname()[1]}/db?sslmode=disable",
            REDIS_URL=f"redis://127.0.0.1:{redis.getsockname()[1]}")
        callers = [server.accept()[0] for server in (postgres, redis)]
        for caller in callers:
            caller.setblocking(False)
            with pytest.raises(BlockingIOError):  # the end, had it given up
                while caller.recv(65536):
                    pass
        for connection in (postgres, redis, *callers):
            connection.close()
        assert [name for name in findings.result(60) if name.endswith(".connection")] == ["postgresql.connection", "redis.connection"]


def test_database_that_was_never_migrated(stores):
    environment = stores.environment("unmigrated", migrated=False)
    findings = doctor(environment, expect=1)
    assert findings["postgresql.migrations"]["level"] == "problem" and "mainstay db migrate" in findings["postgresql.migrations"]["remedy"]
    assert "postgresql.start-check" not in findings


def test_roles_that_see_too_much(stores, environment):
    stores.postgres.sql("alter role mainstay_app bypassrls")
    try:
        role = doctor(environment, expect=1)["postgresql.role.mainstay_app"]
        assert role["level"] == "problem" and "nobypassrls" in role["remedy"]
    finally:
        stores.postgres.sql("alter role mainstay_app nobypassrls")


def test_tables_without_row_security(stores):
    environment = stores.environment("open")
    environment.sql("alter table message no force row level security")
    assert doctor(environment, expect=1)["postgresql.start-check"]["level"] == "problem"


def test_migrations_of_another_version(stores):
    environment = stores.environment("newer")
    environment.sql("insert into mainstay_meta.migration (id, checksum, compatible) values ('9999_later', '', true)")
    migrations = doctor(environment, expect=0)["postgresql.migrations"]
    assert migrations["level"] == "warning" and "9999_later" in migrations["seen"]
    environment.sql("update mainstay_meta.migration set compatible = false where id = '9999_later'")
    migrations = doctor(environment, expect=1)["postgresql.migrations"]
    assert migrations["level"] == "problem" and "9999_later" in migrations["seen"]
    environment.sql("update mainstay_meta.migration set checksum = '' where id = '0001_initial'")
    migrations = doctor(environment, expect=1)["postgresql.migrations"]
    assert migrations["level"] == "problem" and "0001_initial" in migrations["seen"]


def test_read_only_database(stores):
    environment = stores.environment("frozen")
    environment.sql(f"alter database {environment.database} set default_transaction_read_only = on")
    assert doctor(environment, expect=1)["postgresql.writable"]["level"] == "problem"


def test_settings_that_make_no_sense_together(environment, folder):
    folder.write("HOST=0.0.0.0\nBASE_URL=\n")
    (folder.path / ".env").chmod(0o644)
    findings = doctor(environment, expect=0, cwd=folder.path, HOST=None, BASE_URL=None, BETTER_AUTH_SECRET="s" * 40)
    for name in ("settings.BASE_URL", "settings.BETTER_AUTH_SECRET", "settings.file"):
        assert findings[name]["level"] == "warning", findings[name]
    findings = doctor(environment, expect=0, cwd=folder.path, BASE_URL="https://mainstay.example.com")
    assert findings["settings.BASE_URL"]["level"] == "ok" and findings["settings.TRUSTED_PROXIES"]["level"] == "warning"
    assert doctor(environment, expect=0, BASE_URL="http://mainstay.example.com")["settings.BASE_URL"]["level"] == "warning"
    problem = doctor(environment, expect=1, cwd=folder.path, PORT="http")["settings.PORT"]
    assert problem["level"] == "problem" and "whole number" in problem["seen"]


def test_settings_that_open_too_much(environment):
    wide = {
        "TRUSTED_PROXIES": "0.0.0.0/0,::/0", "OUTGOING_ALLOW": "10.0.0.0/8,169.254.0.0/16", "CORS_ORIGINS": "*",
        "BASE_URL": "https://mainstay.example.com"}
    findings = doctor(environment, expect=0, **wide)
    for name, seen in {"TRUSTED_PROXIES": "0.0.0.0/0, ::/0", "OUTGOING_ALLOW": "169.254.169.254", "CORS_ORIGINS": "every site"}.items():
        finding = findings[f"settings.{name}"]
        assert finding["level"] == "warning" and seen in finding["seen"] and "such as" in finding["remedy"], finding
    narrow = {"TRUSTED_PROXIES": "10.0.0.0/8,fd00::/8", "OUTGOING_ALLOW": "10.0.0.0/8", "CORS_ORIGINS": "https://app.example.com"}
    findings = doctor(environment, expect=0, **{**wide, **narrow})
    assert {findings[f"settings.{name}"]["level"] for name in narrow} == {"ok"}
