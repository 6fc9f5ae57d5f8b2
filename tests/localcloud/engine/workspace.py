"""A project in a temporary folder and the engine's command line, in this process or in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from localcloud.engine.cli import main
from tests.localcloud.engine.fake_provider import FakeProvider
from tests.paths import REPOSITORY

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

# A program with a secret, a component, a dependency and options.
ASSORTED = """
    a = Thing("a", opts=O(ignore_changes=["value"], additional_secret_outputs=["identity"]))
    group = Group("group")
    Thing("b", value=a.identity, opts=O(parent=group, protect=True, custom_timeouts=pulumi.CustomTimeouts(create="5m")))
    pulumi.export("a", a.token)
"""

BEFORE_AND_SLOW = 'Thing("before")\nThing("slow", opts=O(depends_on=[Thing("first")]))\n'

FEW_ROUNDS = 1000
"""Of the derivation of keys, which takes half a second otherwise."""

# What `python -m localcloud.engine` does, with few rounds.
ENGINE = f"""
import runpy
from localcloud.engine.checkpoint import passphrase
passphrase.ROUNDS = {FEW_ROUNDS}
runpy.run_module("localcloud.engine", run_name="__main__")
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

    def refused(self, text: str) -> str:
        """Deploy, and insist that one line says what is wrong; gives the line."""
        self.program(text)
        result = self.run("up")
        assert result.code == 1
        (line,) = result.err.splitlines()
        assert line.startswith("error: ")
        assert self.provider.names("create")[1:] == []
        return line

    @contextmanager
    def running_up(self, prelude: str = "") -> Iterator[subprocess.Popen[str]]:
        """`up` in a process of its own, which begins with the prelude; killed at the end if it still runs."""
        process = subprocess.Popen(
            [sys.executable, "-c", prelude + ENGINE, "up", "--cwd", str(self.folder), "--stack", "local"],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()

    @property
    def checkpoint(self) -> Path:
        return self.state / ".pulumi" / "stacks" / "demo" / "local.json"

    def deployment(self) -> dict[str, Any]:
        return json.loads(self.checkpoint.read_text())["checkpoint"]["latest"]

    def resources(self) -> dict[str, dict[str, Any]]:
        """Resources of the checkpoint by name."""
        return {item["urn"].rpartition("::")[2]: item for item in self.deployment().get("resources", [])}
