"""The serving service: lookups, paging, refusals, and a new snapshot while requests go on."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from typing import Any

import h3
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from pipelines.serving.admission import Admission
from pipelines.serving.app import Drive, create_app
from pipelines.serving.h3_range import cell_range
from pipelines.serving.refresh import Refresher
from tests.pipelines.serving.published import CELLS, START, MemoryObjects, drive, publish, scenario

NEVER = 3600.0


@pytest.fixture
def objects() -> MemoryObjects:
    objects = MemoryObjects()
    scenarios = [scenario(i, kind="hard_brake" if i % 2 else "cut_in") for i in range(20)]
    publish(objects, "one", [drive("d1"), drive("d2")], [*scenarios, scenario(30, drive_id="d2")])
    return objects


@pytest.fixture
def client(objects: MemoryObjects) -> TestClient:
    refresher = Refresher(objects)
    refresher.refresh()
    return TestClient(create_app(refresher, NEVER, in_flight=8))


def ids(answer: Any) -> list[str]:
    return [row["scenario_id"] for row in answer.json()["scenarios"]]


def test_a_drive_is_the_log_that_was_published(client: TestClient) -> None:
    answer = client.get("/v1/drives/d1")
    assert answer.status_code == 200
    times = {"start_time": "2026-03-01T08:00:00Z", "end_time": "2026-03-01T08:01:00Z"}
    assert answer.json() == {"drive_id": "d1", **times, "logs": [{**drive("d1"), **times}]}


def test_a_drive_of_several_logs_spans_them(objects: MemoryObjects) -> None:
    """Also of logs that begin at the same moment; the first one ends last here."""
    whole = {"end_time": START + timedelta(minutes=9), "source_sha256": "2" * 64}
    second = {"start_time": START + timedelta(minutes=5), "end_time": START + timedelta(minutes=6)}
    logs = [drive("d1") | second | {"source_sha256": "1" * 64}, drive("d1") | whole, drive("d1")]
    publish(objects, "two", [*logs, drive("d2")], [scenario(0)])
    refresher = Refresher(objects)
    assert refresher.refresh()
    client = TestClient(create_app(refresher, NEVER, in_flight=8))
    found = client.get("/v1/drives/d1").json()
    assert (found["start_time"], found["end_time"]) == ("2026-03-01T08:00:00Z", "2026-03-01T08:09:00Z")
    assert [log["source_sha256"][0] for log in found["logs"]] == ["0", "2", "1"]
    Drive.model_validate(found)
    assert ids(client.get("/v1/drives/d1/scenarios")) == ["s0000"]
    assert client.get("/v1/snapshot").json()["rows"] == {"drives": 4, "scenarios": 1}


def test_an_unknown_drive_is_404(client: TestClient) -> None:
    assert client.get("/v1/drives/none").status_code == 404
    assert client.get("/v1/drives/none/scenarios").json() == {"detail": "no drive none"}


def test_scenarios_of_a_drive(client: TestClient) -> None:
    assert ids(client.get("/v1/drives/d2/scenarios")) == ["s0030"]


def test_pages_give_every_row_once_in_order(client: TestClient) -> None:
    seen, cursor = [], None
    while True:
        answer = client.get("/v1/scenarios", params={"limit": 7, **({"cursor": cursor} if cursor else {})})
        seen += ids(answer)
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"s{i:04d}" for i in [*range(20), 30]]


def test_filters_hold_together(client: TestClient) -> None:
    start, end = START + timedelta(seconds=4), START + timedelta(seconds=9)
    answer = client.get(
        "/v1/scenarios", params={"kind": "hard_brake", "start": start.isoformat(), "end": end.isoformat()}
    )
    assert ids(answer) == ["s0003", "s0005", "s0007", "s0009"]


def test_a_cell_finds_its_scenarios_and_a_coarser_cell_all_below_it(client: TestClient) -> None:
    assert ids(client.get("/v1/scenarios", params={"h3_cell": CELLS[1]})) == [f"s{i:04d}" for i in (1, 5, 9, 13, 17)]
    parent = h3.cell_to_parent(CELLS[0], 3)
    assert len(ids(client.get("/v1/scenarios", params={"h3_cell": parent}))) == 21


@pytest.mark.parametrize("resolution", [4, 6, 8, 9])
def test_cell_range_is_exactly_the_children(resolution: int) -> None:
    cell = h3.cell_to_parent(CELLS[0], resolution)
    children = sorted(h3.cell_to_children(cell, 9))
    low, high = cell_range(cell)
    assert low <= children[0]
    assert children[-1] <= high
    neighbours = [child for ring in h3.grid_ring(cell, 1) for child in h3.cell_to_children(ring, 9)]
    assert not [child for child in neighbours if low <= child <= high]


@pytest.mark.parametrize(
    "params",
    [
        {"h3_cell": "nonsense"},
        {"h3_cell": "-1"},
        {"h3_cell": "f" * 40},
        {"h3_cell": h3.latlng_to_cell(37.77, -122.42, 12)},
        {"cursor": "!"},
        {"cursor": "ü"},
        {"cursor": base64.urlsafe_b64encode(b"no number:s1").decode()},
        {"cursor": base64.urlsafe_b64encode(b"9" * 30 + b":s1").decode()},
        {"cursor": base64.urlsafe_b64encode(b"-" + b"9" * 5000 + b":s1").decode()},
        {"limit": 0},
        {"limit": 1_000_000},
        {"start": "yesterday"},
        {"start": "2026-03-01T08:00:00"},
    ],
)
def test_bad_filters_are_422_with_a_reason(client: TestClient, params: dict[str, Any]) -> None:
    answer = client.get("/v1/scenarios", params=params)
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_nothing_published_yet_is_ready_and_empty() -> None:
    refresher = Refresher(MemoryObjects())
    refresher.refresh()
    client = TestClient(create_app(refresher, NEVER, in_flight=8))
    assert client.get("/readyz").json() == {"status": "ok", "snapshot_id": "empty"}
    assert ids(client.get("/v1/scenarios")) == []


def test_not_ready_before_the_first_look(objects: MemoryObjects) -> None:
    client = TestClient(create_app(Refresher(objects), NEVER, in_flight=8))
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_a_new_snapshot_is_swapped_in_and_a_failed_look_keeps_the_old(objects: MemoryObjects) -> None:
    refresher = Refresher(objects)
    assert refresher.refresh()
    assert not refresher.refresh()
    client = TestClient(create_app(refresher, NEVER, in_flight=8))
    publish(objects, "two", [drive("d3")], [])
    objects.fail = True
    with pytest.raises(ConnectionError):
        refresher.refresh()
    assert client.get("/v1/snapshot").json()["snapshot_id"] == "one"
    objects.fail = False
    assert refresher.refresh()
    assert client.get("/v1/snapshot").json() == {"snapshot_id": "two", "rows": {"drives": 1, "scenarios": 0}}
    assert client.get("/v1/drives/d1").status_code == 404


def test_openapi_and_metrics(client: TestClient) -> None:
    client.get("/v1/scenarios")
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/v1/drives/{drive_id}", "/v1/drives/{drive_id}/scenarios", "/v1/scenarios"} <= paths.keys()
    assert 'serving_request_seconds_count{route="/v1/scenarios",status="200"}' in client.get("/metrics").text


def test_requests_beyond_the_limit_are_refused_at_once_and_probes_never() -> None:
    release = asyncio.Event()
    app = FastAPI()

    @app.get("/slow")
    async def slow() -> str:
        await release.wait()
        return "done"

    @app.get("/healthz")
    async def healthz() -> str:
        return "ok"

    statuses: list[int] = []

    async def request(path: str, admission: Admission) -> None:
        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
        await admission(scope, receive, send)

    async def spike() -> None:
        admission = Admission(app, limit=2)
        waiting = [asyncio.create_task(request("/slow", admission)) for _ in range(2)]
        while admission.in_flight < 2:
            await asyncio.sleep(0)
        await request("/slow", admission)
        await request("/healthz", admission)
        assert statuses == [503, 200]
        release.set()
        await asyncio.gather(*waiting)
        assert statuses == [503, 200, 200, 200]

    asyncio.run(spike())
