"""Keeps a replica on the newest snapshot without dropping a request."""

from __future__ import annotations

import asyncio
import logging

from pipelines.serving import metrics
from pipelines.serving.objects import Objects
from pipelines.serving.snapshot import Snapshot, load

CURRENT = "CURRENT"
EMPTY = "empty"

log = logging.getLogger(__name__)


class Refresher:
    """Holds the snapshot that requests are answered from, and swaps in a new one when CURRENT names it."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self.snapshot: Snapshot | None = None
        self._generation: int | None = None

    def refresh(self) -> bool:
        """Look at CURRENT and load what it names if that is new; returns whether the snapshot changed.

        Nothing published yet is a snapshot without rows, so that the service can be rolled out before the first run.
        """
        generation = self.objects.generation(CURRENT)
        if self.snapshot is not None and generation == self._generation:
            return False
        if generation is None:
            self.snapshot = Snapshot(EMPTY, [], [])
        else:
            self.snapshot = load(self.objects, self.objects.read(CURRENT).decode().strip())
        self._generation = generation
        metrics.SNAPSHOT_ROWS.labels("scenarios").set(self.snapshot.counts["scenarios"])
        metrics.SNAPSHOT_ROWS.labels("drives").set(self.snapshot.counts["drives"])
        return True

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
