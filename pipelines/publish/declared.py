"""The tables to publish: those whose contract says how they are served."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession

from pipelines.contracts.model import Contracts
from pipelines.publish.files import Files
from pipelines.snapshots.served_table import ServedTable, served_table
from pipelines.spark.table_states import newest_states


class ContractsError(Exception):
    """The contracts can't be read: which file and what to do, in one line."""


@dataclass(frozen=True)
class Source:
    """A table to publish: the one in Spark's catalogue that it holds, and the state of that (table_states.py)."""

    table: ServedTable
    name: str
    state: int | None


def read_contracts(spark: SparkSession, address: str) -> Contracts:
    """The contracts as the stack wrote them. ContractsError if there are none."""
    folder, _, name = address.rpartition("/")
    text = Files(spark, folder).read(name)
    if text is None:
        raise ContractsError(f"{address} is not there; deploy the stack again, or correct --contracts")
    try:
        return Contracts.from_json(text)
    except ValueError as error:
        raise ContractsError(f"{address}: {error}") from error


def declared_sources(spark: SparkSession, catalog: str, contracts: Contracts) -> list[Source]:
    """The tables that are served, at their newest states. AnalysisException if one is missing."""
    tables = {f"{catalog}.{one.full_name}": served_table(one, one.serve) for one in contracts.tables if one.serve}
    states = newest_states(spark, list(tables))
    return [Source(table, name, states[name]) for name, table in tables.items()]
