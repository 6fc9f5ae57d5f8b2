"""A snapshot's databases: making, size, opening and lookups of SQLite as served, against LMDB where it is installed.

    python tests/bench/bench_snapshot.py [--rows N] [--lookups N]

Both hold the same rows with the same indexes by column; SQLite has the table's order and the times beside them.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pipelines.snapshots import database
from pipelines.snapshots.served_table import ServedColumn, ServedTable

TYPES = {
    "scenario_id": "string",
    "drive_id": "string",
    "kind": "string",
    "start_time": "timestamptz",
    "end_time": "timestamptz",
    "h3_cell": "string",
}
TABLE = ServedTable(
    name="scenarios",
    doc="",
    columns=tuple(ServedColumn(name, kind, True, "") for name, kind in TYPES.items()),
    by=("scenario_id", "drive_id", "kind"),
    time=("start_time", "end_time"),
    cell="h3_cell",
    order=("start_time", "scenario_id", "drive_id"),
)
KINDS = ("stop", "cut_in", "hard_brake", "lane_change")
START_US = 1_770_000_000_000_000
BODY_BYTES = 300
MAP_BYTES = 1 << 34


def scenario_id(number: int) -> str:
    return hashlib.md5(b"%d" % number).hexdigest()


def rows(count: int) -> Iterator[tuple[Any, ...]]:
    """Rows as publish hands them to a shard: indexed columns and JSON."""
    for number in range(count):
        start = START_US + number * 1_000_000
        values = {
            "start_time": start,
            "scenario_id": scenario_id(number),
            "drive_id": f"drive-{number // 50:08}",
            "kind": KINDS[number % len(KINDS)],
            "end_time": start + 4_000_000,
            "h3_cell": f"8928308{number % 5000:05}ffff",
        }
        body = json.dumps(values)
        yield (*values.values(), (body[:-1] + ', "note": "').encode().ljust(BODY_BYTES - 2, b"x") + b'"}')


class Sqlite:
    """A shard's database as it is served: all indexes."""

    name = "SQLite, all indexes"

    def __init__(self, folder: Path) -> None:
        self.path = folder / "sqlite"

    def make(self, count: int) -> None:
        database.write(self.path, TABLE, rows(count))

    def open(self) -> Any:
        return database.connect(self.path)

    def lookup(self, opened: Any) -> Callable[[str], Any]:
        query = "SELECT _body FROM rows WHERE scenario_id = ? ORDER BY _place"
        return lambda key: opened.execute(query, (key,)).fetchall()[0][0]


class Lmdb:
    """The same rows under their place, and an index for each column with text."""

    name = "LMDB, the same indexes"

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lmdb"

    def make(self, count: int) -> None:
        found: dict[str, list[tuple[bytes, bytes]]] = {"scenario_id": [], "drive_id": [], "kind": [], "h3_cell": []}
        columns = {name: TABLE.indexed.index(name) for name in found}
        with self.open(readonly=False) as opened, opened.begin(write=True) as transaction:
            bodies = opened.open_db(b"bodies", transaction)
            for place, row in enumerate(rows(count)):
                key = place.to_bytes(8, "big")
                transaction.put(key, row[-1], append=True, db=bodies)
                for name, index in columns.items():
                    found[name].append((row[index].encode(), key))
            for name, pairs in found.items():
                index = opened.open_db(name.encode(), transaction, dupsort=True, dupfixed=True)
                with transaction.cursor(index) as cursor:
                    cursor.putmulti(sorted(pairs), append=True)

    def open(self, readonly: bool = True) -> Any:
        import lmdb  # pyright: ignore[reportMissingImports]

        options = {"max_dbs": 5, "subdir": False, "lock": False, "map_size": MAP_BYTES}
        return lmdb.open(str(self.path), readonly=readonly, create=not readonly, sync=False, **options)

    def lookup(self, opened: Any) -> Callable[[str], Any]:
        index, bodies = opened.open_db(b"scenario_id", dupsort=True), opened.open_db(b"bodies")
        transaction = opened.begin()

        def find(key: str) -> bytes:
            return transaction.get(transaction.get(key.encode(), db=index), db=bodies)

        return find


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that it took, and what it gave."""
    started = time.perf_counter()
    result = action()
    return time.perf_counter() - started, result


def measure(kind: type[Sqlite] | type[Lmdb], folder: Path, count: int, lookups: int) -> list[str]:
    store = kind(folder)
    making, _ = timed(lambda: store.make(count))
    opening, opened = timed(store.open)
    keys = [scenario_id(number) for number in random.Random(7).sample(range(count), lookups)]
    with closing(opened):
        find = store.lookup(opened)
        assert all(key.encode() in bytes(find(key)) for key in keys[:100])
        looking, _ = timed(lambda: [find(key) for key in keys])
    size = store.path.stat().st_size / count
    return [kind.name, f"{making:.1f}", f"{size:.0f}", f"{opening * 1e3:.2f}", f"{looking / lookups * 1e6:.1f}"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="snapshot", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--lookups", type=int, default=200_000)
    given = parser.parse_args()
    lookups = min(given.lookups, given.rows)
    generating, _ = timed(lambda: sum(1 for _ in rows(given.rows)))
    table = Table("store", "making, s", "bytes a row", "opening, ms", "lookup by key, µs")
    table.title = f"{given.rows:,} rows of {BODY_BYTES} bytes JSON; making them takes {generating:.1f} s of each making"
    kinds = [Sqlite, *([Lmdb] if importlib.util.find_spec("lmdb") else [])]
    with tempfile.TemporaryDirectory() as folder:
        for kind in kinds:
            table.add_row(*measure(kind, Path(folder), given.rows, lookups))
    Console().print(table)
    if Lmdb not in kinds:
        print("LMDB is not installed, so it was left out (pip install lmdb; no lock has it)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
