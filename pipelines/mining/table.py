"""Brings a table to a given content in one commit, or leaves it alone if it has that content."""

from __future__ import annotations

from enum import StrEnum

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 (the name everybody knows it by)

KEY = "scenario_id"
SOURCE_VIEW = "mined_scenarios"


class TableChange(StrEnum):
    """What replace_content did."""

    UNCHANGED = "unchanged"
    UPDATED = "updated"


def replace_content(wanted: DataFrame, table: str) -> TableChange:
    """Make the table hold just the rows of `wanted` (same columns, unique by scenario_id), in one MERGE.

    Only files that hold a changed row are rewritten. With no changed row nothing is committed: no new snapshot.
    """
    spark = wanted.sparkSession
    existing = spark.table(table)
    columns = existing.columns
    wanted = wanted.select(*columns)
    if not differ(wanted, existing):
        return TableChange.UNCHANGED
    wanted.createOrReplaceTempView(SOURCE_VIEW)
    try:
        spark.sql(merge_statement(table, columns)).collect()
    finally:
        spark.catalog.dropTempView(SOURCE_VIEW)
    return TableChange.UPDATED


def differ(one: DataFrame, other: DataFrame) -> bool:
    """Whether two frames with the same columns hold different rows (order aside, duplicates and nulls count)."""
    sides = one.withColumn("_side", F.lit(1)).unionAll(other.withColumn("_side", F.lit(-1)))
    balance = sides.groupBy(*one.columns).agg(F.sum("_side").alias("_balance"))
    return not balance.where("_balance <> 0").isEmpty()


def merge_statement(table: str, columns: list[str]) -> str:
    """The MERGE that updates changed rows, adds new ones and deletes those that are no longer found."""
    same = " AND ".join(f"kept.{column} <=> found.{column}" for column in columns)
    return f"""
        MERGE INTO {table} AS kept
        USING {SOURCE_VIEW} AS found
        ON kept.{KEY} = found.{KEY}
        WHEN MATCHED AND NOT ({same}) THEN UPDATE SET *
        WHEN NOT MATCHED THEN INSERT *
        WHEN NOT MATCHED BY SOURCE THEN DELETE
    """
