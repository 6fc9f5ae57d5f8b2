"""Iceberg tables at one state (snapshot id), so that all reads of a run see the same rows."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame, SparkSession


def newest_states(spark: SparkSession, tables: Sequence[str]) -> dict[str, int | None]:
    """The newest state of each table; None of one that nothing was ever written to. Reads metadata only.

    AnalysisException if a table is missing.
    """
    if not tables:
        return {}
    queries = [f"SELECT '{table}' AS name, snapshot_id FROM {table}.refs WHERE name = 'main'" for table in tables]
    found = {row["name"]: row["snapshot_id"] for row in spark.sql(" UNION ALL ".join(queries)).collect()}
    return {table: found.get(table) for table in tables}


def read_at(spark: SparkSession, table: str, state: int | None) -> DataFrame:
    """The table as it was at a state."""
    if state is None:
        return spark.table(table)
    return spark.sql(f"SELECT * FROM {table} VERSION AS OF {state}")
