"""A project in a temporary folder with the fake provider attached."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.engine.checkpoint import passphrase
from tests.localcloud.engine.fake_provider import FakeProvider, serving
from tests.localcloud.engine.workspace import FEW_ROUNDS, Workspace


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
    monkeypatch.setattr(passphrase, "ROUNDS", FEW_ROUNDS)
    # Byte code is told stale by whole seconds and size: a test rewrites its program faster than that.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    with serving(provider) as port:
        monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", f"test:{port}")
        yield Workspace(folder, state, provider, capsys)
