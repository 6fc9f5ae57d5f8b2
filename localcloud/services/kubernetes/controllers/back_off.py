"""Waiting longer with every failure in a row."""

from __future__ import annotations

MOST_DOUBLINGS = 10  # far beyond any longest; without an end the power would outgrow a float


def back_off_seconds(first: float, longest: float, doublings: int) -> float:
    return min(longest, first * 2 ** min(doublings, MOST_DOUBLINGS))
