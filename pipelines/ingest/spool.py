"""Rows of one origin to Parquet files, by table and partition: on local disk first, then whole into the lake.

Whatever rows come, memory holds at most BUFFERED_BYTES of them and one file's while it is sorted, OPEN_FILES files are
open, and the disk holds them and LOCAL_BYTES: what is beyond is finished, and goes on in another file. Local files have
no name, so that they are gone with the process however that ends. The name of a file in the lake is origin, partition
and a hash of its bytes, so a retry writes the same file again, and never over one with other bytes that a table may
know already.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Self

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.contracts.model import Table
from pipelines.ingest.iceberg_tables import IcebergTables
from pipelines.ingest.model import WrittenFile
from pipelines.ingest.partitions import split
from pipelines.ingest.table_file import TableFile
from pipelines.sources.mcap_records import DamagedLog

BUFFERED_BYTES = 256 * 1024 * 1024
OPEN_FILES = 64
FILE_BYTES = 512 * 1024 * 1024
"""A file is finished when its rows take so much in memory, where they may have to be sorted."""
LOCAL_BYTES = 4 * 1024 * 1024 * 1024
"""Finished files of more than this are put into the lake before the end. No table knows of them if there is none."""
FILES = 10_000
"""So many files may the rows of one origin take. A drive's take a few for each day and table."""
UPLOADS = 8
BLOCK_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class FinishedFile:
    """A whole Parquet file: a part of the spool's local file, where it begins and how long it is."""

    table: str
    partition: str
    start: int
    size: int
    footer: pq.FileMetaData


class Spool:
    """The row sink of one origin, such as a log (model.WrittenFile says what names one).

    Leaving without `finish` drops everything. DamagedLog if the rows take too many files.
    """

    def __init__(self, tables: IcebergTables, origin: str) -> None:
        self._tables, self._origin = tables, origin
        self._files: dict[tuple[str, str], TableFile] = {}
        self._buffered = 0
        self._finished: list[FinishedFile] = []
        self._uploaded: list[WrittenFile] = []
        self._local: IO[bytes] = TemporaryFile()  # noqa: SIM115 - closed when the spool is left

    def write(self, table: Table, rows: pa.Table) -> None:
        """Add rows to the files of their partitions."""
        for partition, part in split(table, rows):
            key = table.full_name, partition
            # The file written to last stands last.
            file = self._files[key] = self._files.pop(key, None) or TableFile(table)
            before = file.buffered
            file.write(part)
            self._buffered += file.buffered - before
            if file.size >= FILE_BYTES:
                self._finish(key)
            while self._buffered > BUFFERED_BYTES:
                self._flush(max(self._files.values(), key=lambda file: file.buffered))
            if file.is_open:
                self._keep_few_open()

    def _flush(self, file: TableFile) -> None:
        self._buffered -= file.buffered
        file.flush()
        self._keep_few_open()

    def _keep_few_open(self) -> None:
        opened = [key for key, file in self._files.items() if file.is_open]
        for key in opened[: len(opened) - OPEN_FILES] if len(opened) > OPEN_FILES else ():
            self._finish(key)

    def _finish(self, key: tuple[str, str]) -> None:
        if len(self._uploaded) + len(self._finished) >= FILES:
            raise DamagedLog(f"its rows take more than {FILES:,} files, in too many partitions (such as days)")
        file = self._files.pop(key)
        self._buffered -= file.buffered
        start = self._local.tell()
        with file.close() as content:
            shutil.copyfileobj(content, self._local, BLOCK_BYTES)
        self._finished.append(FinishedFile(*key, start, self._local.tell() - start, file.footer))
        if self._local.tell() >= LOCAL_BYTES:
            self._upload_finished()

    def finish(self) -> list[WrittenFile]:
        """Finish all files; returns them, in the lake."""
        for key in list(self._files):
            self._finish(key)
        self._upload_finished()
        return self._uploaded

    def _upload_finished(self) -> None:
        """Several at a time: an upload is mostly waiting."""
        self._local.flush()
        with ThreadPoolExecutor(UPLOADS) as executor:
            self._uploaded += executor.map(self._upload, self._finished)
        self._finished.clear()
        self._local.seek(0)
        self._local.truncate()

    def _upload(self, file: FinishedFile) -> WrittenFile:
        digest = hashlib.blake2b(digest_size=8)
        for block in self._blocks(file):
            digest.update(block)
        name = "-".join(part for part in (self._origin, file.partition, digest.hexdigest()) if part)
        address = self._tables.upload(file.table, self._blocks(file), f"{name}.parquet")
        return self._tables.written(file.table, self._origin, address, file.size, file.footer)

    def _blocks(self, file: FinishedFile) -> Iterator[bytes]:
        for place in range(0, file.size, BLOCK_BYTES):
            yield os.pread(self._local.fileno(), min(BLOCK_BYTES, file.size - place), file.start + place)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._local.close()
