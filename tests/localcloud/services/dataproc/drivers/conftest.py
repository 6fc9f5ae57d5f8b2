"""Driver processes without Spark, outside of any service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.services.dataproc.drivers.process import DriverProcess
from localcloud.spark.java import JavaHome

JAVA = JavaHome(Path("/no-java"), 17, "PATH")


@pytest.fixture
def driver(tmp_path: Path, programs_folder: Path) -> Iterator[DriverProcess]:
    """A driver process without Spark."""
    folder = tmp_path / "driver"
    folder.mkdir()
    made = DriverProcess(JAVA, {}, {"PYTHONPATH": str(programs_folder / "no-spark")}, folder)
    yield made
    made.kill()


def command(path: Path, *args: str) -> dict[str, Any]:
    return {"main": str(path), "args": list(args), "folder": str(path.parent), "python_files": [], "properties": {}}
