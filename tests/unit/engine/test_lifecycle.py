"""Create, change, replace and delete."""

from __future__ import annotations

from tests.unit.engine.conftest import Workspace


def test_first_deployment_creates_and_the_second_changes_nothing(workspace: Workspace) -> None:
    text = """
        first = Thing("first", value="1")
        Thing("second", value=first.identity)
        pulumi.export("identity", first.identity)
    """
    result = workspace.up(text)
    assert "Resources: 3 created" in result.out
    assert workspace.provider.names("create") == ["create first", "create second"]
    assert workspace.resources()["second"]["inputs"] == {"value": "id-1"}
    again = workspace.up()
    assert "Resources: 3 unchanged" in again.out
    assert workspace.provider.names("create", "update", "delete") == ["create first", "create second"]
