"""Conflicts and what is missing, as the official client hears of them."""

from __future__ import annotations

import pytest
from kubernetes import client

from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.errors import already_exists, conflict, invalid, not_found
from tests.localcloud.services.kubernetes.bodies import config_map
from tests.localcloud.services.kubernetes.harness import existing
from tests.localcloud.services.kubernetes.kube import Kube, refusal


def test_conflicts_and_missing_objects(kube: Kube, namespace: str) -> None:
    kube.configure(namespace, config_map("one", key="1"))
    first = kube.core.read_namespaced_config_map("one", namespace)
    kube.core.patch_namespaced_config_map("one", namespace, {"data": {"key": "2"}})
    existing(first.data)["key"] = "3"
    with pytest.raises(client.ApiException) as caught:
        kube.core.replace_namespaced_config_map("one", namespace, first)
    assert refusal(caught)[:2] == (409, "Conflict")
    with pytest.raises(client.ApiException) as caught:
        kube.configure(namespace, config_map("one"))
    assert refusal(caught) == (409, "AlreadyExists", 'configmaps "one" already exists')
    assert kube.core.read_namespaced_config_map("one", namespace).data == {"key": "2"}
    with pytest.raises(client.ApiException) as caught:
        kube.core.read_namespaced_config_map("two", namespace)
    assert refusal(caught) == (404, "NotFound", 'configmaps "two" not found')
    with pytest.raises(client.ApiException) as caught:
        kube.configure("nowhere", config_map("one"))
    assert refusal(caught) == (404, "NotFound", 'namespaces "nowhere" not found')


def test_causes_are_listed_for_programs_and_told_to_people() -> None:
    causes = [("spec.a", "Invalid value: 1: wrong"), ("spec.b", "Required value")]
    status = invalid(RESOURCES["deployments.apps"], "web", causes).status()
    assert (status["kind"], status["status"], status["code"]) == ("Status", "Failure", 422)
    message = 'Deployment.apps "web" is invalid: [spec.a: Invalid value: 1: wrong, spec.b: Required value]'
    assert status["message"] == message
    assert status["details"] == {
        "name": "web",
        "group": "apps",
        "kind": "Deployment",
        "causes": [
            {"reason": "FieldValueInvalid", "message": "Invalid value: 1: wrong", "field": "spec.a"},
            {"reason": "FieldValueRequired", "message": "Required value", "field": "spec.b"},
        ],
    }


def test_the_group_of_an_object_stands_apart_from_its_kind() -> None:
    details = {"name": "web", "group": "apps", "kind": "deployments"}
    for error in (already_exists, conflict, not_found):
        assert error("deployments.apps", "web").status()["details"] == details
    assert not_found("pods", "p").status()["details"] == {"name": "p", "kind": "pods"}
