"""Shards as they are built where the rows are: on Spark's executors, each from a stream of its rows in order.

An executor has Python and this repository's code, and no client of an object store. So a database leaves it as rows of
Parquet files, which Spark writes. (Not through mapInArrow, which asks for pandas though it does not use it.)
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipelines.snapshots import database
from pipelines.snapshots.parts import PART_BYTES
from pipelines.snapshots.served_table import ServedTable

Part = tuple[int, int, bytes, int, int, str]
"""Values of parts.COLUMNS."""


def build(table: ServedTable, rows: Iterable[tuple[Any, ...]]) -> Iterator[Part]:
    """The parts of all shards that the rows are of.

    rows: number of the shard, indexed columns and JSON (rows.served_rows), by shard and in the table's order.
    """
    for shard, found in groupby(rows, key=itemgetter(0)):
        yield from parts(shard, table, (row[1:] for row in found if row[-1] is not None))


def parts(shard: int, table: ServedTable, rows: Iterable[tuple[Any, ...]]) -> Iterator[Part]:
    """Build one shard's database and hand out its bytes."""
    # Spark removes this folder of its own when the executor is ended, in whatever way that happens.
    executors_folder = os.environ.get("SPARK_LOCAL_DIRS", "").split(",")[0]
    with TemporaryDirectory(dir=executors_folder or None) as folder:
        path = Path(folder) / "database"
        count = database.write(path, table, rows)
        size = path.stat().st_size
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            for place, data in enumerate(iter(lambda: file.read(PART_BYTES), b"")):
                yield shard, place, data, count, size, digest
