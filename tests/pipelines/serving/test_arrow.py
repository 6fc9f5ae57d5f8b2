"""Arrow has the same rows as JSON, in the table's own types."""

from __future__ import annotations

from pathlib import Path

import pyarrow
import pytest

from pipelines.serving.arrow import schema, stream
from pipelines.serving.http.messages import Answer
from tests.pipelines.serving.client import Client, header, json
from tests.pipelines.serving.published import (
    DRIVES,
    READINGS,
    SCENARIOS,
    START,
    MemoryStore,
    drive,
    publish,
    scenario,
    serving,
)

ARROW = "application/vnd.apache.arrow.stream"


def table_of(answer: Answer) -> pyarrow.Table:
    assert (answer.status, answer.content_type) == (200, ARROW.encode())
    with pyarrow.ipc.open_stream(answer.body) as reader:
        return reader.read_all()


def test_a_page_is_the_same_as_in_json(client: Client) -> None:
    """Also where it goes on."""
    target, seen = "/v1/scenarios?limit=8", 0
    while True:
        answer = client.get(target, accept=ARROW)
        found, expected = table_of(answer), json(client.get(target))
        assert found.schema.equals(schema(SCENARIOS))
        rows = found.to_pylist()
        assert rows == [scenario(index, drive_id, kind) for index, drive_id, kind in map(told, expected["scenarios"])]
        assert header(answer, "x-next-cursor") == expected["next_cursor"]
        seen += len(rows)
        if expected["next_cursor"] is None:
            break
        target = f"/v1/scenarios?limit=8&cursor={expected['next_cursor']}"
    assert seen == 21


def told(row: dict[str, str]) -> tuple[int, str, str]:
    return int(row["scenario_id"][1:]), row["drive_id"], row["kind"]


@pytest.mark.parametrize("target", ["/v1/drives/d1", "/v1/drives?vehicle_id=v1&limit=1"])
def test_rows_of_a_key_too(client: Client, target: str) -> None:
    assert table_of(client.get(target, accept=ARROW)).to_pylist() == [drive("d1")]


def test_a_batch_is_its_rows_in_the_order_asked(client: Client) -> None:
    answer = client.send("POST", "/v1/drives:batchGet", b'{"keys": ["d2", "none", "d1"]}', accept=ARROW)
    assert table_of(answer).to_pylist() == [drive("d2"), drive("d1")]


def test_no_rows_have_the_schema(client: Client) -> None:
    found = table_of(client.get("/v1/drives?vehicle_id=none", accept=ARROW))
    assert (found.num_rows, found.schema) == (0, schema(DRIVES))


def test_refusals_are_json(client: Client) -> None:
    answer = client.get("/v1/drives/none", accept=ARROW)
    assert (answer.status, answer.content_type) == (404, b"application/json")


def test_every_type_comes_through(tmp_path: Path) -> None:
    store = MemoryStore()
    row = {"sensor": -(2**63), "day": START.date(), "taken": START, "good": False, "place": -(2**31), "value": 0.5}
    empty = dict.fromkeys(row) | {"sensor": 2**63 - 1}
    publish(store, "one", [(READINGS, [row, empty])])
    found = table_of(Client(serving(store, tmp_path)).get("/v1/readings", accept=ARROW))
    assert found.to_pylist() == [row, empty]
    assert [str(field.type) for field in found.schema] == [
        *("int64", "date32[day]", "timestamp[us, tz=UTC]", "bool", "int32", "float")
    ]
    assert [field.nullable for field in found.schema] == [False, *[True] * 5]


def test_a_row_may_be_longer_than_a_block_of_the_reader() -> None:
    long = "ü" * (2 << 20)
    rows = f'{{"drive_id":"{long}"}},\n{{"drive_id":"b"}}'.encode()
    only = type(DRIVES)("drives", "", DRIVES.columns[:1], ("drive_id",), (), None, ("drive_id",))
    with pyarrow.ipc.open_stream(stream(only, rows)) as reader:
        assert reader.read_all()["drive_id"].to_pylist() == [long, "b"]
