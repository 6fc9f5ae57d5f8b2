"""A table with a column of every type, to be published."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 (the name everybody knows it by)

from pipelines.contracts import Column, Contract, Contracts, Table
from pipelines.contracts.model import Serve
from tests.pipelines.table_forms import spark_ddl

START = datetime(2026, 3, 1, 8, 0, 0, 1, tzinfo=UTC)
KEYS = ("order", "count", "total", "good", "moment", "day")
"""One column of each type that rows can be found by; the first is one of SQL's own words."""

TABLE = Table(
    name="things",
    namespace="tests",
    columns=(
        Column("order", "string", required=True, doc="What it is called."),
        Column("count", "int"),
        Column("total", "long"),
        Column("good", "boolean"),
        Column("moment", "timestamptz", required=True),
        Column("day", "date"),
        Column("speed", "double"),
        Column("cell", "string"),
    ),
    sort=("order",),
    doc="Things.",
    serve=Serve("things", KEYS, ("moment",), "cell"),
)
ROWS: list[tuple[Any, ...]] = [
    ("b", 1, 2**60, True, START, date(2026, 3, 1), 0.5, "89283082803ffff"),
    ("ü'\"\n\u2028", -1, None, False, START - timedelta(days=30000), date(1950, 1, 1), None, None),
    ("a", None, None, None, START, None, None, None),
]


def contracts_of(table: Table) -> Contracts:
    return Contracts((Contract("tests", "o", "c", 1, (), (table,)),))


def fill(spark: SparkSession, rows: list[tuple[Any, ...]], table: Table = TABLE) -> None:
    spark.sql(f"DROP TABLE IF EXISTS lake.{table.full_name}")
    ddl = quoted_ddl(table)
    spark.sql(f"CREATE TABLE lake.{table.full_name} ({ddl}) USING iceberg")
    if rows:
        spark.createDataFrame(rows, ddl).writeTo(f"lake.{table.full_name}").overwrite(F.lit(True))


def quoted_ddl(table: Table) -> str:
    """The columns as Spark's schema text, where their names may be words of SQL."""
    columns = (column.partition(" ") for column in spark_ddl(table).split(", "))
    return ", ".join(f"`{name}` {rest}" for name, _, rest in columns)
