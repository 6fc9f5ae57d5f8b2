"""A lake, and one that several runs have ingested into: what many tests look at is made once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.datasets import CONTRACTS
from tests.pipelines.ingest.logs import POSE, START_NS, LocalLake, Message, log_bytes, speeds

DAY_NS = 86_400 * 10**9
MIDNIGHT_NS = START_NS // DAY_NS * DAY_NS + DAY_NS
LATE_MESSAGES = 40_000


@pytest.fixture
def lake(tmp_path: Path) -> LocalLake:
    """An empty lake of the test's own."""
    return LocalLake(tmp_path)


@dataclass(frozen=True)
class IngestedLake:
    """A lake after three runs: of files of every kind, of nothing new, of new files. Not to be written to.

    whole: the log that a.mcap is.  counters, contents: of each run, and every table's rows after it.
    """

    lake: LocalLake
    whole: bytes
    counters: list[dict[str, int]] = field(default_factory=list)
    contents: list[dict[str, list[dict[str, Any]]]] = field(default_factory=list)

    def ingest(self) -> None:
        """One more run, `run-<number>`."""
        self.counters.append(self.lake.ingest(f"run-{len(self.counters) + 1}"))
        self.contents.append(self.lake.content())


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> IngestedLake:
    """The lake that test_pipeline.py looks at."""
    lake = LocalLake(tmp_path_factory.mktemp("ingested"))
    whole = log_bytes([*speeds(100), ("/localization/pose", START_NS, POSE)], "drive-1")
    bad_records: list[Message] = [
        ("/vehicle/speed", START_NS, {"speed_mps": 412.0}),
        ("/vehicle/horn", START_NS, {"loud": True}),
        ("/vehicle/speed", START_NS + 1000, {"speed_mps": 3.0}),
    ]
    late = speeds(LATE_MESSAGES, MIDNIGHT_NS - LATE_MESSAGES // 2 * 10_000_000)
    (lake.landing / "sub").mkdir()
    lake.put("a.mcap", whole)
    lake.put("b-copy-of-a.mcap", whole)
    lake.put("sub/bad-records.mcap", with_horn(bad_records))
    lake.put("truncated.mcap", whole[: len(whole) // 2])
    lake.put("truncated-too.mcap", whole[: len(whole) // 2])
    lake.put("flipped.mcap", flipped(whole))
    lake.put("empty.mcap", b"")
    lake.put("notes.txt", b"not a log at all")
    # Beyond one batch, so that sorting needs more than the batch at hand.
    lake.put("late.mcap", log_bytes(late[len(late) // 2 :] + late[: len(late) // 2], "late"))
    lake.put("replaced.mcap", log_bytes(speeds(20), "drive-3"))
    ingested = IngestedLake(lake, whole)
    ingested.ingest()
    ingested.ingest()
    lake.put("again.mcap", whole)
    lake.put("replaced.mcap", log_bytes(speeds(30), "drive-4"))
    ingested.ingest()
    return ingested


def with_horn(messages: list[Message]) -> bytes:
    """A log of a recorder that knows a topic the platform's contract does not."""
    drive_logs = CONTRACTS.contract("drive_logs")
    horn = replace(drive_logs.table("events"), name="horn", topic="/vehicle/horn")
    return log_bytes(messages, "drive-2", replace(drive_logs, tables=(*drive_logs.tables, horn)))


def flipped(log: bytes) -> bytes:
    """The highest bit of the length of the chunk's data flipped; it stands after the name of the compression."""
    damaged = bytearray(log)
    damaged[log.index(b"zstd") + 11] ^= 0x80
    return bytes(damaged)
