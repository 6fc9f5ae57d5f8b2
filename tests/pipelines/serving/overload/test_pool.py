from __future__ import annotations

import asyncio
import threading

import pytest

from pipelines.serving.overload import pool as module
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


def test_a_queue_that_stands_is_refused_until_it_is_gone() -> None:
    async def run() -> list[bool]:
        pool, taken = Pool(threads=1, target_s=0.0001), []
        for _ in range(3):
            works = [pool.submit(lambda: threading.Event().wait(0.06)) for _ in range(4)]
            taken.append([work is not None for work in works])
            await asyncio.gather(*(work for work in works if work is not None))
        return taken

    taken = asyncio.run(run())
    assert taken[0] == [True] * 4
    assert taken[2] == [True, False, False, False]


def test_the_queue_is_bounded_from_the_first_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_QUEUE", 3)

    async def run() -> tuple[list[bool], int]:
        pool, release = Pool(threads=1), threading.Event()
        works = [pool.submit(release.wait) for _ in range(6)]
        release.set()
        await asyncio.gather(*(work for work in works if work is not None))
        return [work is not None for work in works], pool.refused

    assert asyncio.run(run()) == ([True] * 4 + [False] * 2, 2)
