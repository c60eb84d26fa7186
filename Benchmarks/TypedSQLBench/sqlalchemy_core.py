"""The same work by SQLAlchemy Core over asyncpg. usage: URL WORK SECONDS CONNECTIONS IN_FLIGHT; prints operations a second and the
processor time of this process an operation, in microseconds."""

import asyncio
import datetime
import random
import resource
import sys
import time
import uuid

from sqlalchemy import Column, DateTime, Double, Integer, BigInteger, MetaData, String, Table, Uuid, insert, select
from sqlalchemy.ext.asyncio import create_async_engine

metadata = MetaData()
organizations = Table("organizations", metadata, Column("id", BigInteger, primary_key=True), Column("name", String))
projects = Table(
    "projects", metadata, Column("id", BigInteger, primary_key=True), Column("organization_id", BigInteger), Column("name", String),
    Column("created_at", DateTime(timezone=True)))
runs = Table(
    "runs", metadata, Column("id", BigInteger, primary_key=True), Column("project_id", BigInteger), Column("state", String),
    Column("attempt", Integer), Column("cost", Double), Column("note", String), Column("created_at", DateTime(timezone=True)),
    Column("updated_at", DateTime(timezone=True)))
events = Table(
    "events", metadata, Column("id", Uuid), Column("kind", String), Column("count", Integer), Column("note", String),
    Column("created_at", DateTime(timezone=True)))

RUNS, PROJECTS = 100_000, 200


def event(number):
    return {"id": uuid.uuid4(), "kind": "created", "count": number, "note": None, "created_at": datetime.datetime.now(datetime.timezone.utc)}


async def by_key(connection):
    (await connection.execute(select(runs).where(runs.c.id == random.randrange(RUNS)))).one()


async def list_of_20(connection):
    (await connection.execute(
        select(runs).where(runs.c.project_id == random.randrange(PROJECTS)).order_by(runs.c.id.desc()).limit(20))).all()


async def two_joins(connection):
    statement = (
        select(runs.c.id, runs.c.state, runs.c.created_at, projects.c.name, organizations.c.name)
        .join(projects, runs.c.project_id == projects.c.id)
        .join(organizations, projects.c.organization_id == organizations.c.id)
        .where(runs.c.project_id == random.randrange(PROJECTS), runs.c.attempt >= 0).order_by(runs.c.id.desc()).limit(20))
    (await connection.execute(statement)).all()


async def insert_one(connection):
    await connection.execute(insert(events), event(1))


async def insert_many(connection):
    await connection.execute(insert(events), [event(number) for number in range(1000)])


WORK = {
    "one row by key": by_key, "20 rows": list_of_20, "20 rows, two joins": two_joins, "insert one": insert_one, "insert 1,000": insert_many,
}


async def main(url, work, seconds, connections, in_flight):
    engine = create_async_engine(
        "postgresql+asyncpg://" + url.split("://")[1].split("?")[0], pool_size=connections, max_overflow=0,
        isolation_level="AUTOCOMMIT")
    done = 0

    async def repeat(until):
        nonlocal done
        while time.monotonic() < until:
            async with engine.connect() as connection:
                await WORK[work](connection)
            done += 1

    await asyncio.gather(*(repeat(time.monotonic() + 0.3) for _ in range(in_flight)))
    done = 0
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    await asyncio.gather(*(repeat(time.monotonic() + seconds) for _ in range(in_flight)))
    elapsed, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(done / elapsed, used * 1e6 / max(1, done))
    await engine.dispose()


asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])))
