"""How fast a log becomes columns: the ingest job's decoder against the plain way, message by message.

    python tests/bench/bench_decode.py [LOG.mcap]

The plain way is the mcap package's reader, orjson and pyarrow. Both read the same bytes in this process, in turns; the
best of the rounds counts. The job's side includes validation, derived columns and, in the last line, Parquet files.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
from mcap.reader import make_reader

from pipelines.contracts import Contracts, Table, load_contracts
from pipelines.contracts.schemas import arrow_type
from pipelines.ingest.decode import LogDecoder
from pipelines.ingest.partitions import split
from pipelines.ingest.table_file import TableFile
from pipelines.sources.metadata import DriveMetadata
from tests.paths import DATASETS
from tests.simulation.mcap_writer import DriveLogWriter

ROUNDS = 3
MESSAGES = 100_000
DRIVE = DriveMetadata("bench", "vehicle", "1")


class Discard:
    """A sink that counts rows and drops them."""

    def __init__(self) -> None:
        self.rows = 0

    def write(self, table: Table, rows: pa.Table) -> None:
        self.rows += rows.num_rows


class Files:
    """A sink that writes Parquet files as the job does, without the lake."""

    def __init__(self) -> None:
        self.files: dict[tuple[str, str], TableFile] = {}

    def write(self, table: Table, rows: pa.Table) -> None:
        for partition, part in split(table, rows):
            key = table.full_name, partition
            if key not in self.files:
                self.files[key] = TableFile(table)
            self.files[key].write(part)


def plain(content: bytes, contracts: Contracts) -> int:
    """Columns per topic by the mcap package's reader and orjson; returns the messages."""
    columns: dict[str, dict[str, list[object]]] = {}
    count = 0
    for _, channel, message in make_reader(BytesIO(content)).iter_messages(log_time_order=False):
        values = orjson.loads(message.data)
        topic = columns.setdefault(channel.topic, {})
        topic.setdefault("timestamp", []).append(message.log_time // 1000)
        for name, value in values.items():
            topic.setdefault(name, []).append(value)
        count += 1
    for topic, values in columns.items():
        for column in contracts.topics[topic].message_columns:
            pa.array(values[column.name], arrow_type(column) if column.type != "timestamptz" else pa.string())
    return count


def decoded(content: bytes, contracts: Contracts) -> int:
    """The job's decoder, rows dropped."""
    return (
        LogDecoder(contracts, Discard(), "bench", "file:///log", "0" * 64, (DRIVE,)).decode(BytesIO(content)).received
    )


def written(content: bytes, contracts: Contracts) -> int:
    """The job's decoder into Parquet files."""
    sink = Files()
    result = LogDecoder(contracts, sink, "bench", "file:///log", "0" * 64, (DRIVE,)).decode(BytesIO(content))
    for file in sink.files.values():
        file.close().close()
    return result.received


def made_up_log(contracts: Contracts) -> bytes:
    """A log with the mix of topics that the real minute has: mostly speeds, radar and inertial messages."""
    stream = BytesIO()
    random = np.random.default_rng(7)
    numbers = {
        table.topic: [column.name for column in table.message_columns if column.type == "double"]
        for table in contracts.topics.values()
    }
    topics = ["/vehicle/speed"] * 3 + ["/vehicle/wheel_speed"] * 3 + ["/imu/accelerometer"] * 4 + ["/imu/gyroscope"] * 4
    with DriveLogWriter(stream, contracts, DRIVE) as log:
        for place, values in enumerate(random.random((MESSAGES, 4)).tolist()):
            topic = topics[place % len(topics)]
            message = dict(zip(numbers[topic], values, strict=False))
            log.write(topic, 1_790_000_000_000_000_000 + place * 1_500_000, message)
    return stream.getvalue()


def rate_of(way: Callable[[bytes, Contracts], int], content: bytes, contracts: Contracts) -> float:
    """Messages a second in one round."""
    start = time.perf_counter()
    return way(content, contracts) / (time.perf_counter() - start)


def main() -> None:
    """Print a table: way, messages a second, times the plain way."""
    contracts = load_contracts(DATASETS)
    content = Path(sys.argv[1]).read_bytes() if len(sys.argv) > 1 else made_up_log(contracts)
    ways = {
        "mcap reader + orjson": plain,
        "ingest: decoded and checked": decoded,
        "ingest: with Parquet files": written,
    }
    rates = dict.fromkeys(ways, 0.0)
    for _ in range(ROUNDS):
        for name, way in ways.items():
            rates[name] = max(rates[name], rate_of(way, content, contracts))
    print(f"{'':30} {'messages/s':>12} {'times':>6}   ({len(content) / 1e6:.1f} MB log, best of {ROUNDS})")
    for name, rate in rates.items():
        print(f"{name:30} {rate:12,.0f} {rate / rates['mcap reader + orjson']:6.1f}")


if __name__ == "__main__":
    main()
