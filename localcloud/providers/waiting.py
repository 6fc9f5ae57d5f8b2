"""Waiting in a call that its engine may give up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from localcloud.providers.errors import InterruptedCallError


def pause(ended: threading.Event, seconds: float) -> None:
    """Wait before the next look. Errors: InterruptedCallError as soon as the call is to end."""
    if ended.wait(seconds):
        raise InterruptedCallError


@dataclass
class Patience:
    """How long a call may wait, in seconds from now; it tells what for, once for as long as that stays the same."""

    limit: float
    ended: threading.Event
    log: Callable[[str], None]

    def __post_init__(self) -> None:
        self._deadline = time.monotonic() + self.limit
        self._told = ""

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self._deadline

    def pause(self, seconds: float, waiting_for: str = "") -> None:
        """Wait before the next look. Errors: InterruptedCallError as soon as the call is to end."""
        if waiting_for != self._told:
            self.log(waiting_for)
            self._told = waiting_for
        pause(self.ended, seconds)
