"""Pulumi's file backend (layout version 1): where a stack's checkpoint, history and locks are."""

from __future__ import annotations

import glob
import json
import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from localcloud.engine.checkpoint.journal import Journal, name_of, replayed
from localcloud.engine.project.configuration import ORGANIZATION
from localcloud.engine.project.project import Project, load_yaml
from localcloud.errors import LocalCloudError, one_line
from localcloud.files import write_atomic

CHECKPOINT_VERSION = 3


def backend_folder(project: Project) -> Path:
    """The folder that PULUMI_BACKEND_URL (or the project's `backend.url`) names; file:// only."""
    url = os.environ.get("PULUMI_BACKEND_URL") or project.backend_url
    if not url:
        raise LocalCloudError("set PULUMI_BACKEND_URL to file:///<folder>: that is where the stack's state is kept")
    if not url.startswith("file://"):
        raise LocalCloudError(f"PULUMI_BACKEND_URL {url!r}: only file:// backends are supported")
    parts = urlsplit(url)
    return Path(unquote(parts.netloc + parts.path)).expanduser().absolute()


@dataclass(frozen=True)
class StackFiles:
    """The files of one stack below a backend's `.pulumi` folder."""

    folder: Path
    project: str
    stack: str

    @classmethod
    def open(cls, backend: Path, project: str, stack: str) -> StackFiles:
        """Check the backend's layout, or write its marker if it is new."""
        folder = backend / ".pulumi"
        marker = folder / "meta.yaml"
        with one_line(f"cannot read {folder}"):
            is_new, has_old_layout = not marker.exists(), any((folder / "stacks").glob("*.json"))
        if not is_new:
            version = load_yaml(marker).get("version")
            if version != 1:
                raise LocalCloudError(
                    f"{marker}: layout version {version} is not supported: run `pulumi state upgrade`"
                )
        elif has_old_layout:
            raise LocalCloudError(f"{folder} has the layout without projects: run `pulumi state upgrade`")
        else:
            write(marker, b"version: 1\n")
        return cls(folder, project, stack)

    @property
    def checkpoint(self) -> Path:
        return self.folder / "stacks" / self.project / f"{self.stack}.json"

    @property
    def locks(self) -> Path:
        return self.folder / "locks" / ORGANIZATION / self.project / self.stack

    @property
    def history(self) -> Path:
        return self.folder / "history" / self.project / self.stack

    def load(self) -> dict[str, Any] | None:
        """The latest deployment of the stack (apitype.DeploymentV3), {} if it has none, None if there is no stack."""
        with one_line(f"cannot read {self.checkpoint}"):
            for suffix in (".gz", ".zst"):
                if self.checkpoint.with_name(self.checkpoint.name + suffix).exists():
                    raise LocalCloudError(f"{self.checkpoint}{suffix}: compressed checkpoints are not supported")
            try:
                text = self.checkpoint.read_bytes()
            except FileNotFoundError:
                return None
            journal = name_of(self.checkpoint, text)
            lines = journal.read_bytes() if journal.exists() else b""
        try:
            content = json.loads(text)
        except ValueError as error:
            raise LocalCloudError(f"{self.checkpoint} is damaged ({error}); its predecessor is {self.backup}") from None
        if content.get("version") != CHECKPOINT_VERSION or content.get("features"):
            needs = ", ".join(content.get("features") or [f"checkpoint version {content.get('version')}"])
            raise LocalCloudError(
                f"{self.checkpoint} needs {needs}, which this engine does not have: use the pulumi CLI"
            )
        try:
            return replayed(content["checkpoint"].get("latest") or {}, lines)
        except ValueError as error:
            raise LocalCloudError(
                f"{journal} is damaged ({error}): without it, {self.checkpoint} lacks what was done last"
            ) from None

    @property
    def backup(self) -> Path:
        return self.checkpoint.with_name(self.checkpoint.name + ".bak")

    def save(self, deployment_json: str) -> Journal:
        """Replace the checkpoint; the one before stays as .bak. What is done from here on goes to a new journal."""
        name = json.dumps(f"{ORGANIZATION}/{self.project}/{self.stack}")
        text = f'{{"version":{CHECKPOINT_VERSION},"checkpoint":{{"stack":{name},"latest":{deployment_json}}}}}'
        data = text.encode()
        with one_line(f"cannot write {self.checkpoint}"):
            if self.checkpoint.exists():
                self.backup.unlink(missing_ok=True)
                self.backup.hardlink_to(self.checkpoint)
            write_atomic(self.checkpoint, data)
            # The CLI notes each file's checksum beside it; after our write that note would be wrong.
            self.checkpoint.with_name(self.checkpoint.name + ".attrs").unlink(missing_ok=True)
            for journal in self.checkpoint.parent.glob(f"{glob.escape(self.checkpoint.name)}.*.journal"):
                journal.unlink(missing_ok=True)
        return Journal(name_of(self.checkpoint, data), len(data))

    def add_history(self, update: dict[str, Any]) -> None:
        """Record a finished update with a copy of its checkpoint, as `pulumi stack history` shows it."""
        stem = f"{self.stack}-{time.time_ns()}"
        write(self.history / f"{stem}.history.json", json.dumps(update, separators=(",", ":")).encode())
        with one_line(f"cannot write {self.history}"), suppress(FileNotFoundError):
            shutil.copy(self.checkpoint, self.history / f"{stem}.checkpoint.json")


def write(path: Path, data: bytes) -> None:
    """Replace a file as a whole; it is its owner's alone. Errors: LocalCloudError."""
    with one_line(f"cannot write {path}"):
        write_atomic(path, data)
