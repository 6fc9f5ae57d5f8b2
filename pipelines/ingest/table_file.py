"""One Parquet file of a table's partition in the making, in a local file without a name."""

# pyright: reportAttributeAccessIssue=false
# pyarrow.compute makes its functions at import, so the type checker can't see them.
from __future__ import annotations

from tempfile import TemporaryFile
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.contracts.model import Table
from pipelines.contracts.schemas import arrow_schema

ROW_GROUP_ROWS = 131_072
ROW_GROUP_BYTES = 64 * 1024 * 1024
TABLE_BYTES = 4096
"""What a table takes in memory beside its values, about: rows may come one at a time."""


class TableFile:
    """Rows, sorted as the contract says when the file is closed. A local file is open once rows left memory.

    size: bytes of all rows as they are in memory; buffered: of those that still are.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._buffer: list[pa.Table] = []
        self._rows = 0
        self.size = self.buffered = 0
        self._last_key: pa.Table | None = None
        self._ordered = True
        self._stream: IO[bytes] | None = None
        self._writer: pq.ParquetWriter | None = None
        self._footers: list[pq.FileMetaData] = []

    @property
    def is_open(self) -> bool:
        """Whether it has a local file."""
        return self._writer is not None

    @property
    def footer(self) -> pq.FileMetaData:
        """The footer of the closed file."""
        return self._footers[-1]

    def write(self, rows: pa.Table) -> None:
        """Add rows, in any order."""
        if self._table.sort and self._ordered and rows.num_rows:
            keys = rows.select(list(self._table.sort))
            self._ordered = ascends(keys if self._last_key is None else pa.concat_tables([self._last_key, keys]))
            self._last_key = keys.slice(keys.num_rows - 1)
        self._buffer.append(rows)
        self._rows += rows.num_rows
        taken = rows.nbytes + TABLE_BYTES
        self.buffered += taken
        self.size += taken
        if self._rows >= ROW_GROUP_ROWS or self.buffered >= ROW_GROUP_BYTES:
            self.flush()

    def flush(self) -> None:
        """Bring the rows from memory to the local file."""
        if not self._buffer:
            return
        self._open().write_table(pa.concat_tables(self._buffer).combine_chunks(), row_group_size=ROW_GROUP_ROWS)
        self._buffer, self._rows, self.buffered = [], 0, 0

    def close(self) -> IO[bytes]:
        """The whole file, from its begin. One whose rows did not come in order is sorted here, as a whole."""
        if self._ordered or not self._table.sort:
            self.flush()
        else:
            rows = pa.concat_tables([self._written(), *self._buffer])
            # Nulls first, as contracts.schemas.sort_fields says.
            keys = [(column, "ascending", "at_start") for column in self._table.sort]
            self._buffer = [rows.take(pc.sort_indices(rows, sort_keys=keys))]
            self.flush()
        self._end()
        assert self._stream is not None
        return self._stream

    def _open(self) -> pq.ParquetWriter:
        if self._writer is None:
            schema = arrow_schema(self._table)
            texts = [field.name for field in schema if pa.types.is_string(field.type)]
            self._stream = TemporaryFile()  # noqa: SIM115 - closed by who reads the file
            self._writer = pq.ParquetWriter(
                self._stream,
                schema,
                compression="zstd",
                use_dictionary=texts,  # pyright: ignore[reportArgumentType] - pyarrow takes names too
                metadata_collector=self._footers,
            )
        return self._writer

    def _end(self) -> None:
        assert self._writer is not None
        assert self._stream is not None
        self._writer.close()
        self._writer = None
        self._stream.seek(0)

    def _written(self) -> pa.Table:
        """The rows that left memory already, whose local file is given up."""
        schema = arrow_schema(self._table)
        if self._writer is None:
            return schema.empty_table()
        self._end()
        assert self._stream is not None
        with self._stream as stream:
            return pq.read_table(stream, schema=schema)


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
