"""The whole job on real Beam: rows, ledger, quarantine, and what a second or an interrupted run leaves."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import h3
import pyarrow.parquet as pq
import pytest

from pipelines.contracts import load_contracts
from pipelines.ingest.lake import Lake
from pipelines.ingest.model import IngestError
from pipelines.storage import FolderStorage, StoredObject
from tests.pipelines.ingest.logs import CONTRACTS, DATASETS, POSE, START_NS, LocalLake, log_bytes, speeds

DAY_NS = 86_400 * 10**9


@pytest.fixture
def lake(tmp_path: Path) -> LocalLake:
    return LocalLake(tmp_path)


def balances(entry: dict[str, Any]) -> bool:
    return entry["received"] == entry["written"] + entry["quarantined"] + entry["duplicates"]


def test_a_mixed_prefix_is_accounted_for_to_the_message_and_a_second_run_changes_nothing(lake: LocalLake) -> None:
    good = log_bytes([*speeds(100), ("/localization/pose", START_NS, POSE)], "drive-1")
    bad_records = [
        ("/vehicle/speed", START_NS, {"speed_mps": 412.0}),
        ("/vehicle/horn", START_NS, {"loud": True}),
        ("/vehicle/speed", START_NS + 1000, {"speed_mps": 3.0}),
    ]
    lake.put("a.mcap", good)
    lake.put("b-copy-of-a.mcap", good)
    (lake.landing / "sub").mkdir()
    lake.put("sub/bad-records.mcap", with_horn(bad_records))
    lake.put("truncated.mcap", good[: len(good) // 2])
    lake.put("empty.mcap", b"")
    lake.put("notes.txt", b"not a log at all")

    counters = lake.ingest()

    ledger = lake.ledger()
    assert all(map(balances, ledger.values()))
    outcomes = {
        name: (e["outcome"], e["received"], e["written"], e["quarantined"], e["duplicates"])
        for name, e in ledger.items()
    }
    assert outcomes == {
        "a.mcap": ("written", 101, 101, 0, 0),
        "b-copy-of-a.mcap": ("duplicate", 101, 0, 0, 101),
        "bad-records.mcap": ("written", 3, 1, 2, 0),
        "truncated.mcap": ("quarantined", 0, 0, 0, 0),
        "empty.mcap": ("quarantined", 0, 0, 0, 0),
        "notes.txt": ("quarantined", 0, 0, 0, 0),
    }
    assert {name: ledger[name]["reason"] for name in ("truncated.mcap", "empty.mcap", "notes.txt")} == {
        "truncated.mcap": "truncated",
        "empty.mcap": "empty file",
        "notes.txt": "not an MCAP file",
    }
    assert ledger["truncated.mcap"]["bytes"] == len(good) // 2

    rows = sorted((r["drive_id"], r["timestamp"], r["speed_mps"]) for r in lake.rows("drive_logs.speed"))
    assert [row[2] for row in rows] == [place / 10 for place in range(100)] + [3.0]
    (pose,) = lake.rows("drive_logs.ego_pose")
    assert (pose["qw"], pose["h3_cell"]) == (0.5, h3.latlng_to_cell(POSE["latitude_deg"], POSE["longitude_deg"], 9))
    drives = {row["drive_id"]: row for row in lake.rows("drive_logs.drives")}
    assert drives["drive-1"]["message_count"] == 101
    assert drives["drive-1"]["duration_s"] == pytest.approx(0.99)
    assert drives["drive-1"]["source_uri"].endswith("/a.mcap")
    assert drives["drive-2"]["message_count"] == 1

    refused = {row["topic"]: (row["reason"], row["payload"]) for row in lake.rows("operations.quarantine")}
    assert refused == {
        "/vehicle/speed": ("speed.speed_mps: 412.0 is above maximum 90", '{"speed_mps":412.0}'),
        "/vehicle/horn": ("unknown topic /vehicle/horn", '{"loud":true}'),
    }
    copied = lake.quarantine / "drive_logs" / ledger["truncated.mcap"]["source_sha256"] / "truncated.mcap"
    assert copied.read_bytes() == good[: len(good) // 2]
    assert "reason: truncated\n" in copied.with_name("truncated.mcap.metadata").read_text()

    totals = {
        name: sum(entry[name] for entry in ledger.values())
        for name in ("received", "written", "quarantined", "duplicates")
    }
    assert {name: counters[f"messages_{name}"] for name in totals} == totals
    assert (counters["files_written"], counters["files_duplicate"], counters["files_quarantined"]) == (2, 1, 3)
    assert len(lake.rows("operations.quarantine")) == totals["quarantined"]

    before = lake.content()
    assert lake.ingest("run-2")["files_accounted_before"] == 6
    assert lake.content() == before


def with_horn(messages: list[tuple[str, int, dict[str, Any]]]) -> bytes:
    """A log of a recorder that knows a topic the platform's contract does not."""
    drive_logs = CONTRACTS.contract("drive_logs")
    horn = replace(drive_logs.table("events"), name="horn", topic="/vehicle/horn")
    return log_bytes(messages, "drive-2", replace(drive_logs, tables=(*drive_logs.tables, horn)))


def test_content_that_an_earlier_run_wrote_is_a_duplicate(lake: LocalLake) -> None:
    lake.put("a.mcap", log_bytes(speeds(20)))
    lake.ingest("run-1")
    rows = lake.rows("drive_logs.speed")
    lake.put("again.mcap", log_bytes(speeds(20)))
    lake.ingest("run-2")
    entry = lake.ledger()["again.mcap"]
    assert (entry["run_id"], entry["outcome"], entry["received"], entry["duplicates"]) == ("run-2", "duplicate", 20, 20)
    assert lake.rows("drive_logs.speed") == rows


def test_a_new_generation_of_a_file_is_a_new_file(lake: LocalLake) -> None:
    lake.put("a.mcap", log_bytes(speeds(20)))
    lake.ingest("run-1")
    lake.put("a.mcap", log_bytes(speeds(30), "drive-2"))
    lake.ingest("run-2")
    entries = lake.rows("operations.ingest_ledger")
    assert sorted((entry["run_id"], entry["received"]) for entry in entries) == [("run-1", 20), ("run-2", 30)]
    assert len(lake.rows("drive_logs.speed")) == 50


def test_a_damaged_file_twice_is_quarantined_twice(lake: LocalLake) -> None:
    whole = log_bytes(speeds(20))
    lake.put("a.mcap", whole[:-1])
    lake.put("b.mcap", whole[:-1])
    lake.ingest()
    assert {name: entry["reason"] for name, entry in lake.ledger().items()} == {
        "a.mcap": "truncated",
        "b.mcap": "truncated",
    }


def test_a_damaged_log_replaced_meanwhile_is_left_to_the_next_run(
    lake: LocalLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading it and copying it to quarantine; its copy, which stays, is quarantined."""
    lake.put("good.mcap", log_bytes(speeds(10)))
    lake.put("cut.mcap", log_bytes(speeds(20))[:-9])
    lake.put("cut-copy.mcap", log_bytes(speeds(20))[:-9])
    copy = FolderStorage.copy

    def replaced(self: FolderStorage, stored: StoredObject, target: str, metadata: Mapping[str, str]) -> None:
        if stored.uri.endswith("/cut.mcap"):
            lake.put("cut.mcap", log_bytes(speeds(20), "drive-2"))
        copy(self, stored, target, metadata)

    with monkeypatch.context() as patch:
        patch.setattr(FolderStorage, "copy", replaced)
        counters = lake.ingest("run-1")
    assert counters["files_replaced_meanwhile"] == 1
    outcomes = {name: entry["outcome"] for name, entry in lake.ledger().items()}
    assert outcomes == {"good.mcap": "written", "cut-copy.mcap": "quarantined"}
    lake.ingest("run-2")
    assert lake.ledger()["cut.mcap"]["outcome"] == "written"


def test_a_flipped_bit_in_one_log_does_not_stop_the_others(lake: LocalLake) -> None:
    good = log_bytes(speeds(100))
    flipped = bytearray(good)
    # The highest bit of the length of the chunk's data, which stands after the name of its compression.
    flipped[good.index(b"zstd") + 11] ^= 0x80
    lake.put("good.mcap", good)
    lake.put("flipped.mcap", bytes(flipped))
    lake.ingest()
    assert {name: entry["outcome"] for name, entry in lake.ledger().items()} == {
        "good.mcap": "written",
        "flipped.mcap": "quarantined",
    }


def test_an_empty_prefix_is_no_error(lake: LocalLake) -> None:
    assert lake.ingest().get("files_listed", 0) == 0
    assert lake.rows("operations.ingest_ledger") == []


def test_a_log_over_midnight_and_out_of_order_is_split_by_day_and_sorted(lake: LocalLake) -> None:
    midnight = START_NS // DAY_NS * DAY_NS + DAY_NS
    messages = speeds(40_000, midnight - 200 * 10**9)
    # Beyond one batch, so that sorting needs more than the batch at hand.
    lake.put("a.mcap", log_bytes(messages[20_000:] + messages[:20_000]))
    lake.ingest()
    table = lake.catalog.load_table("drive_logs.speed")
    files = table.inspect.files().to_pylist()
    assert sorted(file["record_count"] for file in files) == [20_000, 20_000]
    assert sorted(task.file.partition[0] for task in table.scan().plan_files()) == [
        midnight // DAY_NS - 1,
        midnight // DAY_NS,
    ]
    for file in files:
        times = pq.read_table(file["file_path"].removeprefix("file://"))["timestamp"].to_pylist()
        assert times == sorted(times)


class KilledError(Exception):
    """Stands for the process's death at a chosen moment."""


@pytest.mark.parametrize("survived", range(5))
def test_a_run_killed_between_commits_and_run_again_gives_the_same_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    """Tables here: speed, quarantine, drives, ego_pose, ledger; the process dies before commit number `survived`."""

    def land(lake: LocalLake) -> LocalLake:
        bad = [("/vehicle/speed", START_NS, {"speed_mps": 412.0})]
        lake.put("a.mcap", log_bytes([*speeds(50), *bad, ("/localization/pose", START_NS, POSE)], "drive-1"))
        lake.put("b.mcap", log_bytes(speeds(30), "drive-2"))
        lake.put("c-copy-of-b.mcap", log_bytes(speeds(30), "drive-2"))
        return lake

    undisturbed = land(LocalLake(tmp_path / "undisturbed"))
    undisturbed.ingest()
    lake = land(LocalLake(tmp_path / "killed"))
    commits = 0
    append: Callable[..., int] = Lake.append

    def dying_append(self: Lake, *arguments: Any) -> int:
        nonlocal commits
        if commits == survived:
            raise KilledError
        commits += 1
        return append(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "append", dying_append)
        with pytest.raises(Exception, match="KilledError"):
            lake.ingest("run-1")
    assert lake.rows("operations.ingest_ledger") == []
    lake.ingest("run-2")
    assert comparable(lake) == comparable(undisturbed)


def comparable(lake: LocalLake) -> dict[str, list[str]]:
    """Every table's rows without what differs between two runs: folder, run, times of work, generation."""
    dropped = {"run_id", "generation", "started_at", "finished_at"}
    return {
        table: sorted(
            re.sub(r"file:\S+/", "", repr({key: value for key, value in row.items() if key not in dropped}))
            for row in rows
        )
        for table, rows in lake.content().items()
    }


def test_another_writer_s_commit_in_between_leads_to_no_double_rows(
    lake: LocalLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs over the same prefix at once: the second commits all of it right before the first."""
    lake.put("a.mcap", log_bytes(speeds(50)))
    append_contents = Lake.append_contents
    raced: list[str] = []

    def racing(self: Lake, table: str, run_id: str, files: Any) -> int:
        if not raced:
            raced.append(table)
            lake.ingest("run-2")
        return append_contents(self, table, run_id, files)

    monkeypatch.setattr(Lake, "append_contents", racing)
    lake.ingest("run-1")
    assert raced
    assert len(lake.rows("drive_logs.speed")) == 50
    assert [entry["run_id"] for entry in lake.rows("operations.ingest_ledger")] == ["run-2"]


def test_a_column_added_to_the_contract_is_carried_through_to_rows(tmp_path: Path) -> None:
    lake = LocalLake(tmp_path / "lake")
    lake.put("old.mcap", log_bytes(speeds(10)))
    lake.ingest("run-1")
    datasets = Path(shutil.copytree(DATASETS, tmp_path / "datasets"))
    path = datasets / "drive_logs.odcs.yaml"
    path.write_text(
        path.read_text().replace(
            "        description: Speed along the road, m/s.\n",
            "        description: Speed along the road, m/s.\n"
            "      - name: gear\n        logicalType: integer\n        logicalTypeOptions: {maximum: 12}\n",
        )
    )
    lake.contracts = load_contracts(datasets)
    with pytest.raises(IngestError, match=r"drive_logs.speed.gear is missing in the catalogue.*deploy the stack"):
        lake.ingest("run-2")
    lake.catalog.create(lake.contracts)
    messages = [
        ("/vehicle/speed", START_NS, {"speed_mps": 1.0, "gear": 3}),
        ("/vehicle/speed", START_NS, {"speed_mps": 2.0, "gear": 13}),
        ("/vehicle/speed", START_NS, {"speed_mps": 3.0}),
    ]
    lake.put("new.mcap", log_bytes(messages, "drive-2", lake.contracts))
    lake.ingest("run-3")
    rows = [(row["drive_id"], row["speed_mps"], row["gear"]) for row in lake.rows("drive_logs.speed")]
    assert sorted(rows)[10:] == [("drive-2", 1.0, 3), ("drive-2", 3.0, None)]
    assert {row[2] for row in rows if row[0] == "drive-1"} == {None}
    assert [row["reason"] for row in lake.rows("operations.quarantine")] == ["speed.gear: 13 is above maximum 12"]


def test_a_missing_table_is_one_line(tmp_path: Path) -> None:
    lake = LocalLake(tmp_path)
    (lake.catalog.folder / "drive_logs.gnss.pointer").unlink()
    with pytest.raises(IngestError, match=r"^table drive_logs.gnss is not in the catalogue; deploy the stack before"):
        lake.ingest()
