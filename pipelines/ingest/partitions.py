"""Rows by the partition of their table: each data file of an Iceberg table is of one."""

# pyright: reportAttributeAccessIssue=false
# pyarrow.compute makes its functions at import, so the type checker can't see them.
from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.contracts.model import Table


def split(table: Table, rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Rows by the table's partition, each with a name for it (empty without partitions), in the order they came in."""
    if table.partition is None or not rows.num_rows:
        yield "", rows
        return
    values, transform = rows[table.partition.column], table.partition.transform
    if transform != "identity":
        values = pc.floor_temporal(values, unit=transform)
    encoded = values.combine_chunks().dictionary_encode()
    if len(encoded.dictionary) == 1:
        yield partition_name(encoded.dictionary[0], transform), rows
        return
    codes = encoded.indices.to_numpy()
    order = np.argsort(codes, kind="stable")
    ends = np.flatnonzero(np.diff(codes[order], append=-1)) + 1
    for code, places in enumerate(np.split(order, ends[:-1])):
        # A copy: a slice would keep all rows in memory.
        yield partition_name(encoded.dictionary[code], transform), rows.take(pa.array(places))


def partition_name(value: pa.Scalar, transform: str) -> str:
    """A text for the value, that can be part of a file's name."""
    if transform != "identity":
        return f"{value.as_py():%Y%m%d%H}"
    return hashlib.blake2b(str(value.as_py()).encode(), digest_size=8).hexdigest()
