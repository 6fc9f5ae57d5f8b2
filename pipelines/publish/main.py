"""The publish job: writes a serving snapshot of scenarios and drives, and makes it the current one.

    main.py --catalog lake --output gs://<serving>/snapshots --run_id 2026-11-22-1

Its files are as pipelines/snapshots.py says: the manifest is written when all tables are there, CURRENT after it. The
id derives from the tables' content, so an unchanged lake publishes nothing. A snapshot without its manifest is the rest
of a killed run: nobody reads it, the next run of the same content writes it anew. (Spark's committer leaves an empty
_SUCCESS in each folder.) The newest snapshots are kept (prune.py).
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession

from pipelines.publish.files import Files, PublishConflictError
from pipelines.publish.fingerprints import Fingerprint, columns_of, fingerprint, snapshot_id
from pipelines.publish.prune import prune
from pipelines.snapshots import CURRENT, TABLES, Manifest, PublishedTable, TableContent, manifest_file, table_folder
from pipelines.spark.arguments import spark_job_parser
from pipelines.spark.table_states import newest_states, read_at

TIMESTAMP_TYPE = "spark.sql.parquet.outputTimestampType"
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:/.+")


@dataclass(frozen=True)
class Arguments:
    """What the job is told: the Spark catalogue, the address of all snapshots, and a name for this run."""

    catalog: str
    output: str
    run_id: str


@dataclass(frozen=True)
class Content:
    """One table of the snapshot as read."""

    table: PublishedTable
    source: str
    state: int | None
    frame: DataFrame
    fingerprint: Fingerprint


@dataclass(frozen=True)
class Outcome:
    """The snapshot that is current after the run, whether this run made it so, and how many old ones it removed."""

    snapshot_id: str
    published: bool
    rows: dict[str, int]
    removed: int


def parse_args(arguments: Sequence[str]) -> Arguments:
    """Read the job's arguments. Unknown, missing or unfit ones exit with status 2 and one line."""
    parser = spark_job_parser("publish", (__doc__ or "").splitlines()[0])
    help_text = "address of all snapshots, gs://<bucket>/<folder>"
    parser.add_argument("--output", required=True, type=address, help=help_text)
    parsed = parser.parse_args(arguments)
    return Arguments(parsed.catalog, parsed.output.rstrip("/"), parsed.run_id)


def address(text: str) -> str:
    """An address of a folder that Spark can write to."""
    if not ADDRESS.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an address such as gs://bucket/snapshots")
    return text


def run(spark: SparkSession, catalog: str, output: str, run_id: str) -> Outcome:
    """Publish what the tables hold now, and remove old snapshots.

    PublishConflictError if another run published meanwhile; AnalysisException if a table is missing.
    """
    files = Files(spark, output)
    current = files.read(CURRENT)
    contents = [read(spark, catalog, table) for table in TABLES]
    identity = snapshot_id([(content.table, content.frame, content.fingerprint) for content in contents])
    complete = files.read(manifest_file(identity)) is not None
    if not complete:
        write_snapshot(files, identity, contents, run_id)
    replaced = None if current is None else current.strip()
    removed: list[str] = []
    if published := replaced != identity:
        files.replace(CURRENT, identity, expected=current)
        removed = prune(files, identity, replaced)
    rows = {content.table.name: content.fingerprint.rows for content in contents}
    outcome = Outcome(identity, published, rows, len(removed))
    print(summary(outcome, run_id), flush=True)
    return outcome


def read(spark: SparkSession, catalog: str, table: PublishedTable) -> Content:
    """Read a table at its newest state and hash it."""
    source = f"{catalog}.{table.source}"
    state = newest_states(spark, [source])[source]
    frame = read_at(spark, source, state)
    return Content(table, source, state, frame, fingerprint(frame))


def write_snapshot(files: Files, identity: str, contents: Sequence[Content], run_id: str) -> None:
    """Write the tables of a snapshot and, when they are all there, its manifest. Leftovers are removed first."""
    files.delete(identity)
    for content in contents:
        write_table(content, files.address(table_folder(identity, content.table)))
    manifest = Manifest(
        snapshot_id=identity,
        created_at=datetime.now(UTC).isoformat(timespec="microseconds"),
        run_id=run_id,
        tables={content.table.name: describe(files, identity, content) for content in contents},
    )
    files.write(manifest_file(identity), manifest.to_json())


def write_table(content: Content, address: str) -> None:
    """Write one table in its order; times as UTC microseconds (Spark's default, INT96, tells readers no time zone)."""
    settings = content.frame.sparkSession.conf
    before = settings.get(TIMESTAMP_TYPE)
    settings.set(TIMESTAMP_TYPE, "TIMESTAMP_MICROS")
    try:
        content.frame.orderBy(*content.table.sort).write.mode("overwrite").parquet(address)
    finally:
        settings.set(TIMESTAMP_TYPE, before or "INT96")


def describe(files: Files, identity: str, content: Content) -> TableContent:
    """A table's entry in the manifest."""
    parts = files.names(table_folder(identity, content.table), ".parquet")
    return TableContent(
        rows=content.fingerprint.rows,
        columns=columns_of(content.frame),
        sort=list(content.table.sort),
        files=[f"{content.table.name}/{part}" for part in parts],
        source=content.source,
        source_snapshot_id=content.state,
    )


def summary(outcome: Outcome, run_id: str) -> str:
    """What a run did, for people."""
    rows = ", ".join(f"{count} {name}" for name, count in outcome.rows.items())
    state = "published" if outcome.published else "unchanged"
    removed = f", {outcome.removed} old removed" if outcome.removed else ""
    return f"publish {run_id}: snapshot {outcome.snapshot_id} {state} ({rows}){removed}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The job's entry; 1 if a table is missing or another run published meanwhile."""
    parsed = parse_args(sys.argv[1:] if arguments is None else arguments)
    spark = SparkSession.builder.getOrCreate()
    try:
        run(spark, parsed.catalog, parsed.output, parsed.run_id)
    except AnalysisException as error:
        print(f"publish: {str(error).splitlines()[0]} (catalogue {parsed.catalog})", file=sys.stderr)
        return 1
    except PublishConflictError as error:
        print(f"publish: {error}; run it again", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__" and (status := main()):
    sys.exit(status)
