"""Versions of tables: found where they are there already, written where they are not."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from operator import itemgetter

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F  # noqa: N812 (the name everybody knows it by)

from pipelines.publish.declared import Source
from pipelines.publish.files import Files, PublishConflictError
from pipelines.publish.fingerprints import fingerprint, layout_of, version_id
from pipelines.publish.rows import BODY, SHARD, served_rows
from pipelines.publish.shards import build
from pipelines.snapshots.manifest import (
    Manifest,
    ManifestError,
    Shard,
    TableVersion,
    version_file,
    version_folder,
)
from pipelines.snapshots.parts import COLUMNS, PART_BYTES
from pipelines.snapshots.served_table import ServedTable
from pipelines.spark.table_states import read_at

SHARD_BYTES = 256 << 20
"""JSON in a shard, about. One core builds a shard, so it must be done soon; and whoever holds it holds all of it."""

WRITE_OPTIONS = {
    "compression": "zstd",
    "parquet.enable.dictionary": "false",
    # A row is a MiB. Parquet's writer would look at how much it holds only at every hundredth.
    "parquet.page.size.row.check.min": "1",
    "parquet.block.size.row.check.min": "1",
    "parquet.block.size": str(16 << 20),
}


@dataclass(frozen=True)
class Content:
    """A table as it was read and hashed, with the version that this makes of it."""

    source: Source
    frame: DataFrame
    rows: int
    shards: int
    version: str

    @property
    def table(self) -> ServedTable:
        """How it is served."""
        return self.source.table


def read(spark: SparkSession, source: Source, shard_bytes: int) -> Content:
    """Read a table at its state and hash it: one pass over its rows."""
    frame = read_at(spark, source.name, source.state)
    found = fingerprint(frame, source.table)
    shards = max(1, math.ceil(found.size / shard_bytes))
    return Content(source, frame, found.rows, shards, version_id(source.table, found, shards))


def taken_over(files: Files, source: Source, manifests: Iterable[Manifest]) -> TableVersion | None:
    """The version that a snapshot has of a table in the state that it still is in, declared the same way."""
    for manifest in manifests:
        for known in manifest.tables.values():
            if (known.source, known.source_state) != (source.name, source.state):
                continue
            if layout_of(known.table) == layout_of(source.table) and (found := complete(files, source, known.version)):
                return found
    return None


def complete(files: Files, source: Source, version: str) -> TableVersion | None:
    """A version of a table that is there with all its files; None if it is not."""
    text = files.read(version_file(source.table.name, version))
    if text is None:
        return None
    try:
        found = TableVersion.from_json(text)
    except ManifestError:
        return None
    for number, shard in enumerate(found.shards):
        folder = f"shard={number}"
        there = {f"{folder}/{name}" for name in files.names(f"{found.folder}/{folder}")}
        if not there.issuperset(shard.files):
            return None
    return replace(found, table=source.table, source=source.name, source_state=source.state)


def write(files: Files, content: Content) -> TableVersion:
    """Write a version, and what it holds last. What a killed run left of it is removed first.

    PublishConflictError if another run writes it at the same time.
    """
    table, source = content.table, content.source
    files.delete(version_file(table.name, content.version))
    folder = version_folder(table.name, content.version)
    databases(content).write.mode("overwrite").options(**WRITE_OPTIONS).partitionBy("shard").parquet(
        files.address(folder)
    )
    shards = written_shards(content.frame.sparkSession, files.address(folder))
    if len(shards) != content.shards or sum(shard.rows for shard in shards) != content.rows:
        raise PublishConflictError(f"{files.address(folder)} was written by another run meanwhile")
    version = TableVersion(table, content.version, tuple(shards), source.name, source.state)
    files.write(version_file(table.name, content.version), version.to_json())
    return version


def databases(content: Content) -> DataFrame:
    """The parts (parts.COLUMNS) of all shards of a table."""
    rows = served_rows(content.frame, content.table, content.shards)
    ordered = rows.repartition(content.shards, SHARD).sortWithinPartitions(SHARD, *content.table.order, BODY)
    parts = ordered.rdd.mapPartitions(partial(build, content.table))
    return content.frame.sparkSession.createDataFrame(parts, COLUMNS, verifySchema=False)


def written_shards(spark: SparkSession, address: str) -> list[Shard]:
    """What the files below an address hold, by number; shards of which not all parts are there are left out."""
    parts = spark.read.schema(COLUMNS).parquet(address)
    by_file = parts.groupBy("shard", "rows", "size", "sha256", F.col("_metadata.file_name").alias("file"))
    found = sorted(by_file.agg(F.count("*").alias("parts")).collect(), key=itemgetter("shard", "file"))
    shards = (shard_of(number, list(rows)) for number, rows in groupby(found, key=itemgetter("shard")))
    return [shard for shard in shards if shard is not None]


def shard_of(number: int, rows: list[Row]) -> Shard | None:
    """A shard from what its files say of it, if that is one thing, and all of it."""
    first = rows[0]
    same = all(
        (row["rows"], row["size"], row["sha256"]) == (first["rows"], first["size"], first["sha256"]) for row in rows
    )
    if not same or sum(row["parts"] for row in rows) != math.ceil(first["size"] / PART_BYTES):
        return None
    return Shard(first["rows"], first["size"], first["sha256"], tuple(f"shard={number}/{row['file']}" for row in rows))
