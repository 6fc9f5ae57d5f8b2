"""Label and field selectors, by the official client and by Kubernetes' documentation of them."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes import client

from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.errors import ApiError
from localcloud.services.kubernetes.api.selectors import (
    field_predicate,
    label_predicate,
    labels_match,
    requirement_fits,
    service_selects,
)
from tests.localcloud.services.kubernetes.bodies import config_map, shell
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.localcloud.services.kubernetes.kube import Kube, names, refusal


def test_selectors_and_collections(kube: Kube, namespace: str) -> None:
    for name, tier in (("a", "front"), ("b", "back"), ("c", "back")):
        kube.configure(namespace, config_map(name, {"tier": tier, "own": "1"}))

    def found(labels: str | None = None, fields: str | None = None) -> list[str]:
        listed = kube.core.list_namespaced_config_map(namespace, label_selector=labels, field_selector=fields)
        return names(listed.items)

    assert found("tier=back") == ["b", "c"]
    assert found("tier in (front, other),own") == ["a"]
    assert found("tier!=back,own=1") == ["a"]
    assert found("!own") == []
    assert found(fields="metadata.name=b") == ["b"]
    with pytest.raises(client.ApiException) as caught:
        found("tier=(")
    assert refusal(caught)[:2] == (400, "BadRequest")
    kube.core.delete_collection_namespaced_config_map(namespace, label_selector="tier=back")
    assert found() == ["a"]


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("", True),
        ("env=prod", True),
        ("env==prod", True),
        ("env = prod", True),
        ("env!=prod", False),
        ("absent!=x", True),  # also objects without the label
        ("env notin (dev, qa)", True),
        ("absent notin (dev)", True),
        ("env in (dev,prod), tier", True),
        ("tier,!absent", True),
        ("!tier", False),
        ("example.com/tier=1", False),
    ],
)
def test_label_selectors(text: str, fits: bool) -> None:
    assert label_predicate(text)({"metadata": {"labels": {"env": "prod", "tier": ""}}}) == fits


@pytest.mark.parametrize("text", ["=x", "a=b=c", "env in dev", "a,,b", "a b"])
def test_label_selectors_that_cannot_be_read(text: str) -> None:
    with pytest.raises(ApiError, match="unable to parse label selector"):
        label_predicate(text)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("status.phase=Running", True),
        ("status.phase!=Running", False),
        ("metadata.name=p,spec.nodeName=", True),
        ("spec.hostNetwork=true", True),
        ("status.phase==Pending", False),
    ],
)
def test_field_selectors(text: str, fits: bool) -> None:
    obj = {"metadata": {"name": "p"}, "spec": {"hostNetwork": True}, "status": {"phase": "Running"}}
    assert field_predicate(text, "pods")(obj) == fits


def test_field_selectors_that_cannot_be_read() -> None:
    with pytest.raises(ApiError, match="unable to parse field selector"):
        field_predicate("status.phase in (a)", "pods")


@pytest.mark.parametrize(
    ("resource", "field", "good"),
    [
        ("configmaps", "metadata.name", True),
        ("configmaps", "data.key", False),
        ("deployments.apps", "status.phase", False),
        ("events", "involvedObject.name", True),
        ("nodes", "spec.unschedulable", True),
        ("pods", "spec.nodeName", True),
        ("pods", "metadata.labels", False),
        ("secrets", "type", True),
        ("services", "spec.type", True),
    ],
)
def test_only_some_fields_can_be_asked_for(in_process: InProcess, resource: str, field: str, good: bool) -> None:
    path = RESOURCES[resource].path("default", "").rstrip("/")
    answer = in_process.call("GET", f"{path}?fieldSelector={field}%3Dx")
    assert answer.get("message") == (None if good else f"field label not supported: {field}")


def test_what_is_not_set_is_false_where_it_is_asked_for(in_process: InProcess) -> None:
    in_process.create("pods", shell("p", "true"))
    for wanted, count in (("false", 1), ("true", 0)):
        found = in_process.call("GET", f"/api/v1/pods?fieldSelector=spec.hostNetwork%3D{wanted}")
        assert len(found["items"]) == count


@pytest.mark.parametrize(
    ("operator", "values", "labels", "fits"),
    [
        ("In", ["a", "b"], {"k": "a"}, True),
        ("In", ["a"], {}, False),
        ("NotIn", ["a"], {}, True),
        ("Exists", [], {"k": ""}, True),
        ("DoesNotExist", [], {"k": ""}, False),
        ("Gt", ["4"], {"k": "16"}, True),
        ("Lt", ["4"], {"k": "16"}, False),
        ("Gt", ["4"], {}, False),
        ("Near", ["a"], {"k": "a"}, False),
    ],
)
def test_requirements(operator: str, values: list[str], labels: dict[str, str], fits: bool) -> None:
    assert requirement_fits({"key": "k", "operator": operator, "values": values}, labels) == fits


def test_no_selector_fits_nothing_an_empty_one_everything_but_of_a_service() -> None:
    selector: dict[str, Any] = {"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "b", "operator": "Exists"}]}
    assert not labels_match(None, {"a": "1"})
    assert labels_match({}, {"a": "1"})
    assert labels_match(selector, {"a": "1", "b": ""})
    assert not labels_match(selector, {"a": "1"})
    assert not service_selects({}, {"a": "1"})
    assert not service_selects(None, {"a": "1"})
    assert service_selects({"a": "1"}, {"a": "1", "b": "2"})
