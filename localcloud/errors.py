"""Errors that a user can cause."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class LocalCloudError(Exception):
    """One line that says what is wrong, where, and what to do. Shown without a traceback."""


@contextmanager
def one_line(failure: str) -> Iterator[None]:
    """What the system refuses (a missing file or right, a full disk) as one line: the failure, then the reason."""
    try:
        yield
    except OSError as error:
        raise LocalCloudError(f"{failure}: {error.strerror}") from None
