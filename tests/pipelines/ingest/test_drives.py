"""A drive is one vehicle's: the one's in the table, else the one's whose log landed first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pipelines.ingest.drives import DRIVES, Drives
from pipelines.ingest.iceberg_tables import IcebergTables
from pipelines.ingest.model import Content, DecodedLog, WrittenLog
from pipelines.ingest.own_rows import own_rows
from pipelines.ingest.spool import Spool
from pipelines.sources.metadata import DriveMetadata
from pipelines.storage import StoredObject
from tests.pipelines.datasets import CONTRACTS
from tests.pipelines.ingest.entries import TIME, tables_of
from tests.pipelines.ingest.logs import LocalLake

TABLE = CONTRACTS.table(DRIVES)


def log(lake: LocalLake, sha256: str, vehicle_id: str, *, landed: int = 1, drive_id: str = "d") -> WrittenLog:
    """A log that was decoded, its row of the table of drives at its place."""
    values: dict[str, Any] = {
        "drive_id": drive_id,
        "vehicle_id": vehicle_id,
        "source_uri": f"gs://landing/{sha256}.mcap",
        "source_sha256": sha256,
        "start_time": TIME,
        "end_time": TIME + timedelta(seconds=1),
        "duration_s": 1.0,
        "message_count": 2,
    }
    with Spool(tables_of(lake), sha256) as spool:
        spool.write(TABLE, own_rows(TABLE, {name: [value] for name, value in values.items()}))
        files = tuple(spool.finish())
    content = Content(sha256, (StoredObject(f"gs://landing/{sha256}.mcap", landed, 5),))
    return WrittenLog(content, DriveMetadata(drive_id, vehicle_id), DecodedLog(), files, TIME)


def claim(lake: LocalLake, *logs: WrittenLog) -> tuple[dict[str, str], int]:
    return Drives(tables_of(lake)).claim("run-1", logs)


def owners(lake: LocalLake) -> list[tuple[str, str]]:
    return sorted((row["vehicle_id"], row["source_sha256"]) for row in lake.rows(DRIVES))


def test_the_logs_of_one_vehicle_are_all_taken_and_each_once(lake: LocalLake) -> None:
    first, second = log(lake, "aa", "v"), log(lake, "bb", "v")
    assert claim(lake, first) == ({}, 1)
    assert claim(lake, first, second) == ({}, 1)
    assert owners(lake) == [("v", "aa"), ("v", "bb")]


def test_a_drive_of_two_vehicles_is_the_first_one_s_whatever_the_order(lake: LocalLake) -> None:
    late, early = log(lake, "aa", "late", landed=9), log(lake, "bb", "early", landed=3)
    assert claim(lake, late, early) == ({"aa": "drive d is vehicle early's, not late's"}, 1)
    assert owners(lake) == [("early", "bb")]


def test_a_drive_in_the_table_is_its_vehicle_s_however_early_another_landed(lake: LocalLake) -> None:
    claim(lake, log(lake, "aa", "known", landed=9))
    refused, rows = claim(lake, log(lake, "bb", "other", landed=1), log(lake, "cc", "other", drive_id="e"))
    assert (refused, rows) == ({"bb": "drive d is vehicle known's, not other's"}, 1)


def test_another_run_s_claim_in_between_is_looked_at(lake: LocalLake, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, theirs = log(lake, "aa", "mine"), log(lake, "bb", "theirs")
    append, raced = IcebergTables.append, []

    def racing(self: IcebergTables, table: str, run_id: str, choose: Any) -> int:
        def chosen(state: Any) -> Any:
            files = choose(state)
            if not raced:
                raced.append(table)
                claim(lake, theirs)
            return files

        return append(self, table, run_id, chosen)

    monkeypatch.setattr(IcebergTables, "append", racing)
    assert claim(lake, mine) == ({"aa": "drive d is vehicle theirs's, not mine's"}, 0)
    assert owners(lake) == [("theirs", "bb")]


def test_a_log_without_rows_claims_nothing(lake: LocalLake) -> None:
    empty = WrittenLog(Content("aa", ()), DriveMetadata("d", "v"), DecodedLog(), (), TIME)
    assert claim(lake, empty) == ({}, 0)
    assert claim(lake, log(lake, "bb", "other")) == ({}, 1)
