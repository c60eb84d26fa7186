"""One organization's rows are out of another's reach in the database itself, whatever the application asks."""

import json
import re

import pytest

from interop.api import Team
from interop.postgres import SQLError
from interop.stack import Cluster
from interop.waiting import wait_until

APPLICATION = "mainstay_app"
REFUSED = {"42501"}  # insufficient_privilege: a policy or a missing grant


@pytest.fixture(scope="module")
def environment(cluster):
    environment = cluster.environment("tenancy")
    environment.serve()
    environment.worker()
    yield environment
    environment.stop()


@pytest.fixture(scope="module")
def organizations(environment):
    """Two organizations, each with something in every table that one message touches."""
    teams = []
    for _ in range(2):
        team = Team(environment.base_url)
        team.create_key(projects=[team.project_id])
        # Refused by the guard or the network: what matters is that an attempt is on record.
        queue = team.queue("http://127.0.0.1:9/nobody", retry={"attempts": 1})
        message = queue.publish({"of": team.mark}, headers={"idempotency-key": team.mark})
        queue.publish({"of": team.mark}, delay="PT1H")
        teams.append((team, queue, message))
    for _, queue, message in teams:
        queue.wait_for_state(message["id"], "failed")
    return [team.organization_id for team, _, _ in teams]


@pytest.fixture(scope="module")
def tenant_tables(environment):
    """Every table with an `organization_id`, partitions too: they can be asked by their own names."""
    rows = environment.sql(
        "select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped "
        "where c.relkind in ('r', 'p') and n.nspname !~ '^(pg_|information_schema)' order by 1")
    return [name for (name,) in rows]


def organizations_in(environment, tables, **options):
    """The organizations whose rows an unfiltered query of each table gives, all tables in one go."""
    result = {table: set() for table in tables}
    if tables:
        queries = " union all ".join(f"select distinct '{table}', organization_id from {table}" for table in tables)
        for table, organization in environment.sql(queries, **options):
            result[table].add(organization)
    return result


@pytest.fixture(scope="module")
def readable_tables(environment, tenant_tables):
    """Those the application's role may ask at all."""
    rows = environment.sql(
        " union all ".join(f"select '{table}', has_table_privilege('{APPLICATION}', '{table}', 'select')" for table in tenant_tables))
    return [table for table, may in rows if may == "t"]


def test_the_tables_have_rows_of_both(environment, organizations, tenant_tables):
    there = organizations_in(environment, tenant_tables)
    both = [table for table in tenant_tables if set(organizations) <= there[table]]
    for word in ("project", "queue", "message", "attempt", "usage", "idempotency", "api_key_scope"):
        assert any(word in table for table in both), f"no table of {word} has rows of both organizations: {both}"


def test_unfiltered_queries_see_one_organization(environment, organizations, tenant_tables, readable_tables):
    there = organizations_in(environment, tenant_tables)
    for organization in organizations:
        seen = organizations_in(environment, readable_tables, role=APPLICATION, organization=organization)
        assert seen == {table: there[table] & {organization} for table in readable_tables}
        assert sum(bool(found) for found in seen.values()) >= 5, "the application reads its own rows"


def test_without_an_organization_nothing_is_seen(environment, organizations, readable_tables):
    nothing = {table: set() for table in readable_tables}
    assert organizations_in(environment, readable_tables, role=APPLICATION) == nothing
    for organization in ("", "unknown", "%"):
        assert organizations_in(environment, readable_tables, role=APPLICATION, organization=organization) == nothing


def test_writing_for_another_organization_is_refused(environment, organizations, tenant_tables):
    ours, theirs = organizations
    tried = 0
    for table in tenant_tables:
        rows = environment.sql(f"select to_jsonb(t) from {table} t where organization_id = '{theirs}' limit 1")
        if not rows:
            continue
        tried += 1
        schema, name = table.split(".")
        columns = environment.sql(
            f"select quote_ident(attname) from pg_attribute where attrelid = '{table}'::regclass and attnum > 0 and not attisdropped "
            "and attgenerated = '' order by attnum")
        names = ", ".join(column for (column,) in columns)
        row = json.dumps(json.loads(rows[0][0])).replace("'", "''")
        before = environment.sql(f"select count(*) from {table}")
        with pytest.raises(SQLError) as failure:
            environment.sql(
                f"insert into {table} ({names}) overriding system value select {names} from jsonb_populate_record(null::{table}, '{row}')",
                role=APPLICATION, organization=ours)
        assert failure.value.state in REFUSED, f"{schema}.{name}: {failure.value}"
        # Nor may rows be given away, or taken from where they are.
        for statement in (
            f"update {table} set organization_id = '{theirs}' where organization_id = '{ours}'",
            f"update {table} set organization_id = '{ours}' where organization_id = '{theirs}'",
            f"delete from {table} where organization_id = '{theirs}'",
        ):
            present = environment.sql(f"select organization_id, count(*) from {table} group by 1 order by 1")
            try:
                environment.sql(statement, role=APPLICATION, organization=ours)
            except SQLError as error:
                assert error.state in REFUSED, f"{statement}: {error}"
            assert environment.sql(f"select organization_id, count(*) from {table} group by 1 order by 1") == present, statement
        assert environment.sql(f"select count(*) from {table}") == before
    assert tried >= 5


def test_row_security_is_forced_and_nobody_bypasses_it(environment, tenant_tables):
    unforced = environment.sql(
        "select c.oid::regclass from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' "
        "where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace::regnamespace::text !~ '^pg_' "
        "and not (c.relrowsecurity and c.relforcerowsecurity)")
    assert unforced == []
    roles = environment.sql("select rolname, rolbypassrls, rolsuper, rolcanlogin from pg_roles where rolname ~ '^mainstay_' order by 1")
    assert [row[0] for row in roles] == ["mainstay_app", "mainstay_system"]
    assert all(row[1:] == ["f", "f", "f"] for row in roles), roles


@pytest.fixture()
def private(cluster):
    """A PostgreSQL of its own, since roles belong to the whole cluster; the Redis is the common one."""
    private = Cluster("roles", with_redis=False)
    environment = private.environment("roles", REDIS_URL=cluster.redis.url(255))
    yield environment
    private.stop()


def refuses_to_serve(environment, words):
    child = environment.start("serve")
    assert child.wait(30) > 0, child.tail()
    text = child.output()
    assert APPLICATION in text and re.search(words, text, re.I), text


def test_serve_refuses_a_role_that_could_see_all(private):
    private.serve().end()
    private.sql(f"alter role {APPLICATION} bypassrls")
    refuses_to_serve(private, "bypass|row.level security|row security")
    private.sql(f"alter role {APPLICATION} nobypassrls")
    table = private.table("project", "projects")
    owner = private.sql(f"select pg_get_userbyid(relowner) from pg_class where oid = '{table}'::regclass")[0][0]
    private.sql(f"alter table {table} owner to {APPLICATION}")
    refuses_to_serve(private, "own")
    private.sql(f"alter table {table} owner to {owner}")
    server = private.serve()
    wait_until(lambda: server.is_running, 1, "it serves again")
