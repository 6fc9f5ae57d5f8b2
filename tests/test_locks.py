"""The locks fit every machine that README names, and are what the resolver makes of pyproject.toml."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import REPOSITORY

UV = Path(sys.executable).parent / "uv"
LOCKS = ("requirements.lock", "requirements-uv.lock", "requirements-java.lock")
WITHOUT_WHEEL = "pyspark"
"""Pure Python with jars, for which its own build is enough; anything else would need a compiler."""


def run(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("machine", ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "aarch64-apple-darwin"])
def test_every_machine_finds_all_of_it_by_hash_and_needs_no_compiler(tmp_path: Path, machine: str, python: str) -> None:
    """Only resolved: nothing is downloaded but the registry's pages and what wheels say they need."""
    wheels = ["--only-binary", ":all:", "--no-binary", WITHOUT_WHEEL]
    locks = [word for lock in LOCKS for word in ("--requirement", lock)]
    target = ["--target", tmp_path, "--python-platform", machine, "--python-version", python]
    run(UV, "pip", "install", "--dry-run", "--require-hashes", *wheels, *target, *locks)


def test_the_lock_is_what_the_declared_packages_resolve_to(tmp_path: Path) -> None:
    made = tmp_path / "requirements.lock"
    shutil.copyfile(REPOSITORY / "requirements.lock", made)
    run(REPOSITORY / "scripts" / "lock", made)
    assert made.read_text() == (REPOSITORY / "requirements.lock").read_text(), "run scripts/lock"
