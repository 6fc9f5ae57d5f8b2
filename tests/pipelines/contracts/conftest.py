"""A contract to be changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.paths import DATASETS


@pytest.fixture
def datasets(tmp_path: Path) -> Path:
    """A folder with a copy of the contract drive_logs, to be changed."""
    folder = tmp_path / "datasets"
    folder.mkdir()
    shutil.copy(DATASETS / "drive_logs.odcs.yaml", folder)
    return folder
