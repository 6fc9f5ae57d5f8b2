"""Checks of arguments: at once where a value is known, on resolution where it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pulumi
import pytest

from components.validation import check, check_range


async def awaited(days: int) -> int:
    return days


@pytest.mark.parametrize("known_later", [pulumi.Output.from_input, awaited])
def test_a_value_known_only_later_is_checked_then(known_later: Callable[[int], pulumi.Input[int]]) -> None:
    async def resolve(days: int) -> int | None:
        output = check(known_later(days), lambda value: value >= 1, "days must be at least 1")
        assert isinstance(output, pulumi.Output)
        return await output.future()

    assert asyncio.run(resolve(3)) == 3
    with pytest.raises(pulumi.RunError, match="days must be at least 1 "):
        asyncio.run(resolve(0))


def test_a_range_is_refused_upside_down_or_below_zero() -> None:
    check_range(0, 0, "nodes")
    with pytest.raises(pulumi.RunError, match="nodes: the minimum 3 must be between 0 and the maximum 2"):
        check_range(3, 2, "nodes")
    with pytest.raises(pulumi.RunError, match="nodes: the minimum -1"):
        check_range(-1, 2, "nodes")
