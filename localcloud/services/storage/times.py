"""Times as resources carry them."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def as_text(seconds: float) -> str:
    """A time, in seconds since 1970: RFC 3339, UTC, milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now() -> str:
    return as_text(time.time())
