"""Waiting longer with every failure in a row."""

from __future__ import annotations

import pytest

from localcloud.services.kubernetes.controllers.back_off import back_off_seconds


@pytest.mark.parametrize(("doublings", "seconds"), [(0, 1.0), (1, 2.0), (5, 32.0), (6, 60.0), (5000, 60.0)])
def test_back_off(doublings: int, seconds: float) -> None:
    assert back_off_seconds(1.0, 60.0, doublings) == seconds
