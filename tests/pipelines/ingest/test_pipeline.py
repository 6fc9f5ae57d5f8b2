"""The whole job on real Beam: rows, ledger, quarantine, and what a second or an interrupted run leaves."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h3
import pyarrow.parquet as pq
import pytest

from pipelines.contracts import load_contracts
from pipelines.ingest.iceberg_tables import IcebergTables
from pipelines.ingest.model import IngestError
from pipelines.storage import FolderStorage, StoredObject
from tests.paths import DATASETS
from tests.pipelines.ingest.conftest import DAY_NS, LATE_MESSAGES, MIDNIGHT_NS, IngestedLake
from tests.pipelines.ingest.logs import POSE, START_NS, LocalLake, by_name, log_bytes, speeds

LEDGER = "operations.ingest_ledger"


def balances(entry: dict[str, Any]) -> bool:
    return entry["received"] == entry["written"] + entry["quarantined"] + entry["duplicates"]


def test_every_file_is_accounted_for_to_the_message(ingested: IngestedLake) -> None:
    ledger = by_name(ingested.contents[0][LEDGER])
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
        "truncated-too.mcap": ("quarantined", 0, 0, 0, 0),
        "flipped.mcap": ("quarantined", 0, 0, 0, 0),
        "empty.mcap": ("quarantined", 0, 0, 0, 0),
        "notes.txt": ("quarantined", 0, 0, 0, 0),
        "late.mcap": ("written", LATE_MESSAGES, LATE_MESSAGES, 0, 0),
        "replaced.mcap": ("written", 20, 20, 0, 0),
    }
    reasons = {name: entry["reason"] for name, entry in ledger.items() if entry["outcome"] == "quarantined"}
    assert reasons == {
        "truncated.mcap": "truncated",
        "truncated-too.mcap": "truncated",
        "flipped.mcap": reasons["flipped.mcap"],
        "empty.mcap": "empty file",
        "notes.txt": "not an MCAP file",
    }
    assert ledger["truncated.mcap"]["bytes"] == len(ingested.whole) // 2

    totals = {
        name: sum(entry[name] for entry in ledger.values())
        for name in ("received", "written", "quarantined", "duplicates")
    }
    counters = ingested.counters[0]
    assert {name: counters[f"messages_{name}"] for name in totals} == totals
    assert (counters["files_written"], counters["files_duplicate"], counters["files_quarantined"]) == (4, 1, 5)
    assert len(ingested.contents[0]["operations.quarantine"]) == totals["quarantined"]


def test_good_messages_are_rows_and_their_drives_too(ingested: IngestedLake) -> None:
    content = ingested.contents[0]
    speeds_of = {drive: [] for drive in ("drive-1", "drive-2", "drive-3", "late")}
    for row in sorted(content["drive_logs.speed"], key=lambda row: row["timestamp"]):
        speeds_of[row["drive_id"]].append(row["speed_mps"])
    assert speeds_of["drive-1"] == [place / 10 for place in range(100)]
    assert (speeds_of["drive-2"], len(speeds_of["drive-3"]), len(speeds_of["late"])) == ([3.0], 20, LATE_MESSAGES)
    (pose,) = content["drive_logs.ego_pose"]
    assert (pose["qw"], pose["h3_cell"]) == (0.5, h3.latlng_to_cell(POSE["latitude_deg"], POSE["longitude_deg"], 9))
    drives = {row["drive_id"]: row for row in content["drive_logs.drives"]}
    assert drives["drive-1"]["message_count"] == 101
    assert drives["drive-1"]["duration_s"] == pytest.approx(0.99)
    assert drives["drive-1"]["source_uri"].endswith("/a.mcap")
    assert drives["drive-2"]["message_count"] == 1


def test_refused_messages_and_damaged_files_are_kept_with_their_reasons(ingested: IngestedLake) -> None:
    content, quarantine = ingested.contents[0], ingested.lake.quarantine
    refused = {row["topic"]: (row["reason"], row["payload"]) for row in content["operations.quarantine"]}
    assert refused == {
        "/vehicle/speed": ("speed.speed_mps: 412.0 is above maximum 90", '{"speed_mps":412.0}'),
        "/vehicle/horn": ("unknown topic /vehicle/horn", '{"loud":true}'),
    }
    copied = quarantine / by_name(content[LEDGER])["truncated.mcap"]["source_sha256"] / "truncated.mcap"
    assert copied.read_bytes() == ingested.whole[: len(ingested.whole) // 2]
    assert "reason: truncated\n" in copied.with_name("truncated.mcap.metadata").read_text()
    assert copied.with_name("truncated-too.mcap").is_file()


def test_a_run_with_nothing_new_changes_nothing(ingested: IngestedLake) -> None:
    assert ingested.counters[1]["files_accounted_before"] == 10
    assert ingested.contents[1] == ingested.contents[0]


def test_content_that_an_earlier_run_wrote_is_a_duplicate(ingested: IngestedLake) -> None:
    (entry,) = [entry for entry in ingested.contents[2][LEDGER] if entry["file_uri"].endswith("/again.mcap")]
    outcome = (entry["run_id"], entry["outcome"], entry["received"], entry["duplicates"])
    assert outcome == ("run-3", "duplicate", 101, 101)
    before, after = (
        [row for row in ingested.contents[run]["drive_logs.speed"] if row["drive_id"] == "drive-1"] for run in (0, 2)
    )
    assert before == after


def test_a_new_generation_of_a_file_is_a_new_file(ingested: IngestedLake) -> None:
    entries = [entry for entry in ingested.contents[2][LEDGER] if entry["file_uri"].endswith("/replaced.mcap")]
    assert sorted((entry["run_id"], entry["received"]) for entry in entries) == [("run-1", 20), ("run-3", 30)]
    drives = [row["drive_id"] for row in ingested.contents[2]["drive_logs.speed"]]
    assert (drives.count("drive-3"), drives.count("drive-4")) == (20, 30)


def test_a_log_over_midnight_and_out_of_order_is_split_by_day_and_sorted(ingested: IngestedLake) -> None:
    late = by_name(ingested.contents[0][LEDGER])["late.mcap"]["source_sha256"]
    table = ingested.lake.catalog.load_table("drive_logs.speed")
    tasks = [task for task in table.scan().plan_files() if late in task.file.file_path]
    assert [task.file.record_count for task in tasks] == [LATE_MESSAGES // 2] * 2
    days = sorted(task.file.partition[0] for task in tasks)
    assert days == [MIDNIGHT_NS // DAY_NS - 1, MIDNIGHT_NS // DAY_NS]
    for task in tasks:
        times = pq.read_table(task.file.file_path.removeprefix("file://"))["timestamp"].to_pylist()
        assert times == sorted(times)


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


def test_an_empty_prefix_is_a_mistake(lake: LocalLake) -> None:
    with pytest.raises(IngestError, match=r"^--input file:///\S+: nothing is there; give the prefix of logs"):
        lake.ingest()


class KilledError(Exception):
    """Stands for the process's death at a chosen moment."""


def test_a_run_killed_between_commits_and_run_again_gives_the_same_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables here: speed, quarantine, drives, ego_pose, ledger. Each run dies one commit later than the one before."""

    def land(lake: LocalLake) -> LocalLake:
        bad = [("/vehicle/speed", START_NS, {"speed_mps": 412.0})]
        lake.put("a.mcap", log_bytes([*speeds(50), *bad, ("/localization/pose", START_NS, POSE)], "drive-1"))
        lake.put("b.mcap", log_bytes(speeds(30), "drive-2"))
        lake.put("c-copy-of-b.mcap", log_bytes(speeds(30), "drive-2"))
        return lake

    undisturbed = land(LocalLake(tmp_path / "undisturbed"))
    undisturbed.ingest()
    lake = land(LocalLake(tmp_path / "killed"))
    append: Callable[..., int] = IcebergTables.append

    for survived in range(5):
        commits = iter(range(survived))

        def dying_append(self: IcebergTables, *arguments: Any, left: Any = commits) -> int:
            if next(left, None) is None:
                raise KilledError
            return append(self, *arguments)

        with monkeypatch.context() as patch:
            patch.setattr(IcebergTables, "append", dying_append)
            with pytest.raises(Exception, match="KilledError"):
                lake.ingest(f"run-{survived}")
        filled = [table for table, rows in lake.content().items() if rows]
        assert len(filled) == survived
        assert LEDGER not in filled
    lake.ingest("run-5")
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
    append_contents = IcebergTables.append_contents
    raced: list[str] = []

    def racing(self: IcebergTables, table: str, run_id: str, files: Any) -> int:
        if not raced:
            raced.append(table)
            lake.ingest("run-2")
        return append_contents(self, table, run_id, files)

    monkeypatch.setattr(IcebergTables, "append_contents", racing)
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
