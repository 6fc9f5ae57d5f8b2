"""From the drive logs' tables to the scenario rows: registers the definitions as views, runs nothing."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame

from pipelines.mining.definitions import DEFINITIONS, RESULT, Definitions


def mine(frames: Mapping[str, DataFrame], definitions: Definitions = DEFINITIONS) -> DataFrame:
    """The scenarios in the given tables, as rows of scenarios.scenarios. Pure and lazy: no job runs here.

    `frames` holds one frame per name in definitions.sources, all of one session, with the columns of the contract.
    The session's temporary views of the names of sources and definitions are replaced and dropped meanwhile.
    """
    sources = definitions.sources
    missing = [name for name in sources if name not in frames]
    if missing:
        raise ValueError(f"mining needs the tables {', '.join(sources)}; missing: {', '.join(missing)}")
    session = frames[sources[0]].sparkSession
    try:
        for name in sources:
            frames[name].createOrReplaceTempView(name)
        for name, text in definitions.texts.items():
            session.sql(text, args=definitions.arguments(name)).createOrReplaceTempView(name)
        return session.table(RESULT)
    finally:
        for name in (*sources, *definitions.texts):
            session.catalog.dropTempView(name)
