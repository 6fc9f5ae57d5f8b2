"""Threads for what takes too long for the event loop; beyond what they can do in time, work is refused at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import TypeVar

from pipelines.serving.overload.codel import Codel

TARGET_S = 0.005
LONGEST_QUEUE = 256
"""Work that waits is refused beyond this, whether a queue stands already or not."""

Result = TypeVar("Result")


class Pool:
    """A few threads with one queue. While the queue stands, only as much is taken as there are threads.

    busy: how long all work together took, s.  done, refused: pieces of work.
    """

    def __init__(self, threads: int, target_s: float = TARGET_S) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="lookup")
        self._codel = Codel(target_s)
        self._in_flight = 0
        self.threads = threads
        self.busy = 0.0
        self.done = self.refused = 0

    def submit(self, work: Callable[[], Result]) -> asyncio.Future[Result] | None:
        """The result to come; None if there is no time for it. To be called in the event loop's thread."""
        limit = self.threads if self._codel.standing else self.threads + LONGEST_QUEUE
        if self._in_flight >= limit:
            self.refused += 1
            return None
        self._in_flight += 1
        submitted = perf_counter()

        def timed() -> tuple[float, float, Result | BaseException]:
            started = perf_counter()
            try:
                result: Result | BaseException = work()
            except BaseException as error:  # noqa: BLE001 - it is raised where the result is waited for
                result = error
            return started - submitted, perf_counter() - started, result

        return asyncio.ensure_future(self._finish(asyncio.get_running_loop().run_in_executor(self._executor, timed)))

    async def _finish(self, timed: asyncio.Future[tuple[float, float, Result | BaseException]]) -> Result:
        waited, took, result = await timed
        self._in_flight -= 1
        self._codel.observe(waited, perf_counter())
        self.busy += took
        self.done += 1
        if isinstance(result, BaseException):
            raise result
        return result

    def close(self) -> None:
        """End the threads when their work is done; what waits is dropped."""
        self._executor.shutdown(wait=False, cancel_futures=True)
