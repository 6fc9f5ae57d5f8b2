"""The lake's tables for tests of the Spark jobs: Iceberg, made from the contracts, filled with generated drives."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 (the name everybody knows it by)

from pipelines.contracts import Table
from tests.pipelines.datasets import CONTRACTS
from tests.pipelines.drive_tables import TABLES, write_tables
from tests.pipelines.table_forms import spark_ddl
from tests.simulation.generator import GeneratedDrive


def create_tables(spark: SparkSession) -> None:
    """Empty tables that the jobs read and write, those of an earlier test removed."""
    for full_name in (*(f"drive_logs.{name}" for name in (*TABLES.values(), "drives")), "scenarios.scenarios"):
        table = CONTRACTS.table(full_name)
        partition = f"PARTITIONED BY (days({table.partition.column}))" if table.partition else ""
        spark.sql(f"DROP TABLE IF EXISTS lake.{full_name}")
        spark.sql(f"CREATE TABLE lake.{full_name} ({spark_ddl(table)}) USING iceberg {partition}")


def fill(spark: SparkSession, drives: Sequence[GeneratedDrive], folder: Path) -> None:
    """Make the drive logs' tables hold just these drives."""
    for name, path in write_tables(drives, folder).items():
        table = CONTRACTS.table(f"drive_logs.{name}")
        fitted(spark.read.parquet(str(path)), table).writeTo(f"lake.{table.full_name}").overwrite(F.lit(True))


def put_rows(spark: SparkSession, full_name: str, rows: Sequence[dict[str, Any]]) -> None:
    """Make a table hold just these rows."""
    table = CONTRACTS.table(full_name)
    values = [[row[column.name] for column in table.columns] for row in rows]
    spark.createDataFrame(values, spark_ddl(table)).writeTo(f"lake.{full_name}").overwrite(F.lit(True))


def fitted(frame: DataFrame, table: Table) -> DataFrame:
    """The table's columns in its order; the files hold all that it requires."""
    return frame.select(*(column.name for column in table.columns))


def rows_of(spark: SparkSession, table: str) -> list[dict[str, Any]]:
    """All rows, sorted by their first column."""
    frame = spark.table(table)
    return frame.orderBy(frame.columns[0]).toArrow().to_pylist()


def snapshots(spark: SparkSession, table: str) -> list[int]:
    """The ids of all states the table ever had."""
    return [row["snapshot_id"] for row in spark.sql(f"SELECT snapshot_id FROM {table}.snapshots ORDER BY 1").collect()]
