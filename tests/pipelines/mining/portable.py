"""The scenario definitions in DuckDB: SQLGlot carries the files over, parameters become literals.

SQLGlot 30 leaves one of Spark's functions as it is, TIMESTAMP_MICROS: a macro stands for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlglot import expressions as exp

from pipelines.mining.definitions import DEFINITIONS, RESULT, Definitions


def in_dialect(view: str, dialect: str, definitions: Definitions = DEFINITIONS) -> str:
    """One definition in another dialect, its parameters filled in."""
    values = definitions.arguments(view)
    tree = sqlglot.parse_one(definitions.texts[view], read="spark")
    for marker in list(tree.find_all(exp.Placeholder)):
        marker.replace(sqlglot.parse_one(repr(values[marker.name]), read="spark"))
    return tree.sql(dialect=dialect, comments=False)


def mine_in_duckdb(paths: Mapping[str, Path], definitions: Definitions = DEFINITIONS) -> list[dict[str, Any]]:
    """The rows that DuckDB finds in the Parquet files of the source tables."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("CREATE MACRO timestamp_micros(us) AS make_timestamp(us)")
        for name in definitions.sources:
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{paths[name]}')")
        for view in definitions.texts:
            connection.execute(f"CREATE TABLE {view} AS {in_dialect(view, 'duckdb', definitions)}")
        return connection.table(RESULT).to_arrow_table().to_pylist()
