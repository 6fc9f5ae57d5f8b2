"""Answers that were given, by the bytes of their requests: most callers ask for the same few rows again and again."""

from __future__ import annotations

KEPT_BYTES = 64 * 1024 * 1024
LONGEST = 16 * 1024
"""A longer answer costs more to send than to put together."""
OVERHEAD = 300
"""Bytes that an entry takes beside its texts."""


class AnswersGiven(dict[bytes, tuple[int, bytes]]):
    """Status and rendered answer (without its beginning, rendering.Heads) by request. Emptied when it is full."""

    def __init__(self) -> None:
        super().__init__()
        self._bytes = 0

    def keep(self, request: bytes, status: int, rendered: bytes) -> None:
        """Keep one if it is short enough."""
        if len(rendered) > LONGEST:
            return
        self._bytes += len(request) + len(rendered) + OVERHEAD
        if self._bytes > KEPT_BYTES:
            self.clear()
            self._bytes = len(request) + len(rendered) + OVERHEAD
        self[request] = (status, rendered)

    def clear(self) -> None:
        """Forget all: the snapshot is another."""
        super().clear()
        self._bytes = 0
