"""Several things that end, of which one may fail."""

from __future__ import annotations

import asyncio

import pytest

from localcloud.services.kubernetes.node.tasks import finish_all


def test_a_failure_is_logged_and_the_others_end(caplog: pytest.LogCaptureFixture) -> None:
    ended: list[int] = []

    async def end(number: int) -> None:
        await asyncio.sleep(0)
        if number == 1:
            raise OSError("no such thing")
        ended.append(number)

    asyncio.run(finish_all("the end of a pod", [end(number) for number in range(3)]))
    assert ended == [0, 2]
    assert "the end of a pod failed" in caplog.text
    assert "no such thing" in caplog.text
