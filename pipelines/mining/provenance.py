"""What the scenarios were mined from, kept as a property of their table, so that a run with nothing new mines nothing.

It names the state of every table read, the definitions, and the state of the result. A change of any of them, one made
by hand in the result included, makes the next run mine again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from pyspark.sql import SparkSession

from pipelines.mining.definitions import Definitions

PROPERTY = "roadbed.mined-from"

CODE_VERSION = 1
"""Part of the definitions' digest: raise it when code around the SQL files changes what is found."""


def provenance(sources: Mapping[str, int | None], result: int | None, definitions: Definitions) -> str:
    """The property's value, JSON: states of the tables read and of the result (None: never written to), definitions."""
    value = {"definitions": definitions_digest(definitions), "sources": dict(sources), "result": result}
    return json.dumps(value, sort_keys=True)


def definitions_digest(definitions: Definitions) -> str:
    """12 hex digits over every definition's text and number."""
    content = [CODE_VERSION, dict(definitions.texts), dict(definitions.parameters)]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def recorded(spark: SparkSession, table: str) -> str | None:
    """What the table says it was mined from; None if no run has ended yet."""
    properties = {row["key"]: row["value"] for row in spark.sql(f"SHOW TBLPROPERTIES {table}").collect()}
    return properties.get(PROPERTY)


def record(spark: SparkSession, table: str, value: str) -> None:
    """Keep a run's provenance, after its content: a run that is killed between the two is done again."""
    spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('{PROPERTY}' = '{value}')")
