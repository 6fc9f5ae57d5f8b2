"""Keeps a replica on the newest snapshot without dropping a request."""

from __future__ import annotations

import asyncio
import logging

from pipelines.serving import metrics
from pipelines.serving.snapshot import Snapshot, load
from pipelines.snapshots import CURRENT, TABLES
from pipelines.storage import ObjectReader

EMPTY = "empty"

log = logging.getLogger(__name__)


class Refresher:
    """Holds the snapshot that requests are answered from, and swaps in a new one when CURRENT names it.

    address: where publish writes snapshots, gs://bucket/prefix.
    """

    def __init__(self, store: ObjectReader, address: str) -> None:
        self._store = store
        self._address = address.rstrip("/")
        self.snapshot: Snapshot | None = None
        self._generation: int | None = None

    def refresh(self) -> bool:
        """Look at CURRENT and load what it names if that is new; returns whether the snapshot changed.

        Nothing published yet is a snapshot without rows, so that the service can be rolled out before the first run.
        """
        current = self._store.stat(f"{self._address}/{CURRENT}")
        generation = None if current is None else current.generation
        if self.snapshot is not None and generation == self._generation:
            return False
        if generation is None:
            self.snapshot = Snapshot(EMPTY, [], [])
        else:
            self.snapshot = load(self._read, self._read(CURRENT).decode().strip())
        self._generation = generation
        for table in TABLES:
            metrics.SNAPSHOT_ROWS.labels(table.name).set(self.snapshot.counts[table.name])
        return True

    def _read(self, name: str) -> bytes:
        return self._store.read(f"{self._address}/{name}")

    async def run(self, poll_seconds: float) -> None:
        """Refresh for ever. A failed look is logged and counted, and the snapshot at hand keeps answering."""
        while True:
            try:
                if await asyncio.to_thread(self.refresh):
                    log.info("snapshot %s", self.snapshot.snapshot_id if self.snapshot else EMPTY)
            except Exception as error:  # noqa: BLE001 - whatever stands in the way, the next look may succeed
                metrics.REFRESH_FAILURES.inc()
                log.warning("can't refresh the snapshot: %s", error)
            await asyncio.sleep(poll_seconds)
