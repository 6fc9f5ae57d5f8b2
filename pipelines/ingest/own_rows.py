"""Rows that the job makes itself, not from messages: of drives, quarantine and ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from pipelines.contracts.model import Table
from pipelines.contracts.schemas import arrow_schema


def own_rows(table: Table, values: Mapping[str, Sequence[object]]) -> pa.Table:
    """Rows of the table from values by column; a column of the contract that the job does not know is null."""
    schema, count = arrow_schema(table), len(next(iter(values.values())))
    arrays = [pa.array(values.get(field.name, [None] * count), field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)
