"""Time stamps."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from localcloud.services.kubernetes.api.times import now, seconds_since


def test_stamps_are_utc_in_whole_seconds() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", now())
    assert -1 < seconds_since(now()) < 60


@pytest.mark.parametrize("zone", ["Z", "+00:00"])
def test_seconds_since(zone: str) -> None:
    hour_ago = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    assert 3600 <= seconds_since(hour_ago + zone) < 3660
