"""The same body and list as SchemaBench's, through Pydantic v2 and orjson: best of nine batches, microseconds of one call."""

import enum
import time
import uuid
from datetime import datetime, timedelta, timezone
from typing import Annotated

import orjson
import pydantic

BODY = (
    b'{"name":"Nightly import of the customer list","projectId":"0190b2a0-7d1e-7c3a-9b1f-2a4c6e8f0a1b","environment":"production",'
    b'"priority":7,"tags":["import","nightly","customers"],"callback":"https://hooks.example.com/v1/runs/done",'
    b'"description":"Reads the export and merges it","delayed":false,"timeoutSeconds":3600,"idempotencyKey":"import-2026-11-22-0001",'
    b'"retry":{"attempts":5,"delays":[1,5,30,120],"exponential":true}}'
)


class Environment(enum.Enum):
    development = "development"
    production = "production"


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")


class Retry(Model):
    attempts: Annotated[int, pydantic.Field(ge=1, le=20)]
    delays: Annotated[list[int], pydantic.Field(max_length=20)]
    exponential: bool


class Body(Model):
    name: Annotated[str, pydantic.Field(min_length=1, max_length=200)]
    projectId: uuid.UUID
    environment: Environment
    priority: Annotated[int, pydantic.Field(ge=0, le=10)] = 5
    tags: Annotated[list[Annotated[str, pydantic.Field(min_length=1, max_length=40)]], pydantic.Field(max_length=10)] = []
    callback: Annotated[str | None, pydantic.Field(min_length=1, max_length=2000)] = None
    description: Annotated[str, pydantic.Field(min_length=1, max_length=400)]
    delayed: bool = False
    timeoutSeconds: Annotated[int, pydantic.Field(ge=0, le=86400)]
    idempotencyKey: Annotated[str, pydantic.Field(min_length=1, max_length=255)]
    retry: Retry | None = None


class Row(Model):
    id: uuid.UUID
    projectId: uuid.UUID
    name: str
    status: str
    attempt: int
    durationMilliseconds: int | None
    tags: list[str]
    error: str | None
    createdAt: datetime
    startedAt: datetime | None
    finishedAt: datetime | None


class Page(Model):
    data: list[Row]
    hasMore: bool


def row(index):
    start = datetime.fromtimestamp(1_795_000_000 + index * 61.125, timezone.utc)
    failed = index % 5 == 0
    return Row(
        id=uuid.uuid4(), projectId=uuid.uuid4(), name=f"Nightly import {index}", status="failed" if failed else "succeeded",
        attempt=1 + index % 3, durationMilliseconds=1200 + index, tags=["import", "nightly"], error='timed "out"' if failed else None,
        createdAt=start, startedAt=start + timedelta(seconds=1), finishedAt=start + timedelta(seconds=2))


def best(count, body):
    times = []
    for _ in range(9):
        start = time.perf_counter()
        for _ in range(count):
            body()
        times.append((time.perf_counter() - start) / count * 1e6)
    return f"{min(times):.2f} µs"


page = Page(data=[row(index) for index in range(20)], hasMore=True)
plain = page.model_dump()
print("Pydantic: parse and validate the body", best(5000, lambda: Body.model_validate_json(BODY)))
print("orjson: parse the body alone", best(5000, lambda: orjson.loads(BODY)))
print("Pydantic: write the list", best(500, page.model_dump_json))
print("orjson: write the list of plain dictionaries", best(500, lambda: orjson.dumps(plain)))
