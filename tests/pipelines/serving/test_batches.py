"""What a batch asks for, and its answer."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from pipelines.serving.batches import Batch, asked, found
from pipelines.serving.snapshot import TooMuchWorkError, Work
from tests.pipelines.serving.published import READINGS, SCENARIOS, as_sent, mapped, scenario


def test_keys_are_values_of_the_column() -> None:
    assert asked(SCENARIOS, b'{"keys": ["a", "b", "a"]}') == Batch("scenario_id", ["a", "b", "a"], ["a", "b", "a"], 100)
    body = b'{"by": "day", "keys": ["1970-01-02"], "limit": 3}'
    assert asked(READINGS, body) == Batch("day", ["1970-01-02"], [1], 3)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "the body is no JSON"),
        (b'{"keys": ["\xff"]}', "the body is no JSON"),
        (b"[]", "the body is no object"),
        (b"{}", "keys: give a list"),
        (b'{"keys": "d1"}', "keys: give a list"),
        (b'{"keys": [1]}', "keys: '1' is not text"),
        (b'{"keys": [null]}', "keys: 'None' is not text"),
        (b'{"keys": [], "by": "duration_s"}', "by: 'duration_s' is none of scenario_id, drive_id, kind"),
        (b'{"keys": [], "by": ["drive_id"]}', "by: "),
        (b'{"keys": [], "limit": 0}', "limit: '0' is no whole number from 1 to 1000"),
        (b'{"keys": [], "limit": true}', "limit: 'True' is no"),
        (b'{"keys": [], "cursor": null}', "'cursor' is nothing that a batch has; there are by, keys, limit"),
        (b'{"keys": [%b]}' % b",".join([b'"d"'] * 1001), "keys: give a list of at most 1000"),
    ],
)
def test_a_batch_that_is_none_is_refused_by_name(body: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=rf"\A{why}[^\n]*\Z"):
        asked(SCENARIOS, body)


@pytest.mark.parametrize("shards", [1, 3])
@pytest.mark.parametrize("by", ["scenario_id", "drive_id"])
def test_each_key_has_its_first_rows_in_the_order_asked(tmp_path: Path, shards: int, by: str) -> None:
    rows = [scenario(index, f"d{index % 3}") for index in range(12)]
    table = mapped(SCENARIOS, rows, shards, tmp_path)
    keys = ["d2", "s0004", "d0", "d2"]
    body, together = found(table, Batch(by, keys, list(keys), 2), Work(1000))
    expected = [[as_sent(row) for row in rows if row[by] == key][:2] for key in keys]
    results = [{"key": key, "scenarios": found} for key, found in zip(keys, expected, strict=True)]
    assert orjson.loads(body) == {"results": results}
    assert orjson.loads(b"[%b]" % together) == [row for found in expected for row in found]


def test_no_keys_are_no_results(tmp_path: Path) -> None:
    table = mapped(SCENARIOS, [scenario(0)], 1, tmp_path)
    assert found(table, Batch("kind", [], [], 1), Work(1)) == (b'{"results":[]}', b"")


def test_a_batch_is_one_request_s_work(tmp_path: Path) -> None:
    table = mapped(SCENARIOS, [scenario(index) for index in range(500)], 1, tmp_path)
    batch = Batch("kind", ["hard_brake"] * 100, ["hard_brake"] * 100, 500)
    with pytest.raises(TooMuchWorkError):
        found(table, batch, Work(20))
    assert found(table, Batch("kind", ["hard_brake"], ["hard_brake"], 500), Work(20))[1]
