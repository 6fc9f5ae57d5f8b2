"""What a deployed stack serves: lists its snapshots, or goes back to one before the current one.

    python -m pipelines.orchestration.snapshots --outputs FILE [list | rollback [SNAPSHOT_ID]]

FILE holds the stack's outputs as JSON. A rollback marks the current snapshot as withdrawn, so that publish does not
make it current again, and makes the one before it current, or the one that is named. Replicas see that by themselves.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from google.api_core.exceptions import NotFound, PreconditionFailed

from pipelines.arguments import OneLineParser
from pipelines.orchestration.clients import CALL_ERRORS, Clients
from pipelines.orchestration.outputs import NotDeployedError, ServingOutputs
from pipelines.orchestration.runs import one_line
from pipelines.snapshots.manifest import (
    CURRENT,
    MANIFEST_SUFFIX,
    SNAPSHOTS,
    WITHDRAWN,
    Manifest,
    ManifestError,
    withdrawn_file,
)

PROGRAM = "snapshots"


class RollbackError(Exception):
    """Nothing to go back to, or another hand was faster: what and why, in one line."""


@dataclass(frozen=True)
class Published:
    """The snapshots of a stack: manifests by id (None for a damaged one), newest first; which are withdrawn.

    current: the id of the current one (None: nothing was published yet); generation: of the object that says so.
    """

    manifests: Mapping[str, Manifest | None]
    withdrawn: frozenset[str]
    current: str | None
    generation: int

    def before_current(self) -> str:
        """The newest that is older than the current one and not withdrawn. RollbackError if there is none."""
        current = self.manifests.get(self.current or "")
        for name, manifest in self.manifests.items():
            older = manifest is not None and (current is None or manifest.created_at < current.created_at)
            if older and name not in self.withdrawn and name != self.current:
                return name
        raise RollbackError(f"there is no snapshot before {self.current}")


class SnapshotStore:
    """The objects of all snapshots, through a client of Cloud Storage."""

    def __init__(self, client: Any, address: str) -> None:
        bucket, _, self._folder = address.removeprefix("gs://").partition("/")
        self._client, self._bucket = client, client.bucket(bucket)

    def read(self) -> Published:
        """What is there now."""
        blob = self._blob(CURRENT)
        try:
            current = blob.download_as_text().strip()
        except NotFound:
            current = None
        manifests = {name.removesuffix(MANIFEST_SUFFIX): self._manifest(name) for name in self._names(SNAPSHOTS)}
        created = {name: manifest.created_at if manifest else "" for name, manifest in manifests.items()}
        newest_first = sorted(manifests, key=lambda name: created[name], reverse=True)
        return Published(
            manifests={name: manifests[name] for name in newest_first},
            withdrawn=frozenset(self._names(WITHDRAWN)),
            current=current,
            generation=int(blob.generation or 0),
        )

    def roll_back(self, published: Published, target: str | None = None) -> str:
        """Withdraw the current snapshot and make another one current; returns its id. RollbackError if it can't be.

        The mark goes first: if this is ended between, or comes too late, what was to go is at least not published anew.
        """
        if published.current is None:
            raise RollbackError("nothing was published yet")
        target = target or published.before_current()
        if published.manifests.get(target) is None:
            raise RollbackError(f"there is no whole snapshot {target}: list shows what there is")
        if target == published.current:
            raise RollbackError(f"{target} is current already")
        self._blob(withdrawn_file(published.current)).upload_from_string("")
        if target in published.withdrawn:
            self._blob(withdrawn_file(target)).delete()
        try:
            self._blob(CURRENT).upload_from_string(target, if_generation_match=published.generation)
        except PreconditionFailed:
            raise RollbackError(
                f"another snapshot became current meanwhile, and stays; {published.current} is withdrawn"
            ) from None
        return target

    def _manifest(self, name: str) -> Manifest | None:
        try:
            return Manifest.from_json(self._blob(f"{SNAPSHOTS}/{name}").download_as_bytes())
        except (ManifestError, NotFound):
            return None

    def _names(self, folder: str) -> list[str]:
        blobs = self._client.list_blobs(self._bucket, prefix=self._name(f"{folder}/"))
        return [PurePosixPath(blob.name).name for blob in blobs]

    def _blob(self, name: str) -> Any:
        return self._bucket.blob(self._name(name))

    def _name(self, name: str) -> str:
        return f"{self._folder}/{name}" if self._folder else name


def listing(published: Published) -> str:
    """The snapshots for people, newest first: id, when and by which run it was made, rows by table, what it is now."""
    lines = [("snapshot", "made (UTC)", "run", "rows", "")]
    for name, manifest in published.manifests.items():
        words = ["current"] if name == published.current else []
        words += ["withdrawn"] if name in published.withdrawn else []
        if manifest is None:
            lines.append((name, "", "", "", ", ".join([*words, "damaged"])))
            continue
        rows = ", ".join(f"{table.rows} {title}" for title, table in manifest.tables.items())
        lines.append((name, manifest.created_at[:19], manifest.run_id, rows, ", ".join(words)))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def parse_args(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the arguments; unknown, missing or unfit ones exit with status 2 and one line."""
    parser = OneLineParser(PROGRAM, (__doc__ or "").splitlines()[0])
    parser.add_argument("--outputs", type=Path, required=True, help="the stack's outputs as JSON")
    parser.set_defaults(action="list", snapshot=None)
    actions = parser.add_subparsers(dest="action")
    actions.add_parser("list", help="what was published (if nothing else is asked for)")
    rollback = actions.add_parser("rollback", help="go back to the snapshot before the current one")
    rollback.add_argument("snapshot", nargs="?", metavar="SNAPSHOT_ID", help="or to this one")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """List or roll back; what goes wrong is one line and exit code 1."""
    given = parse_args(sys.argv[1:] if arguments is None else arguments)
    try:
        outputs = ServingOutputs.read(given.outputs)
        store = SnapshotStore(Clients(outputs).storage, outputs.serving.snapshots)
        published = store.read()
        if given.action == "rollback":
            current = store.roll_back(published, given.snapshot)
            print(f"{current} is current; {published.current} is withdrawn, and publish leaves it so")
        else:
            print(listing(published))
    except (RollbackError, NotDeployedError, OSError, *CALL_ERRORS) as error:
        print(f"{PROGRAM}: {one_line(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
