"""The file in which the runner of a job's process leaves the pipeline's metrics for the service."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from localcloud.files import write_atomic

METRICS_VARIABLE = "DATAFLOW_METRICS_FILE"
"""Tells that process where."""


def leave(updates: list[dict[str, Any]]) -> None:
    """Write MetricUpdates as proto-JSON, if the process was told where."""
    path = os.environ.get(METRICS_VARIABLE)
    if path:
        write_atomic(Path(path), json.dumps(updates).encode())


def read(path: Path) -> list[dict[str, Any]]:
    """What a job has left; nothing until it is done."""
    return json.loads(path.read_bytes()) if path.is_file() else []
