from __future__ import annotations

import asyncio
import threading

import pytest

from pipelines.serving.overload.pool import Pool


def test_work_is_done_and_its_error_raised() -> None:
    async def run() -> tuple[int, int]:
        pool = Pool(threads=1)
        result = pool.submit(lambda: 7)
        failing = pool.submit(lambda: int("x"))
        assert result is not None
        assert failing is not None
        with pytest.raises(ValueError, match="invalid literal"):
            await failing
        return await result, pool.done

    assert asyncio.run(run()) == (7, 2)


def test_the_queue_is_as_long_as_what_waits_can_be_begun_in_time() -> None:
    async def run() -> tuple[int, int, int]:
        pool, release = Pool(threads=1, longest_wait_s=0.1), threading.Event()
        for _ in range(30):
            known = pool.submit(lambda: threading.Event().wait(0.02))
            assert known is not None
            await known
        works = [pool.submit(release.wait) for _ in range(50)]
        taken = [work for work in works if work is not None]
        release.set()
        await asyncio.gather(*taken)
        again = pool.submit(lambda: 7)
        assert again is not None
        return len(taken), pool.refused, await again

    taken, refused, again = asyncio.run(run())
    assert 1 <= taken - 1 <= 5  # one is being done, and five wait for 0.02 s each, or fewer that took longer
    assert (taken + refused, again) == (50, 7)
