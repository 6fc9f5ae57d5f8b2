"""What pods use of the machine, as samples over a span of time."""

from __future__ import annotations

import time
from typing import NamedTuple, Protocol

SHORTEST_SECONDS = 1.0  # between two measurements


class Usage(NamedTuple):
    """What a pod's processes use: CPU seconds since they started, memory in bytes."""

    cpu_seconds: float
    memory_bytes: float


class UsageSource(Protocol):
    def usage(self) -> dict[str, Usage]:
        """Usage by pod uid."""
        ...


class Sampler:
    """Turns growing CPU seconds into CPUs in use, pod by pod; `window` is the seconds they are an average of."""

    def __init__(self, source: UsageSource) -> None:
        self.source = source
        self.window = 0.0
        self._last: tuple[float, dict[str, Usage]] = (0.0, {})
        self.current: dict[str, dict[str, float]] = {}

    def sample(self) -> None:
        """Measure again, unless that was but a moment ago."""
        moment, (before_moment, before) = time.monotonic(), self._last
        span = moment - before_moment
        if span < SHORTEST_SECONDS:
            return
        usage = self.source.usage()
        self.window = span
        self.current = {
            uid: {"cpu": max(0.0, used.cpu_seconds - before[uid].cpu_seconds) / span, "memory": used.memory_bytes}
            for uid, used in usage.items()
            if uid in before
        }
        self._last = (moment, usage)
