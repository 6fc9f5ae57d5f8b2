"""A table as it is served: what its contract says, as far as publish and the replicas need it. Plain data."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from pipelines.contracts.model import Serve, Table
from pipelines.contracts.types import KEY_TYPES

INTEGERS = ("int", "long", "boolean", "timestamptz", "date")
"""Types whose values are integers in a shard's database: true is 1, times are µs and dates days since 1970."""


@dataclass(frozen=True)
class ServedColumn:
    """One column, with Iceberg's name of its type."""

    name: str
    type: str
    required: bool
    doc: str


@dataclass(frozen=True)
class ServedTable:
    """One table: `by`, `time` and `cell` as the contract's `serve` says, and the order of its rows in every answer.

    name: in addresses.  order: columns, all required; rows equal in all of them are in the order of their JSON.
    """

    name: str
    doc: str
    columns: tuple[ServedColumn, ...]
    by: tuple[str, ...]
    time: tuple[str, ...]
    cell: str | None
    order: tuple[str, ...]

    @property
    def indexed(self) -> tuple[str, ...]:
        """The columns that its databases have beside each row's JSON."""
        cell = (self.cell,) if self.cell else ()
        return tuple(dict.fromkeys((*self.order, *self.by, *self.time, *cell)))

    @property
    def key(self) -> str:
        """The column of paths; it says which shard a row is in."""
        return self.by[0]

    def type_of(self, column: str) -> str:
        """A column's type. KeyError if there is none of that name."""
        return {one.name: one.type for one in self.columns}[column]


def served_table(table: Table, serve: Serve) -> ServedTable:
    """How a contract's table is served: by time, if it has one, then by key and in the table's own order."""
    order = dict.fromkeys((*serve.time[:1], serve.by[0], *(name for name in table.sort if _required(table, name))))
    return ServedTable(
        name=serve.name,
        doc=table.doc,
        columns=tuple(ServedColumn(one.name, one.type, one.required, one.doc) for one in table.columns),
        by=serve.by,
        time=serve.time,
        cell=serve.cell,
        order=tuple(order),
    )


def shard_of(key: str, shards: int) -> int:
    """The shard with the rows of a key, given as text.

    That is a string as it is, true or false, and of every other type the decimal digits of the integer (INTEGERS).
    """
    return zlib.crc32(key.encode()) % shards


def _required(table: Table, name: str) -> bool:
    return any(column.name == name and column.required and column.type in KEY_TYPES for column in table.columns)
