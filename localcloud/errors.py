"""Errors that a user can cause."""

from __future__ import annotations


class LocalCloudError(Exception):
    """One line that says what is wrong, where, and what to do. Shown without a traceback."""
