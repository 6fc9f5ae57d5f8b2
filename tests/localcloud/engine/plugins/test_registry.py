"""The providers of a deployment."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.engine.plugins.provider_connection import Host
from localcloud.engine.plugins.registry import Registry, attached_providers
from localcloud.engine.project.project import Project
from tests.localcloud.engine.workspace import Workspace


def test_attached_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", "gcp:4001, kubernetes:4002,")
    assert attached_providers() == {"gcp": 4001, "kubernetes": 4002}


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("test", "must be <package>:<port>"),
        ("other:1", "no provider for package 'test' is attached: add test:<port>"),
    ],
)
def test_one_that_is_not_attached(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, variable: str, message: str
) -> None:
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", variable)
    assert message in workspace.refused('Thing("one")')


def test_another_package(workspace: Workspace) -> None:
    refusal = workspace.refused('pulumi.CustomResource("other:index:Thing", "x", {})')
    assert "no provider for package 'other' is attached" in refusal


def test_explicit_providers_have_configurations_of_their_own(workspace: Workspace) -> None:
    text = """
        east = Provider("east", region="{0}")
        Thing("there", opts=O(provider=east))
        Thing("here")
    """
    workspace.settings("config:\n  test:region: north\n  test:key:\n    a: 1\n")
    workspace.up(text.format("east"))
    assert {"region": "east"} in workspace.provider.configurations
    assert {"region": "north", "key": '{"a":1}'} in workspace.provider.configurations
    resources = workspace.resources()
    assert resources["there"]["provider"] == f"{resources['east']['urn']}::{resources['east']['id']}"
    workspace.provider.calls.clear()
    workspace.up(text.format("west"))
    assert workspace.provider.names("create", "delete") == ["create there", "delete there"]


def test_an_interrupt_that_comes_when_all_is_done_finds_closed_connections(
    workspace: Workspace, tmp_path: Path
) -> None:
    registry = Registry(
        Host("127.0.0.1:1", Project("demo", tmp_path, tmp_path, tmp_path), lambda name: {}), [], preview=False
    )
    registry.check("urn:pulumi:local::demo::pulumi:providers:test::one", {}, {}, b"")
    registry.cancel()
    assert workspace.provider.cancelled.is_set()
    registry.close()
    registry.cancel()
