"""The publish job: writes a serving snapshot of all tables that are served, and makes it the current one.

    main.py --catalog lake --contracts gs://<artifacts>/contracts.json --output gs://<serving>/snapshots --run_id r1

Its files are as pipelines/snapshots/manifest.py says: a table's version is complete with its _table.json, the manifest
is written when all versions are there, CURRENT after it. Ids derive from content: an unchanged table is not written
again and an unchanged lake publishes nothing. A table that a snapshot has in its present state is not even read. What
was rolled back from stays so (scripts/snapshots). What a killed run left is written over or removed (prune.py).
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from pipelines.publish.declared import ContractsError, Source, declared_sources, read_contracts
from pipelines.publish.files import Files, PublishConflictError
from pipelines.publish.fingerprints import snapshot_id
from pipelines.publish.prune import prune, read_manifests, versions_there
from pipelines.publish.versions import SHARD_BYTES, Content, complete, read, taken_over, write
from pipelines.snapshots.manifest import CURRENT, Manifest, TableVersion, manifest_file, withdrawn_file
from pipelines.spark.arguments import spark_job_parser

ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:/.+")


@dataclass(frozen=True)
class Arguments:
    """What the job is told: the Spark catalogue, the address of the contracts and that of all snapshots, a name for
    this run, and how many bytes of JSON a shard gets."""

    catalog: str
    contracts: str
    output: str
    run_id: str
    shard_bytes: int = SHARD_BYTES


class State(StrEnum):
    """What became of the snapshot."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    WITHDRAWN = "not published: it was rolled back from, and so it stays until a table changes"


@dataclass(frozen=True)
class Outcome:
    """The snapshot that the tables make, its rows by table, and how many old ones the run removed."""

    snapshot_id: str
    state: State
    rows: dict[str, int]
    removed: int = 0


def parse_args(arguments: Sequence[str]) -> Arguments:
    """Read the job's arguments. Unknown, missing or unfit ones exit with status 2 and one line."""
    parser = spark_job_parser("publish", (__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--contracts", required=True, type=address, help="the contracts as the stack wrote them, gs://.../<name>.json")
    add("--output", required=True, type=address, help="address of all snapshots, gs://<bucket>/<folder>")
    add("--shard_bytes", default=SHARD_BYTES, type=positive, help="JSON in a shard of a table, about")
    parsed = parser.parse_args(arguments)
    return Arguments(parsed.catalog, parsed.contracts, parsed.output.rstrip("/"), parsed.run_id, parsed.shard_bytes)


def address(text: str) -> str:
    """An address that Spark can read from and write to."""
    if not ADDRESS.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an address such as gs://bucket/snapshots")
    return text


def positive(text: str) -> int:
    """A whole number above 0."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def run(spark: SparkSession, given: Arguments) -> Outcome:
    """Publish what the tables hold now, and remove old snapshots.

    ContractsError if there are no contracts, PublishConflictError if another run published meanwhile, AnalysisException
    if a table or a column is missing.
    """
    files = Files(spark, given.output)
    current = files.read(CURRENT)
    manifests, versions = read_manifests(files), versions_there(files)
    sources = declared_sources(spark, given.catalog, read_contracts(spark, given.contracts))
    newest = [manifest for manifest in manifests.values() if manifest]
    found = {source.table.name: find(spark, files, source, newest, given.shard_bytes) for source in sources}
    identity = snapshot_id((one.table, one.version) for one in found.values())
    rows = {name: one.rows for name, one in found.items()}
    replaced = None if current is None else current.strip()
    if replaced != identity and files.read(withdrawn_file(identity)) is not None:
        return Outcome(identity, State.WITHDRAWN, rows)
    tables = {name: written(files, one) for name, one in found.items()}
    if not describes(manifests.get(identity), tables):
        created_at = datetime.now(UTC).isoformat(timespec="microseconds")
        manifests[identity] = manifest = Manifest(identity, created_at, given.run_id, tables)
        files.write(manifest_file(identity), manifest.to_json())
    if replaced == identity:
        return Outcome(identity, State.UNCHANGED, rows)
    files.replace(CURRENT, identity, expected=current)
    return Outcome(identity, State.PUBLISHED, rows, len(prune(files, manifests, identity, replaced, versions)))


def find(
    spark: SparkSession, files: Files, source: Source, manifests: Sequence[Manifest], shard_bytes: int
) -> TableVersion | Content:
    """A table's version, from a snapshot that has the table's present state, or else from what the table holds."""
    return taken_over(files, source, manifests) or read(spark, source, shard_bytes)


def written(files: Files, found: TableVersion | Content) -> TableVersion:
    """A table's version, written if it is not there."""
    if isinstance(found, TableVersion):
        return found
    return complete(files, found.source, found.version) or write(files, found)


def describes(manifest: Manifest | None, tables: Mapping[str, TableVersion]) -> bool:
    """Whether a manifest names the very files of the tables."""
    if manifest is None:
        return False
    return {name: table.shards for name, table in manifest.tables.items()} == {
        name: table.shards for name, table in tables.items()
    }


def summary(outcome: Outcome, run_id: str) -> str:
    """What a run did, for people."""
    rows = ", ".join(f"{count} {name}" for name, count in outcome.rows.items())
    removed = f", {outcome.removed} old removed" if outcome.removed else ""
    return f"publish {run_id}: snapshot {outcome.snapshot_id} ({rows}) {outcome.state}{removed}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The job's entry; 1 if contracts, a table or a column are missing or another run published meanwhile."""
    given = parse_args(sys.argv[1:] if arguments is None else arguments)
    spark = SparkSession.builder.getOrCreate()
    try:
        print(summary(run(spark, given), given.run_id), flush=True)
    except AnalysisException as error:
        print(f"publish: {str(error).splitlines()[0]} (catalogue {given.catalog})", file=sys.stderr)
        return 1
    except ContractsError as error:
        print(f"publish: {error}", file=sys.stderr)
        return 1
    except PublishConflictError as error:
        print(f"publish: {error}; run it again", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__" and (status := main()):
    sys.exit(status)
