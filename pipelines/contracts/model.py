"""The contracts as plain data: what a dataset is, who owns it, and the tables and columns it has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

LOG_COLUMNS = ("drive_id", "timestamp", "source_sha256")
"""First columns of every table with a topic: they come from the log itself, not from its messages."""

Limit = int | float | str
"""A number, or for a timestamp its ISO 8601 text."""


@dataclass(frozen=True)
class Derived:
    """A column computed from others of its row: `h3_cell(latitude_deg, longitude_deg, 9)`."""

    function: str
    columns: tuple[str, ...]
    parameters: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.function}({', '.join([*self.columns, *map(str, self.parameters)])})"


@dataclass(frozen=True)
class Column:
    """One column. `type` is Iceberg's name of it; `source` is the key in the message (None: not from a message)."""

    name: str
    type: str
    required: bool = False
    doc: str = ""
    minimum: Limit | None = None
    maximum: Limit | None = None
    enum: tuple[str, ...] = ()
    source: str | None = None
    derived: Derived | None = None


@dataclass(frozen=True)
class Partition:
    """An Iceberg partition field: a transform (`day`, `identity`, ...) of one column."""

    transform: str
    column: str


@dataclass(frozen=True)
class Serve:
    """How a table is served: its name in addresses, and what its rows are found by.

    by: columns with an exact value, the first of which is that of paths.  time: the columns of a row's first and last
    moment, one for both, or none.  cell: the column with an H3 cell, if any.
    """

    name: str
    by: tuple[str, ...]
    time: tuple[str, ...] = ()
    cell: str | None = None


@dataclass(frozen=True)
class Table:
    """One table. `topic` is the MCAP topic whose messages become its rows (None: a job writes it).

    serve: how it is served (None: it is not).
    """

    name: str
    namespace: str
    columns: tuple[Column, ...]
    topic: str | None = None
    partition: Partition | None = None
    sort: tuple[str, ...] = ()
    doc: str = ""
    serve: Serve | None = None

    @property
    def full_name(self) -> str:
        """`namespace.name`."""
        return f"{self.namespace}.{self.name}"

    @property
    def message_columns(self) -> tuple[Column, ...]:
        """The columns that are read from messages."""
        return tuple(column for column in self.columns if column.source is not None)

    @property
    def derived_columns(self) -> tuple[Column, ...]:
        """The columns computed from others."""
        return tuple(column for column in self.columns if column.derived is not None)


@dataclass(frozen=True)
class Contract:
    """One dataset: its platform fields and its tables. `readers` are IAM principals (`group:...`)."""

    name: str
    owner: str
    cost_center: str
    retention_days: int
    readers: tuple[str, ...]
    tables: tuple[Table, ...]
    doc: str = ""

    @property
    def namespace(self) -> str:
        """The Iceberg namespace (and BigQuery dataset) of its tables: the contract's name."""
        return self.name

    @property
    def topics(self) -> dict[str, Table]:
        """MCAP topic -> the table its messages become rows of."""
        return {table.topic: table for table in self.tables if table.topic is not None}

    def table(self, name: str) -> Table:
        """The table of that name. KeyError if there is none."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(f"contract {self.name} has no table {name!r}")


@dataclass(frozen=True)
class Contracts:
    """All contracts of the platform."""

    contracts: tuple[Contract, ...]

    def __iter__(self) -> Iterator[Contract]:
        return iter(self.contracts)

    def contract(self, name: str) -> Contract:
        """The contract of that name. KeyError if there is none."""
        for contract in self.contracts:
            if contract.name == name:
                return contract
        raise KeyError(f"there is no contract {name!r}")

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables of all contracts."""
        return tuple(table for contract in self.contracts for table in contract.tables)

    @property
    def topics(self) -> dict[str, Table]:
        """MCAP topic -> the table its messages become rows of."""
        return {topic: table for contract in self.contracts for topic, table in contract.topics.items()}

    def table(self, full_name: str) -> Table:
        """The table `namespace.name`. KeyError if there is none."""
        namespace, _, name = full_name.partition(".")
        return self.contract(namespace).table(name)

    def to_json(self) -> str:
        """Stable text for a bucket: the same contracts give the same text."""
        return json.dumps(asdict(self), indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> Contracts:
        """What to_json wrote. ValueError if it is something else."""
        try:
            return cls(tuple(_contract(value) for value in json.loads(text)["contracts"]))
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise ValueError(f"not the contracts the stack wrote ({error}); deploy the stack again") from error


def _contract(value: dict[str, Any]) -> Contract:
    tables = tuple(_table(table) for table in value["tables"])
    return Contract(**value | {"tables": tables, "readers": tuple(value["readers"])})


def _table(value: dict[str, Any]) -> Table:
    partition = Partition(**value["partition"]) if value["partition"] else None
    columns = tuple(_column(column) for column in value["columns"])
    serve = _serve(value["serve"]) if value["serve"] else None
    return Table(**value | {"columns": columns, "partition": partition, "sort": tuple(value["sort"]), "serve": serve})


def _serve(value: dict[str, Any]) -> Serve:
    sequences = {name: tuple(value[name]) for name in ("by", "time")}
    return Serve(**{**value, **sequences})


def _column(value: dict[str, Any]) -> Column:
    derived = value["derived"]
    if derived:
        derived = Derived(derived["function"], tuple(derived["columns"]), tuple(derived["parameters"]))
    return Column(**value | {"enum": tuple(value["enum"]), "derived": derived})
