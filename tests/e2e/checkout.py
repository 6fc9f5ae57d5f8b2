"""A checkout of its own, with ports and a home of its own, in which the scripts run as a user would run them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.paths import REPOSITORY
from tests.ports import free_port_base

TIMEOUT_S = 900


@dataclass(frozen=True)
class Checkout:
    """Where it lies, and the first of its local cloud's ports."""

    path: Path
    port: int

    @property
    def home(self) -> Path:
        """The local cloud's home."""
        return self.path / ".localcloud"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("LOCALCLOUD_", "PULUMI_"))}
        return {**inherited, "LOCALCLOUD_PORT": str(self.port)}

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a script to its end; standard output and error are one text."""
        return subprocess.run(
            command,
            cwd=self.path,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a script in a process group of its own."""
        return subprocess.Popen(
            command,
            cwd=self.path,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @contextmanager
    def edited(self, path: str, old: str, new: str) -> Iterator[None]:
        """Replace the first place of a text that must be in a file, for a while."""
        file = self.path / path
        content = file.read_text()
        assert old in content, f"{path} does not hold {old!r}"
        file.write_text(content.replace(old, new, 1))
        try:
            yield
        finally:
            file.write_text(content)


def kill(process: subprocess.Popen[str]) -> None:
    """End a script and all that it runs, as kill -9 does."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@contextmanager
def checkout(path: Path) -> Iterator[Checkout]:
    """Copy the working tree, give it free ports, and remove what runs of it in the end."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        if (REPOSITORY / name).exists():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, path / name)
    (path / ".venv").symlink_to(REPOSITORY / ".venv")
    made = Checkout(path, free_port_base())
    try:
        yield made
    finally:
        made.run("scripts/localcloud", "delete")
