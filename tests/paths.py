"""Where tests find the repository's files, and the real minute of driving that may lie beside it."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
STACKS = REPOSITORY / "stacks"
DATASETS = STACKS / "datasets"
COMMA2K19 = REPOSITORY.parent / "shared" / "data" / "comma2k19"
"""Segments of comma2k19; not there on every machine."""
