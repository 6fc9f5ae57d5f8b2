"""Threads for what takes too long for the event loop; work that would wait too long for one is refused at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import TypeVar

LONGEST_WAIT_S = 0.1
WEIGHT = 0.1
"""Of the newest piece of work in the time that one takes, which those before it have the rest of."""

Result = TypeVar("Result")


class Pool:
    """A few threads with one queue, which is as long as what waits in it can be begun in time.

    That is by Little's law: of n pieces that each take t, the last one waits n * t / threads. A queue that is refused
    only when it stands would let in hundreds whenever it does not.

    busy: how long all work together took, s.  done, refused: pieces of work.
    """

    def __init__(self, threads: int, longest_wait_s: float = LONGEST_WAIT_S) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="lookup")
        self._longest_wait_s = longest_wait_s
        self._in_flight = 0
        self._takes_s = 0.0
        self.threads = threads
        self.busy = 0.0
        self.done = self.refused = 0

    def submit(self, work: Callable[[], Result]) -> asyncio.Future[Result] | None:
        """The result to come; None if there is no time for it. To be called in the event loop's thread."""
        before = self._in_flight - self.threads + 1
        if before > 0 and before * self._takes_s / self.threads > self._longest_wait_s:
            self.refused += 1
            return None
        self._in_flight += 1

        def timed() -> tuple[float, Result | BaseException]:
            started = perf_counter()
            try:
                result: Result | BaseException = work()
            except BaseException as error:  # noqa: BLE001 - it is raised where the result is waited for
                result = error
            return perf_counter() - started, result

        return asyncio.ensure_future(self._finish(asyncio.get_running_loop().run_in_executor(self._executor, timed)))

    async def _finish(self, timed: asyncio.Future[tuple[float, Result | BaseException]]) -> Result:
        took, result = await timed
        self._in_flight -= 1
        self._takes_s += WEIGHT * (took - self._takes_s)
        self.busy += took
        self.done += 1
        if isinstance(result, BaseException):
            raise result
        return result

    def close(self) -> None:
        """End the threads when their work is done; what waits is dropped."""
        self._executor.shutdown(wait=False, cancel_futures=True)
