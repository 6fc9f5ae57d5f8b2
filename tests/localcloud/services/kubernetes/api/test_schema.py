"""What the published schemas say of a value's parts."""

from __future__ import annotations

from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.schema import Type, type_of, walk


def at(resource: str, path: str) -> Type:
    found: Type | None = type_of(RESOURCES[resource])
    for part in path.split("."):
        assert found is not None
        found = found.entries if part == "*" else found.field(part)
    assert found is not None
    return found


def test_every_resource_has_a_type() -> None:
    for resource in RESOURCES.values():
        kind = type_of(resource)
        assert (kind.name, "metadata" in kind.fields) == (resource.kind, True)


def test_lists_are_merged_as_their_types_say() -> None:
    ports = at("services", "spec.ports")
    assert (ports.keys, ports.patch_key, ports.patch_strategies) == (("port", "protocol"), "port", ["merge"])
    assert at("pods", "metadata.finalizers").is_set
    assert at("pods", "spec.containers.*.command").keys == ()
    assert at("deployments.apps", "spec.template.spec.containers.*").name == "Container"
    assert at("deployments.apps", "spec.strategy").patch_strategies == ["retainKeys"]


def test_what_is_owned_as_a_whole_has_no_parts() -> None:
    assert at("services", "spec.selector").parts({"app": "x"}) == []
    assert at("deployments.apps", "spec.selector").parts({"matchLabels": {"app": "x"}}) == []
    assert [element for element, _, _ in at("configmaps", "data").parts({"a": "1"})] == ["f:a"]


def test_everything_of_a_value_has_its_path() -> None:
    body = {"spec": {"containers": [{"name": "c", "resources": {"limits": {"cpu": 1}}}], "unknown": 1}}
    found = {path: kind.name for path, kind, _ in walk(type_of(RESOURCES["pods"]), body)}
    assert found["spec.containers[0]"] == "Container"
    assert found["spec.containers[0].resources.limits[cpu]"] == "Quantity"
    assert "spec.unknown" not in found
