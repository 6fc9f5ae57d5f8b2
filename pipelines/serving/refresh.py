"""Keeps a replica on the newest snapshot without dropping a request."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from pipelines.serving import metrics
from pipelines.serving.local_files import LocalFiles
from pipelines.serving.snapshot import Snapshot, SnapshotError, empty
from pipelines.snapshots.manifest import CURRENT, Manifest, ManifestError, manifest_file
from pipelines.storage import MissingObjectError, ObjectReader

FIRST_WAIT_S, LONGEST_WAIT_S = 10.0, 320.0
"""A snapshot that was found damaged is looked at again after the first wait, and after twice as long each time."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Found:
    """A snapshot that may be served: with the generation of CURRENT and its manifest, None if nothing is published."""

    generation: int | None
    manifest: Manifest | None
    snapshot: Snapshot


class Refresher:
    """Holds the snapshot that requests are answered from, and swaps in a new one when CURRENT names it.

    address: where publish writes snapshots, gs://bucket/prefix.  files: where they are kept on this machine; what is
    there is served from the start.  on_swap: called after each swap, before anything is answered from it.
    snapshot: None as long as there is none; why_none says why.
    """

    def __init__(
        self,
        store: ObjectReader,
        address: str,
        files: LocalFiles,
        on_swap: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._address = address.rstrip("/")
        self._files = files
        self._on_swap = on_swap
        self._clock = clock
        self._generation: int | None = None
        self._damaged: int | None = None
        self._wait = FIRST_WAIT_S
        self._not_before = 0.0
        self.why_none = "no snapshot has been looked for yet"
        self.snapshot: Snapshot | None = None
        if remembered := files.remembered():
            self._serve(remembered)

    def look(self) -> Found | None:
        """Look at CURRENT and fetch what it names; None if that is served already. May be called in any thread.

        Raises SnapshotError for a snapshot that is damaged, and what the store raises if it can't be asked. A damaged
        one is left alone for a while, unless CURRENT changes.
        """
        current = self._store.stat(f"{self._address}/{CURRENT}")
        if current is None:
            return Found(None, None, empty()) if self.snapshot is None or self.snapshot.tables else None
        generation = current.generation
        if self.snapshot is not None and generation == self._generation:
            return None
        if generation == self._damaged and self._clock() < self._not_before:
            return None
        try:
            manifest = self._manifest()
            return Found(generation, manifest, self._files.fetch(manifest, self._read))
        except SnapshotError:
            self._wait = min(2 * self._wait, LONGEST_WAIT_S) if generation == self._damaged else FIRST_WAIT_S
            self._damaged, self._not_before = generation, self._clock() + self._wait
            raise

    def swap(self, found: Found) -> None:
        """Serve what was found, from the next request on. To be called in the thread that answers."""
        self._generation, self._damaged = found.generation, None
        self._serve(found.snapshot)
        self._on_swap()

    def settle(self, found: Found) -> None:
        """Remember what is served now, and remove what is not needed any more. May be called in any thread."""
        if found.manifest is not None:
            self._files.remember(found.manifest)

    def _manifest(self) -> Manifest:
        try:
            snapshot_id = self._read(CURRENT).decode().strip()
            manifest = Manifest.from_json(self._read(manifest_file(snapshot_id)))
        except MissingObjectError as error:
            raise SnapshotError(f"there is no {error}") from error
        except (ManifestError, UnicodeDecodeError) as error:
            raise SnapshotError(str(error)) from error
        if manifest.snapshot_id != snapshot_id:
            raise SnapshotError(f"the manifest of {snapshot_id} is that of {manifest.snapshot_id}")
        return manifest

    def _serve(self, snapshot: Snapshot) -> None:
        """Answers that are under way keep the snapshot that they began with."""
        gone = set(self.snapshot.tables if self.snapshot else ()) - set(snapshot.tables)
        self.snapshot = snapshot
        for name in gone:
            metrics.SNAPSHOT_ROWS.remove(name)
        for name, table in snapshot.tables.items():
            metrics.SNAPSHOT_ROWS.labels(name).set(table.version.rows)

    def _read(self, name: str) -> bytes:
        return self._store.read(f"{self._address}/{name}")

    async def run(self, poll_seconds: float) -> None:
        """Look for ever. A failed look is logged and counted, and the snapshot at hand keeps answering."""
        while True:
            try:
                if found := await asyncio.to_thread(self.look):
                    self.swap(found)
                    log.info("snapshot %s", found.snapshot.snapshot_id)
                    await asyncio.to_thread(self.settle, found)
            except Exception as error:  # noqa: BLE001 - whatever stands in the way, the next look may succeed
                self.why_none = f"can't get a snapshot: {error}"
                metrics.REFRESH_FAILURES.inc()
                log.warning("can't refresh the snapshot: %s", error)
            await asyncio.sleep(poll_seconds)
