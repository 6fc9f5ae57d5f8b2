"""Patches, through the official client and in the words of their definitions."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes import client

from localcloud.services.common import merged
from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.errors import ApiError
from localcloud.services.kubernetes.api.patches import json_patch, strategic_merge
from localcloud.services.kubernetes.api.schema import type_of
from tests.localcloud.services.kubernetes.bodies import deployment
from tests.localcloud.services.kubernetes.harness import existing
from tests.localcloud.services.kubernetes.kube import Kube, meta, refusal, version


def container(found: client.V1Deployment) -> client.V1Container:
    return existing(existing(existing(found.spec).template).spec).containers[0]


def variables(found: client.V1Deployment) -> list[str]:
    return [entry.name for entry in existing(container(found).env)]


def test_patches(kube: Kube, namespace: str) -> None:
    kube.deploy(namespace, deployment(replicas=0, env=[{"name": "A", "value": "1"}]))
    patch = kube.apps.patch_namespaced_deployment
    added = {"containers": [{"name": "web", "env": [{"name": "B", "value": "2"}]}]}
    patched = patch("web", namespace, {"spec": {"template": {"spec": added}}})
    assert variables(patched) == ["POD_IP", "A", "B"]
    assert container(patched).image
    assert meta(patched).generation == 2
    operations = [
        {"op": "test", "path": "/spec/replicas", "value": 0},
        {"op": "remove", "path": "/spec/template/spec/containers/0/env/2"},
    ]
    assert variables(patch("web", namespace, operations)) == ["POD_IP", "A"]
    with pytest.raises(client.ApiException) as caught:
        patch("web", namespace, [{"op": "remove", "path": "/spec/nothing"}])
    assert refusal(caught)[0] == 422
    same = patch("web", namespace, {"spec": {"replicas": 0}})
    assert version(same) == version(kube.apps.read_namespaced_deployment("web", namespace))


@pytest.mark.parametrize(
    ("target", "patch", "expected"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch_as_in_rfc_7386(target: Any, patch: Any, expected: Any) -> None:
    assert merged(target, patch) == expected


POD = type_of(RESOURCES["pods"])


def test_strategic_merge_directives() -> None:
    target = {
        "metadata": {"finalizers": ["x"], "labels": {"k": "1"}},
        "spec": {"containers": [{"name": "a", "image": "1", "args": ["1"]}, {"name": "b"}]},
    }
    containers = [{"name": "b", "$patch": "delete"}, {"name": "a", "image": "2", "args": ["2"]}, {"name": "c"}]
    patch = {
        "metadata": {"finalizers": ["y"], "labels": {"$patch": "replace", "z": "1"}},
        "spec": {"containers": containers, "$setElementOrder/containers": [{"name": "c"}, {"name": "a"}]},
    }
    assert strategic_merge(POD, target, patch) == {
        "metadata": {"finalizers": ["x", "y"], "labels": {"z": "1"}},
        "spec": {"containers": [{"name": "c"}, {"name": "a", "image": "2", "args": ["2"]}]},
    }
    finalized = {"metadata": {"finalizers": ["x", "y"]}}
    left = strategic_merge(POD, finalized, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["x"]}})
    assert left == {"metadata": {"finalizers": ["y"]}}
    kept = {"$retainKeys": ["name", "emptyDir"], "emptyDir": {}, "name": "v"}
    volumes = strategic_merge(
        POD, {"spec": {"volumes": [{"name": "v", "hostPath": {}}]}}, {"spec": {"volumes": [kept]}}
    )
    assert volumes == {"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}}


def test_entries_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(ApiError, match="does not contain declared merge key: name") as caught:
        strategic_merge(POD, {}, {"spec": {"containers": [{"image": "i"}]}})
    assert caught.value.code == 422


def test_json_patch_is_all_or_nothing() -> None:
    target = {"a": [1, 2], "b/c": {"~": 1}}
    assert json_patch(target, [{"op": "add", "path": "/a/-", "value": 3}, {"op": "remove", "path": "/b~1c/~0"}]) == {
        "a": [1, 2, 3],
        "b/c": {},
    }
    assert json_patch(target, [{"op": "move", "from": "/a/0", "path": "/d"}])["d"] == 1
    with pytest.raises(ApiError, match="has another value"):
        json_patch(target, [{"op": "remove", "path": "/a"}, {"op": "test", "path": "/b~1c", "value": 0}])
    assert target == {"a": [1, 2], "b/c": {"~": 1}}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/absent", "value": 1},
        {"op": "remove", "path": "/a/7"},
        {"op": "add", "path": "/a/x", "value": 1},
        {"op": "add", "path": "/a/7", "value": 1},
        {"op": "add", "path": "a", "value": 1},
        {"op": "add", "path": "/a"},
        {"op": "copy", "path": "/b"},
        {"op": "copy", "from": "/absent", "path": "/b"},
        {"op": "test", "path": "/absent", "value": 1},
        {"op": "upsert", "path": "/a", "value": 1},
        {"path": "/a"},
        "remove",
        7,
    ],
)
def test_operations_that_cannot_be_applied_are_refused(operation: Any) -> None:
    with pytest.raises(ApiError, match="the JSON patch operation") as caught:
        json_patch({"a": [1, 2]}, [operation])
    assert (caught.value.code, caught.value.reason) == (422, "Invalid")


def test_a_json_patch_is_a_list() -> None:
    with pytest.raises(ApiError) as caught:
        json_patch({}, {"op": "add"})
    assert caught.value.code == 400
