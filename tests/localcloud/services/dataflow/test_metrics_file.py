"""Metrics on their way from a job's process to the service."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.services.dataflow import metrics_file

UPDATES = [{"name": {"name": "lines"}, "kind": "SUM", "scalar": 2}]


def test_what_a_process_leaves_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "metrics.json"
    assert metrics_file.read(path) == []
    monkeypatch.setenv(metrics_file.METRICS_VARIABLE, str(path))
    metrics_file.leave(UPDATES)
    assert metrics_file.read(path) == UPDATES


def test_a_process_that_was_not_told_where_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(metrics_file.METRICS_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    metrics_file.leave(UPDATES)
    assert list(tmp_path.iterdir()) == []
