"""Waiting in a call that its engine may give up."""

from __future__ import annotations

import threading

from localcloud.providers.errors import InterruptedCallError


def pause(ended: threading.Event, seconds: float) -> None:
    """Wait before the next look. Errors: InterruptedCallError as soon as the call is to end."""
    if ended.wait(seconds):
        raise InterruptedCallError
