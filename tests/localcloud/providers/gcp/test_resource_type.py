"""How a resource type is declared, and that what it declares is of the SDK."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.gcp.registry import declared
from localcloud.providers.gcp.resource_type import ResourceType, format_keys
from localcloud.providers.sdk_types import ListOf, ObjectType, Reference, Type, installed


def test_what_replaces_by_its_path() -> None:
    class Pool(ResourceType):
        id_format = "{cluster}/pools/{poolId}"
        replaces = ("nodeConfig", "network.name")
        provider_only = ("location", "guard")

    forces = Pool().forces_replacement
    for path in ("cluster", "poolId", "nodeConfig", "nodeConfig.disk[0].size", "network.name", "zone", "name"):
        assert forces(path), path
    for path in ("nodeConfigs", "network", "network.names", "size", "guard", "location", "deletionPolicy"):
        assert not forces(path), path


def test_what_cannot_change_is_replaced_by_all_but_its_deletion_policy() -> None:
    class Grant(ResourceType):
        immutable = True

    assert Grant().forces_replacement("condition.title")
    assert not Grant().forces_replacement("deletionPolicy")


def test_a_type_is_declared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ResourceType, "declared", {})
    attributes = {"token": "gcp:x/y:Y", "__module__": "somewhere"}
    first = type("First", (ResourceType,), attributes)
    assert ResourceType.declared == {"gcp:x/y:Y": first}
    type("Heir", (first,), {})  # declares no token of its own
    with pytest.raises(TypeError, match=r"^gcp:x/y:Y is declared twice: somewhere\.First and somewhere\.Second$"):
        type("Second", (ResourceType,), attributes)


def test_the_keys_of_a_format() -> None:
    assert format_keys("projects/{project}/{name}@{project}") == ("project", "name", "project")


def leads_somewhere(kind: Type, path: str) -> bool:
    """Whether a path such as `rules[*].action.type` is one of a type's."""
    for step in path.replace("[*]", "").split("."):
        kind = kind.resolve() if isinstance(kind, Reference) else kind
        kind = kind.item if isinstance(kind, ListOf) else kind
        kind = kind.resolve() if isinstance(kind, Reference) else kind
        if not isinstance(kind, ObjectType) or step not in kind.properties:
            return False
        kind = kind.properties[step]
    return True


@pytest.mark.parametrize("token", sorted(declared()))
def test_a_declaration_names_nothing_that_the_sdk_lacks(token: str) -> None:
    kind, schema = declared()[token], installed("pulumi_gcp").resource(token)
    assert schema is not None, "the SDK has no such type"
    inputs: dict[str, Any] = schema.inputs.properties
    assert set(kind.id_keys()) <= inputs.keys()
    assert {*kind.provider_only} <= inputs.keys()
    assert {*kind.defaults, *kind.computed, *kind.volatile} <= schema.outputs | inputs.keys()
    for path in (*kind.rules, *kind.replaces):
        assert leads_somewhere(schema.inputs, path), path
