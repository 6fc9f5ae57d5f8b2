"""How fast a replica answers, as a share of a bare server, and what it does with more than it can answer.

    python tests/bench/bench_serving.py [--rows N] [--seconds S] [--feast PYTHON] [answers] [spikes] [feast]

`answers`: lookups by key of a table of 20 features, one core, against a server that answers a constant of that length.
`feast`: the same rows, as many as Feast takes in some time, from Feast's own server; for an interpreter that has it.
`spikes`: an open loop at 0.5 to 10 times the capacity; pages of 100 rows, since no generator asks for so many keys.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import pyarrow
import pyarrow.parquet as parquet
from rich.console import Console
from rich.table import Table

from pipelines.contracts.model import Column, Serve
from pipelines.contracts.model import Table as ContractTable
from pipelines.snapshots.served_table import served_table
from tests.bench.load import SERVER_CORE, ClosedLoop, OpenLoop, closed_loop, missing, open_loop, pinned
from tests.paths import REPOSITORY
from tests.pipelines.serving.published import START, FolderStore, publish
from tests.waiting import wait_for

FEATURES = 20
GROUP = 100
"""Rows of one vehicle: what a page has."""
CONNECTIONS = 1500
FEAST_ROWS = 10_000
JSON = "application/json"
TIMES_CAPACITY = (0.5, 0.8, 1, 2, 5, 10)
FEATURE_TABLE = served_table(
    ContractTable(
        name="features",
        namespace="bench",
        columns=(
            Column("entity_id", "string", required=True),
            Column("vehicle", "string"),
            Column("time", "timestamptz", required=True),
            *(Column(f"feature_{number:02}", "double") for number in range(FEATURES)),
        ),
    ),
    Serve("features", ("entity_id", "vehicle"), ("time",)),
)


def rows(count: int) -> list[dict[str, Any]]:
    values = random.Random(1)
    return [
        {
            "entity_id": f"e{number:07}",
            "vehicle": f"v{number // GROUP:05}",
            "time": START + timedelta(seconds=number),
            **{f"feature_{feature:02}": values.random() for feature in range(FEATURES)},
        }
        for number in range(count)
    ]


@contextmanager
def running(
    command: list[str], port: int, interpreter: str = sys.executable, ready: str = "readyz"
) -> Iterator[psutil.Process]:
    """A server on its core, once it answers."""
    process = subprocess.Popen(pinned([interpreter, *command], SERVER_CORE), cwd=REPOSITORY)
    try:
        wait_for(lambda: answers(port, ready), what="the server")
        yield psutil.Process(process.pid)
    finally:
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        process.kill()
        process.wait()


def answers(port: int, ready: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{ready}", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def replica(folder: Path, port: int) -> list[str]:
    places = ["--snapshots", (folder / "bucket").as_uri(), "--cache", str(folder / "cache")]
    return ["-m", "pipelines.serving.main", "--host", "127.0.0.1", "--port", str(port), *places]


def measure_answers(folder: Path, count: int, seconds: int) -> None:
    """Answers a second for each of them, one after the other, twice."""
    script = folder / "keys.lua"
    script.write_text(
        "request = function() return wrk.format('GET', string.format('/v1/features/e%07d', math.random(0, LAST))) end"
    )
    table = Table("", "connections", "answers/s", "p99, us", "server's us an answer", "of bare", title="lookups by key")
    port = 18080
    first = f"http://127.0.0.1:{port}/v1/features/e0000000"
    with running(replica(folder, port), port), urllib.request.urlopen(first) as answer:
        length = len(answer.read())
    kinds: dict[str, tuple[list[str], int | None]] = {
        "bare": (["tests/bench/bare_server.py", str(port), str(length)], 0),
        "one in a thousand keys": (replica(folder, port), count // 1000),
        "all keys": (replica(folder, port), count - 1),
    }
    for connections in (4, 32):
        bare = 0.0
        for kind, (command, last) in kinds.items():
            with running(command, port) as server:
                chosen = folder / "chosen.lua"
                chosen.write_text(script.read_text().replace("LAST", str(last)))
                url = f"http://127.0.0.1:{port}/"
                closed_loop(url, server, connections, 1, chosen)
                found = closed_loop(url, server, connections, seconds, chosen)
            bare = bare or found.cost
            cells = (f"{found.rate:,.0f}", f"{found.p99:,.0f}", f"{found.cost:.1f}", f"{bare / found.cost:.2f}")
            table.add_row(kind, str(connections), *cells)
    Console(width=120).print(table)


def measure_feast(folder: Path, seconds: int, interpreter: str) -> None:
    """Rows of one key a request, from either server, after it was seen that they are the same."""
    port, place = 18082, folder / "feast"
    place.mkdir()
    columns = [column.name for column in FEATURE_TABLE.columns if column.name != "vehicle"]
    parquet.write_table(pyarrow.Table.from_pylist(rows(FEAST_ROWS)).select(columns), place / "rows.parquet")
    features = [name for name in columns if name.startswith("feature_")]
    body = json.dumps({"features": [f"features:{name}" for name in features], "entities": {"entity_id": ["e%07d"]}})
    number = f"math.random(0, {FEAST_ROWS - 1})"
    asks = {
        "replica": f"'GET', string.format('/v1/features/e%07d', {number})",
        "Feast": f"'POST', '/get-online-features', {{['Content-Type'] = '{JSON}'}}, string.format('{body}', {number})",
    }
    feast = ["tests/bench/feast_server.py", str(place), str(port)]
    servers = {"replica": (replica(folder, port), sys.executable, "readyz"), "Feast": (feast, interpreter, "health")}
    table = Table("", "connections", "answers/s", "p99, us", "times Feast", title=f"one of {FEAST_ROWS:,} keys")
    found: dict[tuple[str, int], ClosedLoop] = {}
    first: dict[str, list[float]] = {}
    for name, (command, python, ready) in servers.items():
        script = folder / "feast.lua"
        script.write_text(f"request = function() return wrk.format({asks[name]}) end")
        with running(command, port, python, ready) as server:
            first[name] = first_row(port, features) if name == "replica" else first_of_feast(port, body)
            for connections in (4, 32):
                closed_loop(f"http://127.0.0.1:{port}/", server, connections, seconds, script)
                found[name, connections] = closed_loop(
                    f"http://127.0.0.1:{port}/", server, connections, seconds, script
                )
    if first["replica"] != first["Feast"] or any(one.bad for one in found.values()):
        sys.exit(f"bench: the servers do not answer the same: {first}, {found}")
    for (name, connections), one in found.items():
        times = one.rate / found["Feast", connections].rate
        table.add_row(name, str(connections), f"{one.rate:,.0f}", f"{one.p99:,.0f}", f"{times:,.0f}")
    Console(width=120).print(table)


def first_row(port: int, features: list[str]) -> list[float]:
    """The features of the first entity, as a replica has them."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/features/e0000000") as answer:
        row = json.load(answer)["features"][0]
    return [row[name] for name in features]


def first_of_feast(port: int, body: str) -> list[float]:
    """The same, as Feast has them."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/get-online-features", (body % 0).encode(), {"Content-Type": JSON}
    )
    with urllib.request.urlopen(request) as answer:
        results = json.load(answer)["results"]
    return [result["values"][0] for result in results[1:]]


def measure_spikes(folder: Path, count: int, seconds: int) -> None:
    """Pages at multiples of what one connection after the other gets."""
    port, targets = 18081, folder / "targets"
    groups = random.Random(2).choices(range(count // GROUP), k=20_000)
    lines = (f"GET http://127.0.0.1:{port}/v1/features?vehicle=v{group:05}" for group in groups)
    # As wrk asks; vegeta would ask for gzip, which costs more than the page.
    targets.write_text("".join(f"{line}\nAccept-Encoding: identity\n\n" for line in lines))
    script = folder / "pages.lua"
    page = f"string.format('/v1/features?vehicle=v%05d', math.random(0, {count // GROUP - 1}))"
    script.write_text(f"request = function() return wrk.format('GET', {page}) end")
    names = ("asked/s", "answered/s", "of capacity", "refused/s", "failed/s", "p50, ms", "p99, ms", "server's p99, ms")
    with running(replica(folder, port), port) as server:
        closed_loop(f"http://127.0.0.1:{port}/", server, 8, 2, script)
        capacity = closed_loop(f"http://127.0.0.1:{port}/", server, 8, seconds, script).rate
        table = Table(
            "times", *names, title=f"pages of {GROUP} rows, capacity {capacity:,.0f}/s, {CONNECTIONS} connections"
        )
        for times in TIMES_CAPACITY:
            before = answered_within(port)
            found = open_loop(targets, times * capacity, CONNECTIONS, seconds)
            table.add_row(str(times), *cells_of(found, capacity, percentile(before, answered_within(port))))
            time.sleep(2)
    Console(width=140).print(table)


def cells_of(found: OpenLoop, capacity: float, server_p99: float) -> list[str]:
    good, refused = found.rate("200"), found.rate("429")
    failed = sum(found.statuses.values()) / found.seconds - good - refused
    numbers = [f"{value:,.0f}" for value in (found.sent, good)]
    latencies = [f"{found.latencies[name]:,.1f}" for name in ("50th", "99th")]
    return [*numbers, f"{good / capacity:.2f}", f"{refused:,.0f}", f"{failed:,.0f}", *latencies, f"{server_p99:.2f}"]


def answered_within(port: int) -> dict[float, float]:
    """How many good answers took at most so many s, as the server measured them."""
    found = {}
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith("serving_request_seconds_bucket") and 'status="200"' in line:
                bound = line.partition('le="')[2].partition('"')[0]
                found[float(bound)] = float(line.rpartition(" ")[2])
    return found


def percentile(before: dict[float, float], after: dict[float, float]) -> float:
    """The bound in ms within which 99 of 100 were answered meanwhile."""
    counts = {bound: after[bound] - before.get(bound, 0) for bound in after}
    total = counts[float("inf")]
    return next((bound for bound, count in sorted(counts.items()) if count >= 0.99 * total), 0.0) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--feast", metavar="PYTHON", help="an interpreter that has Feast")
    parser.add_argument("parts", nargs="*", choices=["answers", "spikes", "feast", []])
    options = parser.parse_args()
    parts = options.parts or ["answers", "spikes"]
    if lacking := missing("wrk", *(["vegeta"] if "spikes" in parts else [])):
        sys.exit(f"bench: skipped, {' and '.join(lacking)} not on this machine; tests/bench/load.py says where from")
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        publish(FolderStore(folder / "bucket"), "bench", [(FEATURE_TABLE, rows(options.rows))])
        if "answers" in parts:
            measure_answers(folder, options.rows, options.seconds)
        if "feast" in parts:
            if options.feast is None:
                sys.exit("bench: feast skipped, --feast PYTHON says which interpreter has it")
            measure_feast(folder, options.seconds, options.feast)
        if "spikes" in parts:
            measure_spikes(folder, options.rows, options.seconds)


if __name__ == "__main__":
    main()
