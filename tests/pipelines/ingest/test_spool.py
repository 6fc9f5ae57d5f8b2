"""Rows of any number of partitions, in bounded memory and open files; nothing is left of a spool, however it ends."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.ingest import spool as spool_module
from pipelines.ingest.model import WrittenFile
from pipelines.ingest.own_rows import own_rows
from pipelines.ingest.spool import Spool
from pipelines.ingest.table_file import TABLE_BYTES
from pipelines.sources.mcap_records import DamagedLog
from tests.paths import REPOSITORY
from tests.pipelines.ingest.entries import SPEED, tables_of
from tests.pipelines.ingest.logs import START_NS, LocalLake

DAY_US = 86_400 * 10**6
OPEN = Path("/dev/fd")


def open_files() -> int:
    return sum(1 for _ in OPEN.iterdir())


def rows(*days: int) -> pa.Table:
    values = {
        "drive_id": ["d"] * len(days),
        "timestamp": [START_NS // 1000 + day * DAY_US + place for place, day in enumerate(days)],
        "source_sha256": ["ab"] * len(days),
        "speed_mps": [1.0] * len(days),
    }
    return own_rows(SPEED, values)


ROW_BYTES = rows(1).nbytes + TABLE_BYTES
"""What a row takes that comes alone."""


def days_of(lake: LocalLake, files: list[WrittenFile]) -> Counter[int]:
    """Rows by day; each file has one day, in order of time."""
    found: Counter[int] = Counter()
    for file in files:
        times = pq.read_table(lake.local(file.path))["timestamp"].cast(pa.int64()).to_pylist()
        assert times == sorted(times)
        (day,) = {(time - START_NS // 1000) // DAY_US for time in times}
        assert file.rows == len(times)
        found[day] += len(times)
    return found


@pytest.mark.parametrize("in_order", [True, False])
def test_thousands_of_days_leave_few_files_open(
    lake: LocalLake, monkeypatch: pytest.MonkeyPatch, in_order: bool
) -> None:
    """Memory for a hundred rows that come alone, three files that may be open: rows go on in a file more."""
    monkeypatch.setattr(spool_module, "BUFFERED_BYTES", 100 * ROW_BYTES)
    monkeypatch.setattr(spool_module, "OPEN_FILES", 3)
    days = [day for day in range(150) for _ in range(4)]
    if not in_order:
        random.Random(3).shuffle(days)
    before, opened = open_files(), []
    with Spool(tables_of(lake), "ab") as spool:
        for place in range(0, len(days), 50):
            spool.write(SPEED, rows(*days[place : place + 50]))
            opened.append(open_files() - before)
        files = spool.finish()
    assert max(opened) <= 3 + 1
    assert days_of(lake, files) == Counter(days)
    assert open_files() <= before + 1


def test_a_long_file_is_finished_and_another_begun(lake: LocalLake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "FILE_BYTES", 10 * rows(1).nbytes + 2 * TABLE_BYTES)
    with Spool(tables_of(lake), "ab") as spool:
        for _ in range(5):
            spool.write(SPEED, rows(*[0] * 6))
        files = spool.finish()
    assert sorted(file.rows for file in files) == [6, 12, 12]
    assert days_of(lake, files) == Counter({0: 30})


def test_nothing_is_in_the_lake_of_rows_that_are_dropped(lake: LocalLake) -> None:
    with Spool(tables_of(lake), "ab") as spool:
        spool.write(SPEED, rows(1, 2))
    assert not list(lake.folder.rglob("*.parquet"))


def test_more_than_the_disk_may_take_is_in_the_lake_before_the_end(
    lake: LocalLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "LOCAL_BYTES", 1)
    monkeypatch.setattr(spool_module, "FILE_BYTES", 1)
    with Spool(tables_of(lake), "ab") as spool:
        for day in range(5):
            spool.write(SPEED, rows(day, day))
            assert len(list(lake.folder.rglob("*.parquet"))) == day + 1
        files = spool.finish()
    assert days_of(lake, files) == Counter(dict.fromkeys(range(5), 2))


def test_rows_in_too_many_files_are_refused(lake: LocalLake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "FILES", 3)
    with Spool(tables_of(lake), "ab") as spool:
        spool.write(SPEED, rows(*range(4)))
        with pytest.raises(
            DamagedLog, match=r"^its rows take more than 3 files, in too many partitions \(such as days\)$"
        ):
            spool.finish()


KILLED = """
import os, signal, sys
from pathlib import Path
from pipelines.ingest.spool import Spool
from pipelines.ingest.table_file import TABLE_BYTES
from pipelines.sources.mcap_records import DamagedLog
from tests.pipelines.ingest.entries import SPEED, tables_of
from tests.pipelines.ingest.logs import LocalLake
from tests.pipelines.ingest.test_spool import rows
spool = Spool(tables_of(LocalLake(Path(sys.argv[1]))), "ab")
spool.write(SPEED, rows(1, 2))
for file in spool._files.values():
    file.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_leaves_no_temporary_file(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = os.environ | {"TMPDIR": str(temporary), "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", KILLED, str(tmp_path / "lake")]
    done = subprocess.run(command, env=environment, cwd=REPOSITORY, check=False)
    assert done.returncode == -signal.SIGKILL
    assert list(temporary.iterdir()) == []
