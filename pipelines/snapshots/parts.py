"""A shard's database in the bucket: its bytes in parts, as rows of Parquet files, which Spark writes and packs.

Nothing but Spark is needed where a shard is made: its workers have no client of an object store.
"""

from __future__ import annotations

PART_BYTES = 1 << 20
COLUMNS = "shard INT, place BIGINT, data BINARY, rows BIGINT, size BIGINT, sha256 STRING"
"""One row a part, for Spark. `place`: 0, 1, ... within its shard. rows, size, sha256: of the whole shard, in each."""
