"""A contract to be changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.paths import DATASETS

TABLES = ("drives", "speed", "steering", "gnss", "ego_pose")
"""So many tables are enough: checking a contract against the standard takes a while, by its length."""

TABLE_START = "\n  - name: "


@pytest.fixture
def datasets(tmp_path: Path) -> Path:
    """A folder with a copy of the contract drive_logs, of some of its tables, to be changed."""
    folder = tmp_path / "datasets"
    folder.mkdir()
    contract = DATASETS / "drive_logs.odcs.yaml"
    head, *tables = contract.read_text().split(TABLE_START)
    kept = [table for table in tables if table.splitlines()[0] in TABLES]
    (folder / contract.name).write_text(TABLE_START.join([head, *kept]))
    return folder
