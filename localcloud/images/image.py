"""One container image: its files and settings, and how its process is started by this machine's Python."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from localcloud.errors import LocalCloudError

PYTHON = re.compile(r"(.*/)?python(3(\.\d+)?)?$")
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
INHERITED = ("LANG", "LC_ALL", "TZ", "TMPDIR", "HOME")


class ImageError(LocalCloudError):
    """An image that isn't there, or a process it can't start; one line that says what to do."""


class Process(NamedTuple):
    """How to start an image's process on this machine."""

    argv: list[str]
    env: dict[str, str]
    cwd: Path


@dataclass
class Image:
    """A built image. `paths` are the in-image folders and files that stand for places below `rootfs`."""

    reference: str
    digest: str = ""
    rootfs: str = ""
    env: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    entrypoint: list[str] = field(default_factory=list)
    cmd: list[str] = field(default_factory=list)
    user: str = ""
    ports: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def path(self, in_image: str) -> Path:
        """Where an in-image path (absolute, or relative to the workdir) is on this machine."""
        return Path(self.rootfs) / str(PurePosixPath(self.workdir) / in_image).lstrip("/")

    def mapped(self, text: str) -> str:
        """Text in which each absolute in-image path that the image has is the path on this machine."""
        if not self.paths:
            return text
        known = "|".join(re.escape(path) for path in sorted(self.paths, key=len, reverse=True))
        return re.sub(rf"(?<![\w./~-])({known})(?=$|[/\s:;=,\"'\])])", lambda match: self.rootfs + match[0], text)

    def process(
        self,
        command: list[str] | None = None,
        args: list[str] | None = None,
        env: Mapping[str, str] | None = None,
        machine: Mapping[str, str] | None = None,
    ) -> Process:
        """How to start a container: `command` replaces ENTRYPOINT and CMD, `args` replaces CMD, as in Kubernetes.

        env: its variables.  machine: those of them whose paths, if they have this value, are this machine's already.

        `python` (any version or venv path) is this virtual environment's; its console scripts are found by name.
        PYTHONPATH has the workdir first. Of this machine's environment only locale, home and temporary folder are kept.
        """
        words = [*(command or self.entrypoint), *(args if args is not None else ([] if command else self.cmd))]
        if not words:
            raise ImageError(f"image {self.reference} has no ENTRYPOINT or CMD and no command was given")
        scripts = str(Path(sys.executable).parent)
        given, as_is = {**self.env, **(env or {})}, machine or {}
        variables = {name: os.environ[name] for name in INHERITED if name in os.environ}
        variables |= {name: value if as_is.get(name) == value else self.mapped(value) for name, value in given.items()}
        variables["PATH"] = ":".join([scripts, variables.get("PATH", DEFAULT_PATH), os.environ.get("PATH", "")])
        cwd = self.path(".")
        python_path = [str(cwd), *filter(None, variables.get("PYTHONPATH", "").split(":"))]
        variables["PYTHONPATH"] = ":".join(dict.fromkeys(python_path))
        argv = [self._executable(words[0], variables["PATH"]), *(self.mapped(word) for word in words[1:])]
        return Process(argv, variables, cwd)

    def _executable(self, word: str, search: str) -> str:
        here = self.mapped(word) if word.startswith("/") else str(self.path(word)) if "/" in word else word
        if "/" in here and Path(here).is_file():
            if not os.access(here, os.X_OK):
                raise ImageError(f"{word} of image {self.reference} is not executable: chmod +x it before the build")
            return here
        if PYTHON.match(word):
            return sys.executable
        found = shutil.which(PurePosixPath(word).name, path=search)
        if found is None:
            raise ImageError(f"{word}: no such file in image {self.reference} nor in the virtual environment")
        return found
