"""The HTTP interface: lookups, paging, refusals, and that it has the columns that the contracts declare."""

from __future__ import annotations

import base64
from datetime import timedelta
from types import NoneType
from typing import Any, get_args
from urllib.parse import quote

import h3
import pytest
from pydantic import BaseModel
from starlette.testclient import TestClient

from pipelines.serving.app import Drive, DriveLog, Scenario, create_app
from pipelines.serving.refresh import Refresher
from tests.pipelines.datasets import CONTRACTS
from tests.pipelines.serving.conftest import NEVER
from tests.pipelines.serving.published import ADDRESS, CELLS, START, MemoryStore, drive, publish, scenario, serving


def ids(answer: Any) -> list[str]:
    return [row["scenario_id"] for row in answer.json()["scenarios"]]


def test_a_drive_is_the_log_that_was_published(client: TestClient) -> None:
    answer = client.get("/v1/drives/d1")
    assert answer.status_code == 200
    times = {"start_time": "2026-03-01T08:00:00Z", "end_time": "2026-03-01T08:01:00Z"}
    assert answer.json() == {"drive_id": "d1", **times, "logs": [{**drive("d1"), **times}]}


def test_a_drive_of_several_logs_spans_them(store: MemoryStore) -> None:
    """Also of logs that begin at the same moment; the first one ends last here."""
    whole = {"end_time": START + timedelta(minutes=9), "source_sha256": "2" * 64}
    second = {"start_time": START + timedelta(minutes=5), "end_time": START + timedelta(minutes=6)}
    logs = [drive("d1") | second | {"source_sha256": "1" * 64}, drive("d1") | whole, drive("d1")]
    publish(store, "two", [*logs, drive("d2")], [scenario(0)])
    client = TestClient(create_app(serving(store), NEVER, in_flight=8))
    found = client.get("/v1/drives/d1").json()
    assert (found["start_time"], found["end_time"]) == ("2026-03-01T08:00:00Z", "2026-03-01T08:09:00Z")
    assert [log["source_sha256"][0] for log in found["logs"]] == ["0", "2", "1"]
    Drive.model_validate(found)
    assert ids(client.get("/v1/drives/d1/scenarios")) == ["s0000"]
    assert client.get("/v1/snapshot").json()["rows"] == {"drives": 4, "scenarios": 1}


def test_an_unknown_drive_is_404(client: TestClient) -> None:
    assert client.get("/v1/drives/none").status_code == 404
    assert client.get("/v1/drives/none/scenarios").json() == {"detail": "no drive none"}


@pytest.mark.parametrize(
    "drive_id",
    ["fleet/veh 7 ü?#%2F", "/", "a/scenarios", "a//b/", "scenarios", "?", "#", "%", "a.b", "...", "+", "日本", "\n"],
)
def test_a_drive_is_found_whatever_the_characters_of_its_id(store: MemoryStore, drive_id: str) -> None:
    publish(store, "odd", [drive(drive_id)], [scenario(0) | {"drive_id": drive_id}])
    client = TestClient(create_app(serving(store), NEVER, in_flight=8))
    path = f"/v1/drives/{quote(drive_id, safe='')}"
    assert client.get(path).json()["drive_id"] == drive_id
    assert ids(client.get(f"{path}/scenarios")) == ids(client.get("/v1/scenarios", params={"drive_id": drive_id}))
    missing = client.get(f"{path}%2F")
    assert (missing.status_code, missing.json()) == (404, {"detail": f"no drive {drive_id}/"})


@pytest.mark.parametrize(
    "path", ["/v1/scenarios", "/v1/drives/d1", "/v1/drives/none", "/v1/snapshot", "/readyz", "/docs"]
)
def test_head_answers_as_get(client: TestClient, path: str) -> None:
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.headers) == (get.status_code, get.headers)


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
        *({"start": number} for number in ("2020", "1.5", "-1", "1e3", "1772352000", " 2020 ", "inf", "")),
        {"end": "2026"},
        {"end": "2026-03-01"},
        {"end": "2026-02-30T08:00:00Z"},
    ],
)
def test_bad_filters_are_422_with_a_reason(client: TestClient, params: dict[str, Any]) -> None:
    answer = client.get("/v1/scenarios", params=params)
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_nothing_published_yet_is_ready_and_empty() -> None:
    client = TestClient(create_app(serving(MemoryStore()), NEVER, in_flight=8))
    assert client.get("/readyz").json() == {"status": "ok", "snapshot_id": "empty"}
    assert ids(client.get("/v1/scenarios")) == []


def test_not_ready_before_the_first_look(store: MemoryStore) -> None:
    client = TestClient(create_app(Refresher(store, ADDRESS), NEVER, in_flight=8))
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_the_interface_is_described(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/v1/drives/{drive_id}", "/v1/drives/{drive_id}/scenarios", "/v1/scenarios"} <= paths.keys()


@pytest.mark.parametrize(
    ("model", "table"),
    [(DriveLog, "drive_logs.drives"), (Scenario, "scenarios.scenarios")],
    ids=["drives", "scenarios"],
)
def test_a_model_has_the_columns_of_its_table(model: type[BaseModel], table: str) -> None:
    columns = {column.name: column.required for column in CONTRACTS.table(table).columns}
    fields = model.model_fields
    assert {name: NoneType not in get_args(field.annotation) for name, field in fields.items()} == columns
    # A row is sent as it is stored, so all of its columns are there.
    assert all(field.is_required() for field in fields.values())
