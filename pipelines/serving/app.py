"""The HTTP interface: lookups by drive, time range, scenario kind and H3 cell."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import FastAPI, HTTPException, Query, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from pipelines.serving.admission import Admission
from pipelines.serving.refresh import Refresher
from pipelines.serving.requests import AsSent, Id, Moment
from pipelines.serving.snapshot import Query as ScenarioQuery
from pipelines.serving.snapshot import Snapshot

MAXIMUM_PAGE = 1000
JSON = "application/json"


class SnapshotInfo(BaseModel):
    """The snapshot that a replica answers from."""

    snapshot_id: str
    rows: dict[str, int]


class DriveLog(BaseModel):
    """One log of a drive; times are UTC."""

    drive_id: str
    vehicle_id: str
    source_uri: str
    source_sha256: str
    start_time: datetime
    end_time: datetime
    duration_s: float
    message_count: int
    software_version: str | None


class Drive(BaseModel):
    """One drive: from the first start to the last end of its logs (UTC), and these by start time."""

    drive_id: str
    start_time: datetime
    end_time: datetime
    logs: list[DriveLog]


class Scenario(BaseModel):
    """One mined scenario; times are UTC, peak_value is in the unit of its kind's definition."""

    scenario_id: str
    drive_id: str
    kind: str
    start_time: datetime
    end_time: datetime
    duration_s: float
    peak_value: float | None
    latitude_deg: float | None
    longitude_deg: float | None
    h3_cell: str | None


class ScenarioPage(BaseModel):
    """Scenarios by start time; `next_cursor` is null on the last page."""

    scenarios: list[Scenario]
    next_cursor: str | None


Limit = Annotated[int, Query(ge=1, le=MAXIMUM_PAGE)]


def create_app(refresher: Refresher, poll_seconds: float, in_flight: int) -> FastAPI:
    """The service over one source of snapshots. With `app.state.draining` set it answers, but is not ready."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        refreshing = asyncio.create_task(refresher.run(poll_seconds))
        yield
        refreshing.cancel()

    app = FastAPI(title="Roadbed serving", version="1", lifespan=lifespan)
    app.state.draining = False
    app.add_middleware(Admission, limit=in_flight)
    app.add_middleware(AsSent)
    add_operations(app, refresher)
    add_lookups(app, refresher)
    return app


def current(refresher: Refresher) -> Snapshot:
    if refresher.snapshot is None:
        raise HTTPException(503, "no snapshot has been looked for yet")
    return refresher.snapshot


def add_operations(app: FastAPI, refresher: Refresher) -> None:
    """Health, readiness and metrics."""

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz() -> dict[str, str]:
        if app.state.draining:
            raise HTTPException(503, "this replica is about to stop")
        return {"status": "ok", "snapshot_id": current(refresher).snapshot_id}

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def add_lookups(app: FastAPI, refresher: Refresher) -> None:
    """The lookups. Rows are stored as JSON, so that an answer is put together without building objects."""

    @app.get("/v1/snapshot")
    async def snapshot() -> SnapshotInfo:
        held = current(refresher)
        return SnapshotInfo(snapshot_id=held.snapshot_id, rows=held.counts)

    @app.get("/v1/drives/{drive_id}", response_model=Drive)
    async def drive(drive_id: Id) -> Any:
        found = current(refresher).drive(drive_id)
        if found is None:
            raise HTTPException(404, f"no drive {drive_id}")
        return Response(found, media_type=JSON)

    @app.get("/v1/drives/{drive_id}/scenarios", response_model=ScenarioPage)
    async def scenarios_of_drive(drive_id: Id, limit: Limit = 100, cursor: str | None = None) -> Any:
        held = current(refresher)
        if not held.has_drive(drive_id):
            raise HTTPException(404, f"no drive {drive_id}")
        return page(held, ScenarioQuery(drive_id=drive_id, limit=limit, after=cursor))

    @app.get("/v1/scenarios", response_model=ScenarioPage)
    async def scenarios(
        kind: str | None = None,
        drive_id: str | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        h3_cell: str | None = None,
        limit: Limit = 100,
        cursor: str | None = None,
    ) -> Any:
        query = ScenarioQuery(kind, drive_id, start, end, h3_cell, limit, cursor)
        return page(current(refresher), query)


def page(snapshot: Snapshot, query: ScenarioQuery) -> Response:
    """A page of scenarios; a filter that makes no sense is a 422 with the reason."""
    try:
        found, next_cursor = snapshot.scenarios(query)
    except ValueError as error:
        raise HTTPException(422, str(error)) from None
    body = b'{"scenarios":[%b],"next_cursor":%b}' % (b",".join(found), orjson.dumps(next_cursor))
    return Response(body, media_type=JSON)
