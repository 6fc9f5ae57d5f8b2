"""What a commit says of a Parquet file, from its footer: as pyiceberg says it, and nothing where it would be wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyiceberg.conversions import from_bytes
from pyiceberg.io.pyarrow import parquet_file_to_data_file
from pyiceberg.manifest import DataFile

from pipelines.contracts import Contracts, Partition
from pipelines.ingest.model import WrittenFile
from pipelines.ingest.own_rows import own_rows
from pipelines.ingest.spool import Spool
from tests.pipelines.datasets import CONTRACTS
from tests.pipelines.ingest.entries import tables_of
from tests.pipelines.ingest.logs import START_NS, LocalLake

EVENTS = CONTRACTS.table("drive_logs.events")
TIME = START_NS // 1000
ENTRY = (
    "file_path",
    "file_size_in_bytes",
    "partition",
    "record_count",
    "value_counts",
    "null_value_counts",
    "lower_bounds",
    "upper_bounds",
    "split_offsets",
)
"""The fields of an entry that say something of its rows."""


def file_of(lake: LocalLake, *details: str | None, sha256: str = "aa", row_groups: bool = False) -> WrittenFile:
    """A file of events with these details, 1 us apart; each in a row group of its own if asked for."""
    table = lake.contracts.table(EVENTS.full_name)
    with Spool(tables_of(lake), sha256) as spool:
        for place, detail in enumerate(details):
            values: dict[str, Any] = {
                "drive_id": "d",
                "timestamp": TIME + place,
                "source_sha256": sha256,
                "kind": "warning",
                "detail": detail,
            }
            spool.write(table, own_rows(table, {name: [value] for name, value in values.items()}))
            if row_groups:
                for file in spool._files.values():
                    file.flush()
        (written,) = spool.finish()
    return written


def bounds(lake: LocalLake, file: DataFile, column: str) -> tuple[Any, Any]:
    field = lake.catalog.load_table(EVENTS.full_name).schema().find_field(column)

    def bound(found: dict[int, bytes]) -> Any:
        return from_bytes(field.field_type, found[field.field_id]) if field.field_id in found else None

    return bound(file.lower_bounds), bound(file.upper_bounds)


@pytest.mark.parametrize("details", [["b", "a", None], [None], ["\x00", "a" * 100, "\u20ac"]])
def test_an_entry_is_pyiceberg_s_own(lake: LocalLake, details: list[str | None]) -> None:
    file = file_of(lake, *details)
    table = lake.catalog.load_table(EVENTS.full_name)
    theirs = parquet_file_to_data_file(table.io, table.metadata, file.path)
    assert {name: getattr(file.entry, name) for name in ENTRY} == {name: getattr(theirs, name) for name in ENTRY}


@pytest.mark.parametrize("row_groups", [False, True])
def test_a_text_too_long_for_the_footer_has_no_bounds_and_is_found(lake: LocalLake, row_groups: bool) -> None:
    """pyiceberg would take the bounds of the other row groups for the file's: a reader would pass over the text."""
    long = "z" * 5000
    file = file_of(lake, "a", long, row_groups=row_groups)
    assert bounds(lake, file.entry, "detail") == (None, None)
    assert bounds(lake, file.entry, "drive_id") == ("d", "d")
    tables_of(lake).append_contents(EVENTS.full_name, "run-1", [file])
    rows = lake.catalog.load_table(EVENTS.full_name).scan(f"detail = '{long}'").to_arrow()
    assert rows["detail"].to_pylist() == [long]


@pytest.mark.parametrize("last", ["\ud7ff", "\U0010ffff"])
def test_a_text_whose_bound_is_no_text_is_written_and_found(lake: LocalLake, last: str) -> None:
    """An upper bound is cut to 16 characters, the last raised by one: to half of a surrogate pair, or nothing."""
    text = last * 20
    file = file_of(lake, text)
    assert bounds(lake, file.entry, "detail")[1] is None
    tables_of(lake).append_contents(EVENTS.full_name, "run-1", [file])
    assert lake.catalog.load_table(EVENTS.full_name).scan(f"detail = '{text}'").to_arrow().num_rows == 1


def test_a_partition_by_texts_takes_all_that_have_bounds(tmp_path: Path) -> None:
    columns = tuple(replace(column, required=column.required or column.name == "detail") for column in EVENTS.columns)
    table = replace(EVENTS, columns=columns, partition=Partition("identity", "detail"))
    drive_logs = CONTRACTS.contract("drive_logs")
    others = tuple(one for one in drive_logs.tables if one.name != table.name)
    lake = LocalLake(tmp_path, Contracts((replace(drive_logs, tables=(*others, table)),)))
    highest = "\U0010ffff" * 20
    for sha256, detail in (("aa", "a"), ("bb", highest), ("bb", highest)):
        tables_of(lake).append_contents(table.full_name, "run-1", [file_of(lake, detail, sha256=sha256)])
    assert sorted(row["detail"] for row in lake.rows(table.full_name)) == ["a", highest]
    with pytest.raises(ValueError, match=r"^the values of detail are too long to partition by$"):
        file_of(lake, "z" * 5000)
