"""Kubernetes' time stamps: UTC, RFC 3339, whole seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def now(later: float = 0) -> str:
    """The time, or that of some seconds later."""
    return (datetime.now(UTC) + timedelta(seconds=later)).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_since(stamp: str) -> float:
    """Seconds from a time stamp to now."""
    return datetime.now(UTC).timestamp() - datetime.fromisoformat(stamp).timestamp()
