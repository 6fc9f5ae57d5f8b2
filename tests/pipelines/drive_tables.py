"""Generated drives as the tables that ingest makes of them, in Parquet files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import h3
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.mining.definitions import DEFINITIONS
from tests.pipelines.datasets import CONTRACTS
from tests.simulation.generator import GeneratedDrive
from tests.simulation.generator.sensors import Recording

TABLES = {topic: table.name for topic, table in CONTRACTS.topics.items() if table.name in DEFINITIONS.sources}
"""The tables that mining reads, by topic."""

H3_RESOLUTION = 9


def write_tables(drives: Iterable[GeneratedDrive], folder: Path) -> dict[str, Path]:
    """One Parquet file per table that mining reads, and `drives`; rows in no particular order."""
    parts: dict[str, list[pa.Table]] = {name: [] for name in (*TABLES.values(), "drives")}
    for drive in drives:
        for topic, name in TABLES.items():
            parts[name].append(table_of(drive, topic, drive.recordings[topic]))
        parts["drives"].append(drive_row(drive))
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name, tables in parts.items():
        paths[name] = folder / f"{name}.parquet"
        joined = pa.concat_tables(tables)
        shuffled = np.random.default_rng(len(joined)).permutation(len(joined))
        pq.write_table(joined.take(shuffled), paths[name])
    return paths


def table_of(drive: GeneratedDrive, topic: str, recording: Recording) -> pa.Table:
    """One topic of one drive as rows of its table."""
    columns = {"drive_id": pa.array([drive.drive_id] * len(recording.time_ns), pa.string())}
    columns["timestamp"] = times(recording.time_ns)
    columns["source_sha256"] = pa.array(["0" * 64] * len(recording.time_ns), pa.string())
    for name, values in recording.fields.items():
        columns[name] = pa.array(values.tolist(), pa.string()) if values.dtype.kind == "U" else pa.array(values)
    if topic == "/localization/pose":
        degrees = zip(recording.fields["latitude_deg"], recording.fields["longitude_deg"], strict=True)
        columns["h3_cell"] = pa.array([h3.latlng_to_cell(*place, H3_RESOLUTION) for place in degrees], pa.string())
    return pa.table(columns)


def drive_row(drive: GeneratedDrive) -> pa.Table:
    """The drive's row of the table drives."""
    return pa.table(
        {
            "drive_id": [drive.drive_id],
            "vehicle_id": [drive.vehicle_id],
            "source_uri": [f"gs://landing/drive_logs/{drive.drive_id}.mcap"],
            "source_sha256": ["0" * 64],
            "start_time": times(np.array([drive.start_ns])),
            "end_time": times(np.array([drive.end_ns])),
            "duration_s": [(drive.end_ns - drive.start_ns) / 1e9],
            "message_count": [drive.message_count],
            "software_version": [drive.software_version],
        }
    )


def times(time_ns: np.ndarray) -> pa.Array:
    """Nanoseconds UTC as the tables' timestamps."""
    return pa.array(time_ns // 1000, pa.timestamp("us", tz="UTC"))
