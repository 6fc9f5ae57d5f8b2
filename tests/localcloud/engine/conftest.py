"""A project in a temporary folder, the fake provider attached, and the engine's command line in this process."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from localcloud.engine.checkpoint import passphrase
from localcloud.engine.cli import main
from tests.localcloud.engine.fake_provider import FakeProvider, serving

PRELUDE = """\
import pulumi


class Thing(pulumi.CustomResource):
    identity: pulumi.Output[str]
    token: pulumi.Output[str]
    value: pulumi.Output[str]

    def __init__(self, name, opts=None, **inputs):
        properties = {"value": None, "identity": None, "token": None, **inputs}
        super().__init__("test:index:Thing", name, properties, opts)


class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("test:index:Group", name, None, opts)


class Provider(pulumi.ProviderResource):
    def __init__(self, name, opts=None, **inputs):
        super().__init__("test", name, inputs, opts)


O = pulumi.ResourceOptions

"""


@dataclass
class Result:
    code: int
    out: str
    err: str


@dataclass
class Workspace:
    """A project `demo` with stack `local`."""

    folder: Path
    state: Path
    provider: FakeProvider
    capsys: pytest.CaptureFixture[str]

    def program(self, text: str) -> None:
        (self.folder / "stacks" / "__main__.py").write_text(PRELUDE + textwrap.dedent(text))

    def settings(self, text: str) -> None:
        (self.folder / "stacks" / "Pulumi.local.yaml").write_text(textwrap.dedent(text))

    def run(self, command: str, *arguments: str) -> Result:
        self.capsys.readouterr()
        code = main([command, "--cwd", str(self.folder), "--stack", "local", *arguments])
        captured = self.capsys.readouterr()
        return Result(code, captured.out, captured.err)

    def up(self, text: str | None = None, *arguments: str) -> Result:
        """Deploy, and insist that it works."""
        if text is not None:
            self.program(text)
        result = self.run("up", *arguments)
        assert result.code == 0, result.err
        return result

    @property
    def checkpoint(self) -> Path:
        return self.state / ".pulumi" / "stacks" / "demo" / "local.json"

    def deployment(self) -> dict[str, Any]:
        return json.loads(self.checkpoint.read_text())["checkpoint"]["latest"]

    def resources(self) -> dict[str, dict[str, Any]]:
        """Resources of the checkpoint by name."""
        return {item["urn"].rpartition("::")[2]: item for item in self.deployment().get("resources", [])}


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def workspace(
    tmp_path: Path, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Workspace]:
    folder, state = tmp_path / "project", tmp_path / "state"
    (folder / "stacks").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: demo\nruntime: python\nmain: stacks/\nstackConfigDir: stacks\n")
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{state}")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "correct horse")
    monkeypatch.setattr(passphrase, "ROUNDS", 1000)
    # Byte code is told stale by whole seconds and size: a test rewrites its program faster than that.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    with serving(provider) as port:
        monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", f"test:{port}")
        yield Workspace(folder, state, provider, capsys)
