"""What clients are told that there is."""

from __future__ import annotations

from kubernetes import client

from localcloud.services.kubernetes.api.discovery import RESOURCES, document, find
from tests.localcloud.services.kubernetes.harness import existing
from tests.localcloud.services.kubernetes.kube import Kube


def test_discovery(kube: Kube) -> None:
    assert client.VersionApi(kube.api).get_code().minor == "33"
    groups = {group.name for group in client.ApisApi(kube.api).get_api_versions().groups}
    assert {"apps", "autoscaling", "policy", "networking.k8s.io", "rbac.authorization.k8s.io"} <= groups
    resources = {entry.name: entry for entry in kube.apps.get_api_resources().resources}
    assert resources["deployments"].kind == "Deployment"
    assert resources["deployments/scale"].kind == "Scale"
    assert "pods/log" in {entry.name for entry in kube.core.get_api_resources().resources}


def test_every_resource_is_in_the_list_of_its_group_and_found_there() -> None:
    for resource in RESOURCES.values():
        listed = {entry["name"]: entry for entry in existing(document(resource.root))["resources"]}
        assert listed[resource.plural]["kind"] == resource.kind
        assert {f"{resource.plural}/{name}" for name in resource.subresources} <= set(listed)
        assert find(resource.group, resource.version, resource.plural) is resource


def test_names_and_addresses() -> None:
    deployments, nodes = RESOURCES["deployments.apps"], RESOURCES["nodes"]
    assert deployments.path("n", "d") == "/apis/apps/v1/namespaces/n/deployments/d"
    assert nodes.path("", "x") == "/api/v1/nodes/x"


def test_what_is_not_there() -> None:
    assert document("/apis/batch") is None
    assert document("/apis/apps/v2") is None
    assert document("/api/v1/pods") is None
    assert find("apps", "v1beta1", "deployments") is None
    assert find("", "v1", "deployments") is None
