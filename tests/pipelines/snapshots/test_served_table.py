"""A table as it is served: its order, the columns beside its JSON, and the shard of a key."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipelines.contracts import Column, Table
from pipelines.contracts.model import Serve
from pipelines.contracts.types import KEY_TYPES
from pipelines.snapshots.served_table import INTEGERS, ServedColumn, served_table, shard_of
from tests.pipelines.datasets import CONTRACTS

TABLE = Table(
    name="things",
    namespace="n",
    columns=(
        Column("key", "string", required=True, doc="A key."),
        Column("first", "timestamptz", required=True),
        Column("last", "timestamptz", required=True),
        Column("count", "long"),
        Column("speed", "double", required=True),
        Column("place", "int", required=True),
        Column("cell", "string"),
    ),
    sort=("speed", "place", "count", "key"),
    doc="Things.",
)


def test_the_order_is_time_then_key_then_the_table_s_own_of_what_is_always_there() -> None:
    whole = served_table(TABLE, Serve("things", ("key", "count"), ("first", "last"), "cell"))
    assert whole.order == ("first", "key", "place")
    assert whole.indexed == ("first", "key", "place", "count", "last", "cell")
    assert whole.key == "key"
    least = served_table(replace(TABLE, sort=()), Serve("t", ("key",)))
    assert (least.name, least.doc, least.order, least.indexed) == ("t", "Things.", ("key",), ("key",))


def test_columns_are_the_contract_s() -> None:
    found = served_table(TABLE, Serve("things", ("key",)))
    assert found.columns[0] == ServedColumn("key", "string", True, "A key.")
    assert [column.name for column in found.columns] == [column.name for column in TABLE.columns]
    assert found.type_of("place") == "int"
    with pytest.raises(KeyError):
        found.type_of("nothing")


def test_what_is_served_here_has_an_order_that_is_always_there() -> None:
    for table in CONTRACTS.tables:
        if table.serve:
            required = {column.name for column in table.columns if column.required}
            assert set(served_table(table, table.serve).order) <= required


def test_a_key_is_text_or_an_integer() -> None:
    assert sorted(KEY_TYPES) == sorted(("string", *INTEGERS))


def test_a_key_s_shard_is_the_same_for_ever() -> None:
    """Shards that lie in buckets are read by every later version; Spark's crc32 says the same."""
    assert [shard_of(key, 7) for key in ("", "d1", "ü", "-5", "true")] == [0, 2, 4, 3, 5]
    assert {shard_of(f"d{number}", 3) for number in range(20)} == {0, 1, 2}
    assert shard_of("anything", 1) == 0
