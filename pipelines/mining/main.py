"""The mining job: reads `<catalog>.drive_logs`, writes what it finds to `<catalog>.scenarios.scenarios`.

Runs on Spark with the Iceberg catalogue given by the cluster (`spark.sql.catalog.<catalog>.*`):

    main.py --catalog lake --run_id 2026-11-22-1

The table becomes what the drive logs give, and stays untouched if it is that already; so a rerun changes nothing.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from pipelines.mining.definitions import KINDS, SOURCES
from pipelines.mining.mine import mine
from pipelines.mining.table import TableChange, replace_content

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Arguments:
    """What the job is told: the Spark catalogue with both datasets, and a name for this run (printed only)."""

    catalog: str
    run_id: str


@dataclass(frozen=True)
class Outcome:
    """Scenarios per kind in the table after the run, and what that took."""

    counts: dict[str, int]
    change: TableChange


def parse_args(arguments: Sequence[str]) -> Arguments:
    """Read the job's arguments. Unknown or missing ones, or an unfit catalogue name, exit with a message (argparse)."""
    parser = argparse.ArgumentParser(prog="mining", description=(__doc__ or "").splitlines()[0], allow_abbrev=False)
    parser.add_argument("--catalog", required=True, help="Spark catalogue that holds drive_logs and scenarios")
    parser.add_argument("--run_id", required=True, help="name of this run")
    parsed = parser.parse_args(arguments)
    if not IDENTIFIER.fullmatch(parsed.catalog):
        parser.error(f"--catalog {parsed.catalog!r} is not a plain name of letters, digits and _")
    return Arguments(parsed.catalog, parsed.run_id)


def run(spark: SparkSession, catalog: str, run_id: str) -> Outcome:
    """Mine all drives of the catalogue and update its scenarios table. AnalysisException if a table is missing."""
    frames = {name: spark.table(f"{catalog}.drive_logs.{name}") for name in SOURCES}
    # Computed once, used thrice below. Not persist(): its plan runs without adaptive coalescing, 20 times the tasks.
    mined = mine(frames).localCheckpoint(eager=True)
    found = {row["kind"]: row["count"] for row in mined.groupBy("kind").count().collect()}
    change = replace_content(mined, f"{catalog}.scenarios.scenarios")
    outcome = Outcome({kind: found.get(kind, 0) for kind in KINDS}, change)
    print(summary(outcome, run_id), flush=True)
    return outcome


def summary(outcome: Outcome, run_id: str) -> str:
    """What a run found, for people."""
    lines = [f"mining {run_id}: {sum(outcome.counts.values())} scenarios, table {outcome.change.value}"]
    lines += [f"  {kind:<20} {count:>6}" for kind, count in outcome.counts.items()]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The job's entry; 1 if the catalogue lacks a table."""
    parsed = parse_args(sys.argv[1:] if arguments is None else arguments)
    spark = SparkSession.builder.getOrCreate()
    try:
        run(spark, parsed.catalog, parsed.run_id)
    except AnalysisException as error:
        print(f"mining: {str(error).splitlines()[0]} (catalogue {parsed.catalog})", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__" and (status := main()):
    sys.exit(status)
