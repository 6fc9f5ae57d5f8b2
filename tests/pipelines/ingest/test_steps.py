"""The job's steps one by one, without a runner: what each gives, and what it leaves to a later run."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from apache_beam.pvalue import TaggedOutput

from pipelines.ingest.model import Content, HashedFile, LedgerEntry, WrittenFile, WrittenLog
from pipelines.ingest.steps import LEDGER_ENTRIES, Claim, Commit, Decode, GroupContents, Hash, ListNew, WriteLedger
from pipelines.sources.metadata import DriveMetadata
from pipelines.storage import StoredObject
from tests.pipelines.ingest.entries import entry, ledger_of, speed_files
from tests.pipelines.ingest.logs import START_NS, LocalLake, log_bytes, speeds

WHOLE = log_bytes(speeds(20))
DRIVE = DriveMetadata("drive-1", "vehicle-7", "2026.9")


def land(lake: LocalLake, **contents: bytes) -> list[StoredObject]:
    """Land files, `.mcap` added to their names; they come in the order of their addresses."""
    for name, content in contents.items():
        lake.put(f"{name}.mcap", content)
    return list(lake.job("run-1").store.list(lake.landing.as_uri()))


def decoded(lake: LocalLake, content: Content) -> tuple[list[WrittenFile], list[LedgerEntry]]:
    """What Decode and Claim give of a content: files and ledger entries."""
    outputs: list[Any] = list(Decode(lake.job("run-1")).process(content))
    logs = [output[1] for output in outputs if not isinstance(output, TaggedOutput)]
    outputs = [one for one in outputs if isinstance(one, TaggedOutput)] + list(claimed(lake, *logs))
    tagged = [output for output in outputs if isinstance(output, TaggedOutput)]
    assert {output.tag for output in tagged} <= {LEDGER_ENTRIES}
    files: list[WrittenFile] = [output[1] for output in outputs if not isinstance(output, TaggedOutput)]
    return files, [output.value[1] for output in tagged]


def claimed(lake: LocalLake, *logs: WrittenLog) -> list[Any]:
    """What Claim gives of logs."""
    return list(Claim(lake.job("run-1")).process((None, logs))) if logs else []


def hashed(file: StoredObject, sha256: str) -> HashedFile:
    """A file of DRIVE that Hash has read."""
    return HashedFile(file, sha256, (DRIVE,))


def test_only_files_that_the_ledger_lacks_are_listed(lake: LocalLake) -> None:
    a, b = land(lake, a=WHOLE, b=b"")
    ledger_of(lake).append("run-0", [entry(a.uri, a.generation)])
    assert list(ListNew(lake.job("run-1")).process(None)) == [b]


def test_a_file_s_content_is_hashed_and_one_replaced_meanwhile_is_left(lake: LocalLake) -> None:
    (file,) = land(lake, a=WHOLE)
    assert list(Hash(lake.job("run-1")).process(file)) == [(None, hashed(file, hashlib.sha256(WHOLE).hexdigest()))]
    gone = StoredObject(file.uri, file.generation - 1, file.size)
    assert list(Hash(lake.job("run-1")).process(gone)) == []


def test_files_of_one_content_come_together_with_what_the_ledger_knows(lake: LocalLake) -> None:
    a, b, c = (StoredObject(name, 1, 5) for name in "abc")
    ledger_of(lake).append("run-0", [entry("z", sha256="22")])
    grouped = GroupContents(lake.job("run-1")).process((None, [hashed(c, "11"), hashed(b, "22"), hashed(a, "11")]))
    assert list(grouped) == [
        Content("11", (a, c), drives=(DRIVE,)),
        Content("22", (b,), known_messages=7, drives=(DRIVE,)),
    ]


def test_the_first_file_of_a_content_is_written_the_others_are_duplicates(lake: LocalLake) -> None:
    a, b = land(lake, a=WHOLE, b=WHOLE)
    files, entries = decoded(lake, Content("aa", (a, b), drives=(DRIVE,)))
    assert [(file.table, file.rows, file.origin) for file in files] == [
        ("drive_logs.speed", 20, "aa"),
    ]
    assert [row["source_sha256"] for row in lake.rows("drive_logs.drives")] == ["aa"]
    assert [(one.file_uri, one.outcome, one.received, one.written, one.duplicates) for one in entries] == [
        (a.uri, "written", 20, 20, 0),
        (b.uri, "duplicate", 20, 0, 20),
    ]


def test_content_known_before_is_not_read_again(lake: LocalLake) -> None:
    files, entries = decoded(lake, Content("aa", (StoredObject("file:///not/there", 1, 5),), known_messages=9))
    assert files == []
    assert [(one.outcome, one.received, one.duplicates) for one in entries] == [("duplicate", 9, 9)]


def test_refused_messages_are_summed_up_in_the_entry(lake: LocalLake) -> None:
    bad: list[Any] = [("/vehicle/speed", START_NS, {"speed_mps": value}) for value in (412.0, 412.0, None)]
    (file,) = land(lake, a=log_bytes([*speeds(5), *bad]))
    _, (one,) = decoded(lake, Content("aa", (file,), drives=(DRIVE,)))
    assert (one.outcome, one.received, one.written, one.quarantined) == ("written", 8, 5, 3)
    assert one.reason == "3 messages refused, most often (2): speed.speed_mps: 412.0 is above maximum 90"


def test_damage_is_copied_below_the_prefix_it_was_told(lake: LocalLake) -> None:
    a, b = land(lake, a=WHOLE[:-9], b=WHOLE[:-9])
    replaced = StoredObject(b.uri, b.generation - 1, b.size)
    files, entries = decoded(lake, Content("aa", (a, replaced), drives=(DRIVE,)))
    assert files == []
    assert [(one.file_uri, one.outcome, one.reason) for one in entries] == [(a.uri, "quarantined", "truncated")]
    assert [path.name for path in sorted((lake.quarantine / "aa").iterdir())] == ["a.mcap", "a.mcap.metadata"]
    metadata = (lake.quarantine / "aa" / "a.mcap.metadata").read_text()
    assert metadata == f"reason: truncated\nsource: {a.uri}\nrun_id: run-1\n"


def test_a_file_replaced_before_it_is_decoded_is_left_and_its_copy_is_not(lake: LocalLake) -> None:
    (file,) = land(lake, a=WHOLE)
    gone = StoredObject(file.uri, file.generation - 1, file.size)
    assert decoded(lake, Content("aa", (gone,), drives=(DRIVE,))) == ([], [])
    (copy, _) = land(lake, a=WHOLE, a0=WHOLE)
    _, entries = decoded(lake, Content("aa", (gone, copy), drives=(DRIVE,)))
    assert [(one.file_uri, one.generation, one.outcome) for one in entries] == [(copy.uri, copy.generation, "written")]


def test_commit_and_ledger_add_what_is_not_there(lake: LocalLake) -> None:
    files = [*speed_files(lake, "aa", 3), *speed_files(lake, "bb", 2)]
    commit = Commit(lake.job("run-1"))
    assert list(commit.process(("drive_logs.speed", files[:1]))) == [("drive_logs.speed", 3)]
    assert list(commit.process(("drive_logs.speed", files))) == [("drive_logs.speed", 2)]
    entries = [entry("a"), entry("b")]
    assert list(WriteLedger(lake.job("run-1")).process((None, entries[:1]), [])) == entries[:1]
    assert list(WriteLedger(lake.job("run-2")).process((None, entries), [])) == entries[1:]


@pytest.mark.parametrize("step", [ListNew, Decode, Commit])
def test_a_step_is_connected_once_and_only_when_needed(lake: LocalLake, step: type[ListNew | Decode | Commit]) -> None:
    made = step(lake.job("run-1"))
    assert "tables" not in vars(made)
    assert made.ledger is made.ledger
    assert made.tables is made.tables
