"""Fixtures of the controllers' tests."""

from __future__ import annotations

import pytest

from tests.localcloud.services.kubernetes.controllers.measured import Measured


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Measured:
    return Measured(monkeypatch)
