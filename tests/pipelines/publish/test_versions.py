"""Versions of tables: rows of every type in databases, spread over shards by their key; whole, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import Row, SparkSession

from pipelines.contracts import Column, Table
from pipelines.contracts.model import Serve
from pipelines.publish.declared import declared_sources
from pipelines.publish.files import Files, PublishConflictError
from pipelines.publish.main import Outcome, State, run
from pipelines.publish.versions import complete, read, shard_of, write
from pipelines.snapshots.manifest import Shard, TableVersion, version_file
from pipelines.snapshots.parts import PART_BYTES
from pipelines.snapshots.served_table import shard_of as shard_of_key
from tests.pipelines.publish.published import arguments, manifest_of, opened, output_of, rows_of
from tests.pipelines.publish.things import KEYS, ROWS, START, TABLE, contracts_of, fill


def publish(spark: SparkSession, folder: Path, table: Table = TABLE, **others: Any) -> tuple[Outcome, TableVersion]:
    outcome = run(spark, arguments(folder, contracts_of(table), **others))
    return outcome, manifest_of(output_of(folder)).tables[table.name]


def test_rows_of_every_type(lake: SparkSession, tmp_path: Path) -> None:
    fill(lake, ROWS)
    _, version = publish(lake, tmp_path)
    (rows,) = rows_of(output_of(tmp_path), version)
    assert rows == [
        {
            "order": "ü'\"\n\u2028",
            "count": -1,
            "total": None,
            "good": False,
            "moment": "1944-01-11T08:00:00.000001Z",
            "day": "1950-01-01",
            "speed": None,
            "cell": None,
        },
        dict.fromkeys(rows[0]) | {"order": "a", "moment": "2026-03-01T08:00:00.000001Z"},
        {
            "order": "b",
            "count": 1,
            "total": 2**60,
            "good": True,
            "moment": "2026-03-01T08:00:00.000001Z",
            "day": "2026-03-01",
            "speed": 0.5,
            "cell": "89283082803ffff",
        },
    ]
    with opened(output_of(tmp_path), version) as connection:
        columns = ", ".join(f'"{name}"' for name in (*KEYS, "cell"))
        found = connection.execute(f"SELECT {columns} FROM rows ORDER BY _place").fetchall()
        bodies = connection.execute("SELECT DISTINCT typeof(_body) FROM rows").fetchall()
    micros = int(START.timestamp()) * 1_000_000 + 1
    assert found == [
        ("ü'\"\n\u2028", -1, None, 0, micros - 30000 * 86_400_000_000, -7305, None),
        ("a", None, None, None, micros, None, None),
        ("b", 1, 2**60, 1, micros, 20513, "89283082803ffff"),
    ]
    assert bodies == [("blob",)]


def test_rows_are_in_order_whatever_the_shards(lake: SparkSession, tmp_path: Path) -> None:
    """Equal in time and key, they are in the order of their JSON."""
    rows = [(f"o{n % 3}", 9 - n % 2, n, None, START - timedelta(days=n % 5), None, None, None) for n in range(60)]
    fill(lake, rows)
    _, whole = publish(lake, tmp_path)
    _, parted = publish(lake, tmp_path, shard_bytes=1)
    # A table that is known is not read again, whatever the size of shards is now.
    assert parted == whole
    fill(lake, rows)
    _, parted = publish(lake, tmp_path, shard_bytes=2000)
    assert len(parted.shards) > 1
    assert parted.version != whole.version
    for version in (whole, parted):
        assert version.rows == 60
        for number, shard in enumerate(rows_of(output_of(tmp_path), version)):
            assert {shard_of_key(row["order"], len(version.shards)) for row in shard} <= {number}
            bodies = [(row["moment"], row["order"], json.dumps(row, separators=(",", ":"))) for row in shard]
            assert bodies == sorted(bodies)


def test_an_empty_table_is_one_empty_shard(lake: SparkSession, tmp_path: Path) -> None:
    fill(lake, [])
    outcome, version = publish(lake, tmp_path)
    assert (outcome.state, outcome.rows) == (State.PUBLISHED, {"things": 0})
    assert version.source_state is None
    assert rows_of(output_of(tmp_path), version) == [[]]
    assert publish(lake, tmp_path)[0].state is State.UNCHANGED


def test_no_table_is_a_snapshot_too(lake: SparkSession, tmp_path: Path) -> None:
    outcome = run(lake, arguments(tmp_path, contracts_of(replace(TABLE, serve=None))))
    assert outcome.state is State.PUBLISHED
    assert manifest_of(output_of(tmp_path)).tables == {}


def test_a_large_database_leaves_in_parts(lake: SparkSession, tmp_path: Path) -> None:
    fill(lake, [(f"o{n:06}", n, None, None, START, None, n / 7, "x" * 200) for n in range(8000)])
    _, version = publish(lake, tmp_path)
    assert version.shards[0].size > 2 * PART_BYTES
    assert len(rows_of(output_of(tmp_path), version)[0]) == 8000


def test_another_declaration_is_another_version_of_the_same_rows(lake: SparkSession, tmp_path: Path) -> None:
    fill(lake, ROWS)
    _, first = publish(lake, tmp_path)
    _, second = publish(lake, tmp_path, replace(TABLE, serve=Serve("things", ("order",))))
    assert second.version != first.version
    assert second.table.indexed == ("order",)
    assert publish(lake, tmp_path)[1].shards == first.shards


def test_a_column_that_the_table_has_not_is_an_error_of_spark_s(lake: SparkSession, tmp_path: Path) -> None:
    fill(lake, ROWS)
    more = replace(TABLE, columns=(*TABLE.columns, Column("later", "string")))
    with pytest.raises(AnalysisException, match="later"):
        publish(lake, tmp_path, more)


def test_a_version_that_another_run_disturbed_is_a_conflict(lake: SparkSession, tmp_path: Path) -> None:
    fill(lake, ROWS)
    files = Files(lake, tmp_path.as_uri())
    (source,) = declared_sources(lake, "lake", contracts_of(TABLE))
    content = read(lake, source, 1 << 20)
    with pytest.raises(PublishConflictError, match="written by another run meanwhile"):
        write(files, replace(content, rows=4))
    assert complete(files, source, content.version) is None
    version = write(files, content)
    assert complete(files, source, content.version) == version
    (tmp_path / version_file("things", version.version)).write_text("{}")
    (tmp_path / version.folder / "._table.json.crc").unlink()
    assert complete(files, source, content.version) is None


@pytest.mark.parametrize(
    ("second", "fits"),
    [({}, True), ({"parts": 2}, False), ({"size": 2 * PART_BYTES - 1}, False), ({"sha256": "b"}, False), (None, False)],
)
def test_a_shard_is_there_when_all_its_parts_are(second: dict[str, Any] | None, fits: bool) -> None:
    first = {"rows": 7, "size": 2 * PART_BYTES, "sha256": "a", "file": "x", "parts": 1}
    files = [first] if second is None else [first, first | {"file": "y"} | second]
    shard = Shard(7, 2 * PART_BYTES, "a", ("shard=3/x", "shard=3/y"))
    assert shard_of(3, [Row(**file) for file in files]) == (shard if fits else None)
