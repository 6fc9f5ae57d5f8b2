"""Rows as an Arrow stream: https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format"""

from __future__ import annotations

from io import BytesIO

import pyarrow
import pyarrow.json

from pipelines.contracts.types import TYPES
from pipelines.serving.search import SEPARATOR
from pipelines.snapshots.served_table import ServedTable

READ_AS_TEXT = ("date",)
"""Types that Arrow's reader of JSON does not take, but its casts do."""


def schema(table: ServedTable) -> pyarrow.Schema:
    """The schema of a table's rows."""
    return pyarrow.schema(
        [pyarrow.field(one.name, _arrow_type(one.type), nullable=not one.required) for one in table.columns]
    )


def stream(table: ServedTable, rows: bytes) -> bytes:
    """Rows, as in Page.rows, as one stream."""
    content = _read(table, rows) if rows else schema(table).empty_table()
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, schema(table)) as writer:
        writer.write_table(content)
    return sink.getvalue().to_pybytes()


def _read(table: ServedTable, rows: bytes) -> pyarrow.Table:
    read_as = [(one.name, _arrow_type("string" if one.type in READ_AS_TEXT else one.type)) for one in table.columns]
    content = pyarrow.json.read_json(
        BytesIO(rows.replace(SEPARATOR, b"\n")),
        # A block holds whole rows, however long they are.
        read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(rows) + 1),
        parse_options=pyarrow.json.ParseOptions(pyarrow.schema(read_as), unexpected_field_behavior="ignore"),
    )
    return content.cast(schema(table)).combine_chunks()


def _arrow_type(kind: str) -> pyarrow.DataType:
    name, *arguments = TYPES[kind].arrow
    return getattr(pyarrow, name)(*arguments)
