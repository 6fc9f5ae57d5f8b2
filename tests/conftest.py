"""Fixtures of all unit tests."""

from __future__ import annotations

import pytest

from tests.checked_mocks import Deploy, run_checked


@pytest.fixture
def deploy() -> Deploy:
    """Run a program to its end; errors in it, inputs that the SDK refuses included, are raised."""
    return run_checked
