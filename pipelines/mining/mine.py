"""From the drive logs' tables to the scenario rows: registers the definitions as views, runs nothing."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame

from pipelines.mining.definitions import SOURCES, VIEWS, parameters_of, read_sql
from pipelines.mining.parameters import PARAMETERS


def mine(frames: Mapping[str, DataFrame], parameters: Mapping[str, int | float] = PARAMETERS) -> DataFrame:
    """The scenarios in the given tables, as rows of scenarios.scenarios. Pure and lazy: no job runs here.

    `frames` holds one frame per name in definitions.SOURCES, all of one session, with the columns of the contract.
    The session's temporary views of the names in SOURCES and VIEWS are replaced and dropped meanwhile.
    """
    missing = [name for name in SOURCES if name not in frames]
    if missing:
        raise ValueError(f"mining needs the tables {', '.join(SOURCES)}; missing: {', '.join(missing)}")
    session = frames[SOURCES[0]].sparkSession
    try:
        for name in SOURCES:
            frames[name].createOrReplaceTempView(name)
        for name in VIEWS:
            text = read_sql(name)
            session.sql(text, args=parameters_of(text, parameters)).createOrReplaceTempView(name)
        return session.table(VIEWS[-1])
    finally:
        for name in (*SOURCES, *VIEWS):
            session.catalog.dropTempView(name)
