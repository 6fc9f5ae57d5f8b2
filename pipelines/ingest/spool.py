"""Rows of one origin to Parquet files, one per table and partition: on local disk first, then whole into the lake.

Memory holds at most a row group per open file. The name of a file in the lake is origin, partition and a hash of its
bytes, so a retry writes the same file again, and never over one with other bytes that a table may know already.
"""

# pyright: reportAttributeAccessIssue=false
# pyarrow.compute makes its functions at import, so the type checker can't see them.
from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.contracts.model import Table
from pipelines.contracts.schemas import arrow_schema
from pipelines.ingest.iceberg_tables import IcebergTables
from pipelines.ingest.model import WrittenFile

ROW_GROUP_ROWS = 131_072
UPLOADS = 8


class TableFile:
    """One Parquet file of a table's partition in the making, sorted as the contract says."""

    def __init__(self, table: Table, path: Path) -> None:
        self._table, self.path = table, path
        self._buffer: list[pa.Table] = []
        self._rows = 0
        self._last_key: pa.Table | None = None
        self._ordered = True
        self._writer = self._open()

    def _open(self) -> pq.ParquetWriter:
        self._footers: list[pq.FileMetaData] = []
        schema = arrow_schema(self._table)
        texts = [field.name for field in schema if pa.types.is_string(field.type)]
        return pq.ParquetWriter(
            self.path,
            schema,
            compression="zstd",
            use_dictionary=texts,  # pyright: ignore[reportArgumentType] - pyarrow takes names too
            metadata_collector=self._footers,
        )

    def write(self, rows: pa.Table) -> None:
        """Add rows, in any order."""
        if self._table.sort and self._ordered and rows.num_rows:
            keys = rows.select(list(self._table.sort))
            self._ordered = ascends(keys if self._last_key is None else pa.concat_tables([self._last_key, keys]))
            self._last_key = keys.slice(keys.num_rows - 1)
        self._buffer.append(rows)
        self._rows += rows.num_rows
        if self._rows >= ROW_GROUP_ROWS:
            self._write_row_group()

    def _write_row_group(self) -> None:
        if self._buffer:
            self._writer.write_table(pa.concat_tables(self._buffer).combine_chunks(), row_group_size=ROW_GROUP_ROWS)
        self._buffer, self._rows = [], 0

    def close(self) -> pq.FileMetaData:
        """Finish the file. A log whose messages were not in order is sorted here, as a whole."""
        self._write_row_group()
        self._writer.close()
        if not self._ordered:
            rows = pq.read_table(self.path, schema=arrow_schema(self._table))
            self._writer = self._open()
            # Nulls first, as contracts.schemas.sort_fields says.
            keys = [(column, "ascending", "at_start") for column in self._table.sort]
            order = pc.sort_indices(rows, sort_keys=keys)
            self._writer.write_table(rows.take(order), row_group_size=ROW_GROUP_ROWS)
            self._writer.close()
        return self._footers[0]


class Spool:
    """The row sink of one origin, such as a log (model.WrittenFile says what names one).

    Nothing is in the lake before `finish`; leaving without it drops everything.
    """

    def __init__(self, tables: IcebergTables, origin: str) -> None:
        self._tables, self._origin = tables, origin
        self._folder = TemporaryDirectory(prefix="ingest-")
        self._files: dict[tuple[str, str], TableFile] = {}

    def write(self, table: Table, rows: pa.Table) -> None:
        """Add rows to the files of their partitions."""
        for partition, part in split(table, rows):
            file = self._files.get((table.full_name, partition))
            if file is None:
                path = Path(self._folder.name, f"{table.full_name}-{len(self._files)}.parquet")
                file = self._files[table.full_name, partition] = TableFile(table, path)
            file.write(part)

    def finish(self) -> list[WrittenFile]:
        """Close all files and put them into the lake, several at a time: an upload is mostly waiting."""
        with ThreadPoolExecutor(UPLOADS) as executor:
            uploads = [executor.submit(self._finish, *key, file) for key, file in self._files.items()]
            return [upload.result() for upload in uploads]

    def _finish(self, table: str, partition: str, file: TableFile) -> WrittenFile:
        footer = file.close()
        path = file.path
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=8)).hexdigest()
        parts = [part for part in (self._origin, partition, digest) if part]
        address = self._tables.upload(table, path, "-".join(parts) + ".parquet")
        return WrittenFile(table, address, path.stat().st_size, footer.num_rows, self._origin, pickle.dumps(footer))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._folder.cleanup()


def ascends(keys: pa.Table) -> bool:
    """Whether rows are ordered by all columns, the first one first. False if there are nulls: they need a look each."""
    alike = None
    for values in keys.columns:
        if values.null_count:
            return False
        before, after = values[:-1], values[1:]
        falls, stays = pc.less(after, before), pc.equal(after, before)
        if alike is not None:
            falls, stays = pc.and_(alike, falls), pc.and_(alike, stays)
        if pc.any(falls).as_py():
            return False
        alike = stays
    return True


def split(table: Table, rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Rows by the table's partition, each with a name for it (empty without partitions); an Iceberg file has one."""
    if table.partition is None:
        yield "", rows
        return
    values = rows[table.partition.column]
    if table.partition.transform != "identity":
        values = pc.floor_temporal(values, unit=table.partition.transform)
    for value in pc.unique(values):
        part = rows if pc.all(pc.equal(values, value)).as_py() else rows.filter(pc.equal(values, value))
        yield _partition_name(value), part


def _partition_name(value: pa.Scalar) -> str:
    if pa.types.is_temporal(value.type):
        return f"{value.as_py():%Y%m%d%H}"
    return hashlib.blake2b(str(value.as_py()).encode(), digest_size=8).hexdigest()
