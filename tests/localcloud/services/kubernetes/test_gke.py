"""The GKE API, and clusters over the service's ends and restarts."""

from __future__ import annotations

import base64
import signal
import socket
import ssl
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, watch

from tests.localcloud.services.kubernetes.harness import PARENT, Cloud, Kube, deployment, fetch, service, wait


def code(answer: dict[str, Any]) -> tuple[int, str]:
    return answer["error"]["code"], answer["error"]["message"]


def done(cloud: Cloud, operation: dict[str, Any]) -> None:
    path = f"{PARENT}/operations/{operation['name']}"
    wait(lambda: cloud.call("GET", path)["status"] == "DONE", f"{operation['operationType']} is done")


def test_clusters_and_pools(cloud: Cloud) -> None:
    given = {"name": "records", "initialNodeCount": 2, "resourceLabels": {"owner": "me"}, "network": "vpc"}
    operation = cloud.call("POST", f"{PARENT}/clusters", {"cluster": given})
    assert (operation["operationType"], operation["status"]) == ("CREATE_CLUSTER", "DONE")
    assert cloud.call("GET", f"{PARENT}/operations/{operation['name']}") == operation
    path = f"{PARENT}/clusters/records"
    body = cloud.call("GET", path)
    assert (body["status"], body["network"], body["location"]) == ("RUNNING", "vpc", "europe-west1")
    assert [pool["name"] for pool in body["nodePools"]] == ["default-pool"]
    assert body["currentNodeCount"] == 2
    pem = base64.b64decode(body["masterAuth"]["clusterCaCertificate"]).decode()
    context = ssl.create_default_context(cadata=pem)
    assert urllib.request.urlopen(f"https://{body['endpoint']}/healthz", context=context).read() == b"ok"
    assert code(cloud.call("POST", f"{PARENT}/clusters", {"cluster": given}))[0] == 409
    assert code(cloud.call("POST", f"{PARENT}/clusters", {"cluster": {"name": "Bad_Name"}}))[0] == 400
    assert code(cloud.call("GET", f"{PARENT}/clusters/other"))[0] == 404
    assert "records" in [entry["name"] for entry in cloud.call("GET", f"{PARENT}/clusters")["clusters"]]
    everywhere = cloud.call("GET", "/v1/projects/a-project/locations/-/clusters")["clusters"]
    assert "records" in [entry["name"] for entry in everywhere]
    assert cloud.call("GET", "/v1/projects/another/locations/-/clusters") == {"clusters": []}

    cloud.call("PUT", path, {"update": {"desiredLoggingService": "none"}})
    assert cloud.call("GET", path)["loggingService"] == "none"
    assert code(cloud.call("PUT", path, {"update": {"loggingService": "x"}}))[0] == 400
    fingerprint = cloud.call("GET", path)["labelFingerprint"]
    labels = {"resourceLabels": {"a": "b"}, "labelFingerprint": fingerprint}
    cloud.call("POST", f"{path}:setResourceLabels", labels)
    assert cloud.call("GET", path)["resourceLabels"] == {"a": "b"}
    assert code(cloud.call("POST", f"{path}:setResourceLabels", labels))[0] == 412

    cloud.call("POST", f"{path}/nodePools", {"nodePool": {"name": "spot", "config": {"spot": True}}})
    cloud.call("PUT", f"{path}/nodePools/spot", {"labels": {"labels": {"x": "y"}}})
    cloud.call("POST", f"{path}/nodePools/spot:setSize", {"nodeCount": 3})
    pool = cloud.call("GET", f"{path}/nodePools/spot")
    assert (pool["config"]["labels"], pool["config"]["spot"], pool["initialNodeCount"]) == ({"x": "y"}, True, 3)
    kube = Kube(cloud, "records")
    nodes = {node.metadata.name: node.metadata.labels for node in kube.core.list_node().items}
    assert set(nodes) == {"gke-records-default-pool", "gke-records-spot"}
    assert nodes["gke-records-spot"]["cloud.google.com/gke-spot"] == "true"
    assert nodes["gke-records-spot"]["x"] == "y"
    kube.core.patch_node("gke-records-spot", {"metadata": {"labels": {"by-hand": "z"}}})
    cloud.call("PUT", f"{path}/nodePools/spot", {"labels": {"labels": {"w": "y"}}})
    labels = kube.core.read_node("gke-records-spot").metadata.labels
    assert (labels["w"], labels["by-hand"], "x" in labels) == ("y", "z", False)
    cloud.call("DELETE", f"{path}/nodePools/default-pool")
    assert [node.metadata.name for node in kube.core.list_node().items] == ["gke-records-spot"]
    operation = cloud.call("DELETE", path)
    done(cloud, operation)
    assert code(cloud.call("GET", path))[0] == 404


@pytest.fixture
def workload(cloud: Cloud) -> Kube:
    cloud.call("POST", f"{PARENT}/clusters", {"cluster": {"name": "kept", "initialNodeCount": 1}})
    kube = Kube(cloud, "kept")
    kube.apps.create_namespaced_deployment("default", deployment())
    kube.core.create_namespaced_service("default", service())
    kube.ready("default", 2)
    return kube


def test_a_killed_service_comes_back_and_a_deleted_cluster_leaves_nothing(cloud: Cloud, workload: Kube) -> None:
    version = workload.core.list_node().metadata.resource_version
    before, address, body = workload.pods("default"), workload.service_ip("default"), workload.body
    old = {pid_of(cloud, entry.status.pod_ip) for entry in before}
    cloud.stop("kubernetes", signal.SIGKILL)
    assert old <= set(cloud.processes_of_pods())
    cloud.start("kubernetes")
    workload.connect()
    assert workload.body["endpoint"] == body["endpoint"]
    assert workload.body["masterAuth"] == body["masterAuth"]
    with pytest.raises(client.ApiException, match="too old resource version"):
        next(watch.Watch().stream(workload.core.list_node, resource_version=str(int(version) - 1)))
    after = workload.ready("default", 2)
    assert {pod.metadata.uid for pod in after} == {pod.metadata.uid for pod in before}
    assert {pod.status.pod_ip for pod in after} == {pod.status.pod_ip for pod in before}
    assert {pod.status.container_statuses[0].restart_count for pod in after} == {1}
    ended = after[0].status.container_statuses[0].last_state.terminated
    assert (ended.reason, ended.exit_code) == ("NodeRestarted", 137)
    assert old.isdisjoint(cloud.processes_of_pods())
    assert workload.service_ip("default") == address
    assert fetch(address)["env"]["COLOUR"] == "blue"

    cloud.stop("kubernetes")
    assert cloud.processes_of_pods() == []
    cloud.start("kubernetes")
    workload.connect()
    workload.ready("default", 2)

    others = set(cloud.processes_of_pods())
    done(cloud, cloud.call("DELETE", f"{PARENT}/clusters/kept"))
    left = set(cloud.processes_of_pods())
    assert len(others - left) >= 2
    assert not any("kept" in path.name for path in (cloud.settings.home / "kubernetes" / "state").iterdir())


def test_a_cluster_that_could_not_be_started_leaves_nothing(cloud: Cloud) -> None:
    cloud.call("POST", f"{PARENT}/clusters", {"cluster": {"name": "taken", "initialNodeCount": 1}})
    kube = Kube(cloud, "taken")
    kube.apps.create_namespaced_deployment("default", deployment(replicas=1))
    process = pid_of(cloud, kube.ready("default", 1)[0].status.pod_ip)
    cloud.stop("kubernetes", signal.SIGKILL)
    host, port = kube.body["endpoint"].split(":")
    with socket.create_server((host, int(port))):
        cloud.start("kubernetes")
        body = cloud.call("GET", f"{PARENT}/clusters/taken")
        assert (body["status"], "can't listen" in body["statusMessage"]) == ("DEGRADED", True)
        assert process in cloud.processes_of_pods()
        done(cloud, cloud.call("DELETE", f"{PARENT}/clusters/taken"))
    assert process not in cloud.processes_of_pods()
    assert code(cloud.call("GET", f"{PARENT}/clusters/taken"))[0] == 404


def pid_of(cloud: Cloud, address: str) -> int:
    env = fetch(address)["env"]
    assert env["POD_IP"] == address
    for pid in cloud.processes_of_pods():
        if f"POD_IP={address}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
            return pid
    raise AssertionError(f"no process of {address}")
