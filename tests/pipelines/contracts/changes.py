"""Changes to a copy of a contract."""

from __future__ import annotations

from pathlib import Path


def change(datasets: Path, old: str, new: str) -> None:
    """Replace a text of drive_logs, once; it must be there."""
    path = datasets / "drive_logs.odcs.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
