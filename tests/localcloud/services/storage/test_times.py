"""Times as resources carry them."""

from __future__ import annotations

import time
from datetime import datetime

from localcloud.services.storage.times import as_text, now


def test_they_are_utc_with_milliseconds() -> None:
    assert as_text(1_700_000_000.1239) == "2023-11-14T22:13:20.123Z"
    assert abs(datetime.fromisoformat(now()).timestamp() - time.time()) < 60
