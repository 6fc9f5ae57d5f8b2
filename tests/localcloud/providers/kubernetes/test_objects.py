"""Addresses of objects, what of them cannot change in place, and patches."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.errors import NotSupportedError
from localcloud.providers.kubernetes.objects import Kind, identify, kind_of, merge_patch, split_identifier
from localcloud.providers.sdk_types import installed
from localcloud.services.common import merged
from localcloud.services.kubernetes.api.discovery import RESOURCES


@pytest.mark.parametrize("key", sorted(RESOURCES))
def test_addresses_are_those_of_the_api_server(key: str) -> None:
    resource = RESOURCES[key]
    kind = Kind(resource.api_version, resource.kind)
    assert f"{kind.path('ns')}/x" == resource.path("ns", "x")


@pytest.mark.parametrize(
    ("name", "plural"),
    [
        ("Ingress", "ingresses"),
        ("NetworkPolicy", "networkpolicies"),
        ("Gateway", "gateways"),
        ("Endpoints", "endpoints"),
        ("PriorityClass", "priorityclasses"),
        ("CSINode", "csinodes"),
    ],
)
def test_plurals_are_those_of_kubernetes(name: str, plural: str) -> None:
    assert Kind("v1", name).plural == plural


def test_a_type_that_is_no_single_object_is_refused() -> None:
    sdk = installed("pulumi_kubernetes")
    deployment, listed = sdk.resource("kubernetes:apps/v1:Deployment"), sdk.resource("kubernetes:core/v1:PodList")
    assert deployment is not None
    assert listed is not None
    assert kind_of(deployment) == Kind("apps/v1", "Deployment")
    with pytest.raises(NotSupportedError, match="kubernetes:core/v1:PodList is not available"):
        kind_of(listed)


def test_what_the_api_does_not_let_change_replaces() -> None:
    service, settings = Kind("v1", "Service"), Kind("v1", "ConfigMap")
    assert service.forces_replacement("spec.clusterIP", {})
    assert not service.forces_replacement("spec.clusterIPs[0]", {})
    assert service.forces_replacement("metadata.name", {})
    assert not service.forces_replacement("metadata.labels.name", {})
    assert settings.forces_replacement('data["a.b"]', {})
    assert not settings.forces_replacement("data.a", {"enableConfigMapMutable": True})
    assert settings.forces_replacement("data.a", {"enableSecretMutable": True})


def test_an_identifier_tells_where_the_object_is() -> None:
    for document, identifier, parts in (
        ({"metadata": {"namespace": "ns", "name": "x"}}, "ns/x", ("ns", "x")),
        ({"metadata": {"name": "x"}}, "x", (None, "x")),
    ):
        assert identify(document) == identifier
        assert split_identifier(identifier) == parts


@pytest.mark.parametrize(
    ("old", "new", "patch"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": None, "b": "c"}),
        ({"a": {"b": "c", "d": 1}}, {"a": {"b": "e"}}, {"a": {"b": "e", "d": None}}),
        ({"a": [{"b": "c"}, 1]}, {"a": [{"b": "c"}]}, {"a": [{"b": "c"}]}),
        ({"a": {"b": 1}}, {"a": {"b": 1}}, {}),
    ],
)
def test_a_merge_patch_leads_from_the_old_inputs_to_the_new(
    old: dict[str, Any], new: dict[str, Any], patch: dict[str, Any]
) -> None:
    """As of RFC 7386."""
    assert merge_patch(old, new) == patch
    assert merged({**old, "of others": 1}, patch) == {**new, "of others": 1}
