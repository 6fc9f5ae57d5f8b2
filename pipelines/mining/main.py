"""The mining job: reads `<catalog>.drive_logs`, writes what it finds to `<catalog>.scenarios.scenarios`.

Runs on Spark with the Iceberg catalogue given by the cluster (`spark.sql.catalog.<catalog>.*`):

    main.py --catalog lake --run_id 2026-11-22-1

The table becomes what the drive logs give, and stays untouched if it is that already; so a rerun changes nothing. One
with the same drive logs and definitions reads no rows either (provenance.py), so that it costs nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession

from pipelines.mining.definitions import DEFINITIONS, Definitions
from pipelines.mining.mine import mine
from pipelines.mining.provenance import provenance, record, recorded
from pipelines.mining.table import TableChange, replace_content
from pipelines.spark.arguments import spark_job_parser
from pipelines.spark.table_states import newest_states, read_at


@dataclass(frozen=True)
class Arguments:
    """What the job is told: the Spark catalogue with both datasets, and a name for this run (printed only)."""

    catalog: str
    run_id: str


@dataclass(frozen=True)
class Outcome:
    """Scenarios per kind in the table after the run, and what that took; `mined`: whether there was anything new."""

    counts: dict[str, int]
    change: TableChange
    mined: bool


def parse_args(arguments: Sequence[str]) -> Arguments:
    """Read the job's arguments. Unknown, missing or unfit ones exit with status 2 and one line."""
    parsed = spark_job_parser("mining", (__doc__ or "").splitlines()[0]).parse_args(arguments)
    return Arguments(parsed.catalog, parsed.run_id)


def run(spark: SparkSession, catalog: str, run_id: str, definitions: Definitions = DEFINITIONS) -> Outcome:
    """Mine all drives of the catalogue, if anything is new, and update its scenarios table.

    AnalysisException if a table is missing.
    """
    result = f"{catalog}.scenarios.scenarios"
    sources = {name: f"{catalog}.drive_logs.{name}" for name in definitions.sources}
    states = newest_states(spark, [*sources.values(), result])
    result_state = states.pop(result)
    if recorded(spark, result) == provenance(states, result_state, definitions):
        outcome = Outcome(counts(spark.table(result), definitions), TableChange.UNCHANGED, mined=False)
    else:
        frames = {name: read_at(spark, table, states[table]) for name, table in sources.items()}
        outcome = mine_anew(frames, result, definitions)
        record(spark, result, provenance(states, newest_states(spark, [result])[result], definitions))
    print(summary(outcome, run_id), flush=True)
    return outcome


def mine_anew(frames: Mapping[str, DataFrame], table: str, definitions: Definitions) -> Outcome:
    """Bring the table to what the frames give."""
    # Computed once, used thrice below. Not persist(): its plan runs without adaptive coalescing, 20 times the tasks.
    found = mine(frames, definitions).localCheckpoint(eager=True)
    return Outcome(counts(found, definitions), replace_content(found, table), mined=True)


def counts(scenarios: DataFrame, definitions: Definitions) -> dict[str, int]:
    """Scenarios by kind, none left out."""
    found = {row["kind"]: row["count"] for row in scenarios.groupBy("kind").count().collect()}
    return {kind: found.get(kind, 0) for kind in definitions.kinds}


def summary(outcome: Outcome, run_id: str) -> str:
    """What a run found, for people."""
    reason = "" if outcome.mined else ": nothing new to mine"
    lines = [f"mining {run_id}: {sum(outcome.counts.values())} scenarios, table {outcome.change.value}{reason}"]
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
