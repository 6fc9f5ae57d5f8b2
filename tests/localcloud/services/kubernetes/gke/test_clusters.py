"""Clusters, node pools and operations of the GKE API."""

from __future__ import annotations

import base64
import signal
import socket
import ssl
import urllib.request
from typing import Any

from tests.localcloud.services.kubernetes.bodies import deployment
from tests.localcloud.services.kubernetes.gke.processes import pid_of
from tests.localcloud.services.kubernetes.harness import PARENT, Cloud
from tests.localcloud.services.kubernetes.kube import Kube, address_of, meta, names


def code(answer: dict[str, Any]) -> tuple[int, str]:
    return answer["error"]["code"], answer["error"]["message"]


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
    nodes = {meta(node).name: meta(node).labels or {} for node in kube.core.list_node().items}
    assert set(nodes) == {"gke-records-default-pool", "gke-records-spot"}
    assert nodes["gke-records-spot"]["cloud.google.com/gke-spot"] == "true"
    assert nodes["gke-records-spot"]["x"] == "y"
    kube.core.patch_node("gke-records-spot", {"metadata": {"labels": {"by-hand": "z"}}})
    cloud.call("PUT", f"{path}/nodePools/spot", {"labels": {"labels": {"w": "y"}}})
    found = meta(kube.core.read_node("gke-records-spot")).labels or {}
    assert (found["w"], found["by-hand"], "x" in found) == ("y", "z", False)
    cloud.call("DELETE", f"{path}/nodePools/default-pool")
    assert names(kube.core.list_node().items) == ["gke-records-spot"]
    cloud.done(cloud.call("DELETE", path))
    assert code(cloud.call("GET", path))[0] == 404


def test_a_cluster_that_could_not_be_started_leaves_nothing(own_cloud: Cloud) -> None:
    own_cloud.call("POST", f"{PARENT}/clusters", {"cluster": {"name": "taken", "initialNodeCount": 1}})
    kube = Kube(own_cloud, "taken")
    kube.deploy("default", deployment(replicas=1))
    process = pid_of(own_cloud, address_of(kube.ready("default", 1)[0]))
    own_cloud.stop("kubernetes", signal.SIGKILL)
    host, port = kube.body["endpoint"].split(":")
    with socket.create_server((host, int(port))):
        own_cloud.start("kubernetes")
        body = own_cloud.call("GET", f"{PARENT}/clusters/taken")
        assert (body["status"], "can't listen" in body["statusMessage"]) == ("DEGRADED", True)
        assert process in own_cloud.processes_of_pods()
        own_cloud.done(own_cloud.call("DELETE", f"{PARENT}/clusters/taken"))
    assert process not in own_cloud.processes_of_pods()
    assert code(own_cloud.call("GET", f"{PARENT}/clusters/taken"))[0] == 404
