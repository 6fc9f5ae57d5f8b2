"""The HTTP interface: lookups, paging, refusals, and that it has the columns that the contracts declare."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import h3
import pytest

from pipelines.serving import lookup_routes, snapshot
from pipelines.serving.http.messages import OVERLOADED, Answer, Request
from pipelines.serving.local_files import LocalFiles
from pipelines.serving.overload.pool import Pool
from pipelines.serving.refresh import Refresher
from pipelines.serving.routes import make_handler
from tests.pipelines.serving.client import Client, header, json
from tests.pipelines.serving.published import (
    ADDRESS,
    CELLS,
    DRIVES,
    READINGS,
    SCENARIOS,
    START,
    MemoryStore,
    as_sent,
    drive,
    publish,
    refresh,
    scenario,
    serving,
)

ARROW = "application/vnd.apache.arrow.stream"


def ids(answer: Answer) -> list[str]:
    return [row["scenario_id"] for row in json(answer)["scenarios"]]


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, json(answer)["detail"]


def test_a_key_finds_its_rows_as_they_were_published(client: Client) -> None:
    answer = client.get("/v1/drives/d1")
    assert answer.status == 200
    assert json(answer) == {"drives": [as_sent(drive("d1"))], "next_cursor": None}
    assert answer.body == client.get("/v1/drives/d1").body


def test_rows_of_a_key_are_in_the_table_s_order(store: MemoryStore, tmp_path: Path) -> None:
    """By time, and rows that are equal in the order by their JSON."""
    logs = [drive("d1", source_sha256="1" * 64), drive("d1"), drive("d1", start_time=START - timedelta(hours=1))]
    publish(store, "two", [(DRIVES, [*logs, drive("d2")])])
    found = json(Client(serving(store, tmp_path)).get("/v1/drives/d1"))["drives"]
    assert found == [as_sent(logs[2]), as_sent(logs[1]), as_sent(logs[0])]


def test_an_unknown_key_is_404(client: Client) -> None:
    expected = (404, "there are no drives with the drive_id 'none'")
    assert refusal(client.get("/v1/drives/none")) == expected
    assert refusal(client.get("/v1/drives/none?start=2026-03-01T08:00:00Z")) == expected
    assert refusal(client.get("/v1/drives/none/scenarios")) == expected


def test_a_filter_that_leaves_no_row_of_a_key_is_an_empty_page(client: Client) -> None:
    assert json(client.get("/v1/drives/d1?vehicle_id=other")) == {"drives": [], "next_cursor": None}
    assert json(client.get("/v1/drives/d1/scenarios?kind=other")) == {"scenarios": [], "next_cursor": None}


ODD = [
    "fleet/veh 7 ü?#%2F",
    "/",
    "a/scenarios",
    "a//b/",
    "scenarios",
    "?",
    "#",
    "%",
    "a.b",
    "...",
    "+",
    "日本",
    "\n",
    "\0",
]


@pytest.mark.parametrize("drive_id", ODD)
def test_a_key_may_have_any_characters(store: MemoryStore, tmp_path: Path, drive_id: str) -> None:
    rows = [(DRIVES, [drive(drive_id)]), (SCENARIOS, [scenario(0) | {"drive_id": drive_id}])]
    publish(store, "odd", rows, shards=2)
    client = Client(serving(store, tmp_path))
    path = f"/v1/drives/{quote(drive_id, safe='')}"
    assert json(client.get(path))["drives"][0]["drive_id"] == drive_id
    assert ids(client.get(f"{path}/scenarios")) == ids(client.get("/v1/scenarios", {"drive_id": drive_id})) == ["s0000"]
    batch = json(client.post("/v1/drives:batchGet", {"keys": [drive_id]}))
    assert batch == {"results": [{"key": drive_id, "drives": [as_sent(drive(drive_id))]}]}
    missing = refusal(client.get(f"{path}%2F"))
    assert missing == (404, f"there are no drives with the drive_id {drive_id + '/'!r}")


def test_scenarios_of_a_drive(client: Client) -> None:
    assert ids(client.get("/v1/drives/d2/scenarios")) == ["s0030"]


def test_a_table_that_is_not_found_by_the_key_is_not_below_it(client: Client) -> None:
    assert client.get("/v1/drives/d1/drives").status == 404
    assert client.get("/v1/scenarios/s0001/drives").status == 404
    assert client.get("/v1/drives/d1/nothing").status == 404
    assert client.get("/v1/drives/d1/scenarios/s0001").status == 404


@pytest.mark.parametrize("path", ["/v1/scenarios", "/v1/drives/d1/scenarios"])
def test_pages_give_every_row_once_in_order(client: Client, path: str) -> None:
    seen, cursor = [], None
    while True:
        answer = client.get(path, {"limit": 7, **({"cursor": cursor} if cursor else {})})
        seen += ids(answer)
        cursor = json(answer)["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"s{i:04d}" for i in [*range(20), *([30] if path == "/v1/scenarios" else [])]]


def test_filters_hold_together(client: Client) -> None:
    start, end = START + timedelta(seconds=4), START + timedelta(seconds=9)
    answer = client.get("/v1/scenarios", {"kind": "hard_brake", "start": start.isoformat(), "end": end.isoformat()})
    assert ids(answer) == ["s0003", "s0005", "s0007", "s0009"]


def test_a_cell_finds_its_scenarios_and_a_coarser_cell_all_below_it(client: Client) -> None:
    assert ids(client.get("/v1/scenarios", {"h3_cell": CELLS[1]})) == [f"s{i:04d}" for i in (1, 5, 9, 13, 17)]
    parent = h3.cell_to_parent(CELLS[0], 3)
    assert len(ids(client.get("/v1/scenarios", {"h3_cell": parent}))) == 21


@pytest.mark.parametrize(
    "parameters",
    [
        {"h3_cell": "nonsense"},
        {"h3_cell": "-1"},
        {"h3_cell": "f" * 40},
        {"h3_cell": h3.latlng_to_cell(37.77, -122.42, 12)},
        {"cursor": "!"},
        {"cursor": "ü"},
        {"limit": 0},
        {"limit": 1_000_000},
        {"limit": "٣"},
        {"start": "yesterday"},
        {"start": "2026-03-01T08:00:00"},
        *({"start": number} for number in ("2020", "1.5", "-1", "1e3", "1772352000", " 2020 ", "inf", "")),
        {"end": "2026"},
        {"end": "2026-03-01"},
        {"end": "2026-02-30T08:00:00Z"},
        {"bogus": "1"},
    ],
)
def test_bad_parameters_are_422_by_name(client: Client, parameters: dict[str, Any]) -> None:
    status, detail = refusal(client.get("/v1/scenarios", parameters))
    assert status == 422
    assert next(iter(parameters)) in detail
    assert client.get("/v1/drives/d1", parameters).status == 422


@pytest.mark.parametrize("query", ["limit=1&limit=2", "kind=%FF", "drive_id", "=", "&", "kind=a&"])
def test_a_query_that_is_none_is_422(client: Client, query: str) -> None:
    status = client.get(f"/v1/scenarios?{query}").status
    assert status == (200 if query == "drive_id" else 422)


def test_keys_have_their_column_s_type(tmp_path: Path) -> None:
    store = MemoryStore()
    row = {"sensor": -7, "day": START.date(), "taken": START, "good": False, "place": 3, "value": 0.5}
    empty = dict.fromkeys(row) | {"sensor": 8}
    publish(store, "one", [(READINGS, [row, empty])], shards=3)
    client = Client(serving(store, tmp_path))
    expected = {"readings": [as_sent(row)], "next_cursor": None}
    assert json(client.get("/v1/readings/-7")) == expected
    for name, text in (
        ("day", "2026-03-01"),
        ("taken", "2026-03-01T09:00:00+01:00"),
        ("good", "false"),
        ("place", "3"),
    ):
        assert json(client.get("/v1/readings", {name: text})) == expected
        assert refusal(client.get("/v1/readings", {name: "x"}))[1].startswith(f"{name}: 'x' is ")
    assert refusal(client.get("/v1/readings/seven")) == (422, "sensor: 'seven' is not a whole number of 64 bits")
    batch = client.post("/v1/readings:batchGet", {"by": "good", "keys": [False, True]})
    assert json(batch)["results"] == [{"key": False, "readings": [as_sent(row)]}, {"key": True, "readings": []}]
    assert refusal(client.get("/v1/readings?start=2026-03-01T08:00:00Z"))[0] == 422


def test_a_batch_is_answered_in_the_order_asked(client: Client) -> None:
    answer = client.post("/v1/scenarios:batchGet", {"by": "drive_id", "keys": ["d2", "none", "d1", "d2"], "limit": 2})
    found = [(one["key"], [row["scenario_id"] for row in one["scenarios"]]) for one in json(answer)["results"]]
    assert found == [("d2", ["s0030"]), ("none", []), ("d1", ["s0000", "s0001"]), ("d2", ["s0030"])]


@pytest.mark.parametrize(
    ("method", "target", "allow"),
    [
        ("POST", "/v1/drives", "GET, HEAD"),
        ("DELETE", "/v1/drives/d1", "GET, HEAD"),
        ("POST", "/readyz", "GET, HEAD"),
        ("GET", "/v1/drives:batchGet", "POST"),
    ],
)
def test_methods_that_are_not_offered(client: Client, method: str, target: str, allow: str) -> None:
    answer = client.send(method, target)
    assert (answer.status, header(answer, "allow")) == (405, allow)


@pytest.mark.parametrize(
    "target", ["/", "", "*", "/v1", "/v1/", "/v2/drives", "/v1/nothing", "/v1/nothing:batchGet", "/docs"]
)
def test_paths_that_are_none(client: Client, target: str) -> None:
    assert refusal(client.get(target))[0] == 404


def test_nothing_published_yet_is_ready_and_empty(tmp_path: Path) -> None:
    client = Client(serving(MemoryStore(), tmp_path))
    assert json(client.get("/readyz")) == {"status": "ok", "snapshot_id": "empty"}
    assert json(client.get("/v1/snapshot")) == {"snapshot_id": "empty", "created_at": None, "tables": {}}
    assert client.get("/v1/scenarios").status == 404


def test_not_ready_before_the_first_look_nor_while_it_drains(store: MemoryStore, tmp_path: Path) -> None:
    refresher = Refresher(store, ADDRESS, LocalFiles(tmp_path))
    client = Client(refresher)
    assert client.get("/healthz").status == 200
    for path in ("/readyz", "/v1/drives/d1", "/v1/snapshot"):
        assert refusal(client.get(path)) == (503, "no snapshot has been looked for yet")
    refresh(refresher)
    assert json(client.get("/readyz")) == {"status": "ok", "snapshot_id": "one"}
    client.draining = True
    assert refusal(client.get("/readyz")) == (503, "this replica is about to stop")
    assert client.get("/v1/drives/d1").status == 200


def test_metrics_are_prometheus_s(client: Client) -> None:
    answer = client.get("/metrics")
    assert answer.content_type.startswith(b"text/plain; version=")
    assert b'serving_snapshot_rows{table="scenarios"} 21.0' in answer.body


def test_only_what_stays_true_may_be_kept(client: Client) -> None:
    assert client.get("/v1/drives/d1").lasting
    assert not any(client.get(target).lasting for target in ("/readyz", "/metrics", "/v1/snapshot", "/v1/nothing"))


def test_too_much_work_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup_routes, "MOST_WORK", -1)
    monkeypatch.setattr(snapshot, "STEPS", 1)
    expected = (422, "this asks to look at too many rows; narrow it, by a key or by a shorter time")
    assert refusal(client.get("/v1/scenarios?kind=cut_in")) == expected


def test_more_than_the_threads_can_do_is_refused(store: MemoryStore, tmp_path: Path) -> None:
    """What needs none of them is answered all the same."""
    handle = make_handler(serving(store, tmp_path), Full(1), lambda: False)
    assert handle(Request(b"GET", b"/v1/scenarios", {})) is OVERLOADED
    answer = handle(Request(b"GET", b"/v1/drives/d1", {}))
    assert isinstance(answer, Answer)
    assert answer.status == 200


class Full(Pool):
    """Threads that have no time."""

    def submit(self, work: Callable[[], Any]) -> None:
        return None


def test_a_damaged_disk_is_an_answer(store: MemoryStore, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    refresher = serving(store, tmp_path)
    client = Client(refresher)
    assert refresher.snapshot is not None
    refresher.snapshot.tables["drives"].shards[0].own.close()
    assert refusal(client.get("/v1/drives/d1")) == (500, "this replica failed; its log says why")
    assert "GET /v1/drives/d1 failed" in caplog.text
