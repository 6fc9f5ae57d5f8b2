"""Feast's Python feature server over rows of a Parquet file, for a comparison. Run by an interpreter that has Feast.

    PYTHON tests/bench/feast_server.py FOLDER PORT      FOLDER/rows.parquet: entity_id, time, and features (float64)

Its online store is the one that it has by default, SQLite. Feast is in no lock of ours: `pip install feast==0.67.0`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas  # pyright: ignore[reportMissingImports]
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, ValueType  # pyright: ignore[reportMissingImports]
from feast.types import Float64  # pyright: ignore[reportMissingImports]

STORE = """
project: bench
registry: registry.db
provider: local
online_store: {type: sqlite, path: online.db}
entity_key_serialization_version: 3
"""


def main(folder: Path, port: int) -> None:
    (folder / "feature_store.yaml").write_text(STORE)
    rows = pandas.read_parquet(folder / "rows.parquet")
    entity = Entity(name="entity_id", join_keys=["entity_id"], value_type=ValueType.STRING)
    view = FeatureView(
        name="features",
        entities=[entity],
        schema=[Field(name=name, dtype=Float64) for name in rows.columns if name.startswith("feature_")],
        source=FileSource(path=str(folder / "rows.parquet"), timestamp_field="time"),
        online=True,
    )
    store = FeatureStore(repo_path=str(folder))
    store.apply([entity, view])
    store.write_to_online_store("features", rows)
    store.serve(host="127.0.0.1", port=port, type_="http", no_access_log=True, workers=1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
