"""Kubernetes' time stamps: UTC, RFC 3339, whole seconds."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_since(stamp: str) -> float:
    """Seconds from a time stamp to now."""
    return datetime.now(UTC).timestamp() - datetime.fromisoformat(stamp).timestamp()
