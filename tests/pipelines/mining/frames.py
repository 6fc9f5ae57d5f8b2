"""Parquet files of the drive logs' tables as frames, and frames as rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from pipelines.mining.definitions import DEFINITIONS, Definitions


def read_frames(
    spark: SparkSession, paths: Mapping[str, Path], definitions: Definitions = DEFINITIONS
) -> dict[str, DataFrame]:
    """What mine takes: a frame for each table that the definitions read."""
    return {name: spark.read.parquet(str(paths[name])) for name in definitions.sources}


def rows_of(frame: DataFrame) -> list[dict[str, Any]]:
    """All rows of a frame."""
    return frame.toArrow().to_pylist()
