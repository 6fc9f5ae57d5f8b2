"""Telling of steps that take long, once each, where nothing shows what is under way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

SLOW_S = 5.0
LOOK_S = 0.25


class SlowSteps:
    """Calls `tell` for each step that has not ended SLOW_S after it began. Thread-safe."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._due: dict[str, float] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._watcher: threading.Thread | None = None

    def begin(self, step: str) -> None:
        with self._lock:
            self._due[step] = time.monotonic() + SLOW_S
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, daemon=True)
                self._watcher.start()

    def end(self, step: str) -> None:
        with self._lock:
            self._due.pop(step, None)

    def close(self) -> None:
        self._closed.set()

    def _watch(self) -> None:
        while not self._closed.wait(min(LOOK_S, SLOW_S)):
            with self._lock:
                slow = [step for step, due in self._due.items() if due <= time.monotonic()]
                for step in slow:
                    del self._due[step]
            for step in slow:
                self._tell(step)
