"""One cluster as a whole: over a kill and a restart of its service, and its nodes after its node pools."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from kubernetes import client, watch

from tests.localcloud.services.kubernetes.bodies import deployment, service
from tests.localcloud.services.kubernetes.gke.processes import pid_of
from tests.localcloud.services.kubernetes.harness import PARENT, Cloud, existing, fetch
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.localcloud.services.kubernetes.kube import Kube, address_of, container_of, meta


@pytest.fixture
def workload(own_cloud: Cloud) -> Kube:
    own_cloud.call("POST", f"{PARENT}/clusters", {"cluster": {"name": "kept", "initialNodeCount": 1}})
    kube = Kube(own_cloud, "kept")
    kube.deploy("default", deployment())
    kube.expose("default", service())
    kube.ready("default", 2)
    return kube


def test_a_killed_service_comes_back_and_a_deleted_cluster_leaves_nothing(own_cloud: Cloud, workload: Kube) -> None:
    version = int(existing(existing(workload.core.list_node().metadata).resource_version))
    before, address, body = workload.pods("default"), workload.service_ip("default"), workload.body
    old = {pid_of(own_cloud, address_of(pod)) for pod in before}
    own_cloud.stop("kubernetes", signal.SIGKILL)
    assert old <= set(own_cloud.processes_of_pods())
    own_cloud.start("kubernetes")
    workload.connect()
    assert workload.body["endpoint"] == body["endpoint"]
    assert workload.body["masterAuth"] == body["masterAuth"]
    with pytest.raises(client.ApiException, match="too old resource version"):
        next(watch.Watch().stream(workload.core.list_node, resource_version=str(version - 1)))
    after = workload.ready("default", 2)
    assert {meta(pod).uid for pod in after} == {meta(pod).uid for pod in before}
    assert {address_of(pod) for pod in after} == {address_of(pod) for pod in before}
    statuses = [existing(container_of(pod)) for pod in after]
    assert {status.restart_count for status in statuses} == {1}
    ended = existing(existing(statuses[0].last_state).terminated)
    assert (ended.reason, ended.exit_code) == ("NodeRestarted", 137)
    assert old.isdisjoint(own_cloud.processes_of_pods())
    assert workload.service_ip("default") == address
    assert fetch(address)["env"]["COLOUR"] == "blue"

    own_cloud.stop("kubernetes")
    assert own_cloud.processes_of_pods() == []
    own_cloud.start("kubernetes")
    workload.connect()
    workload.ready("default", 2)

    others = set(own_cloud.processes_of_pods())
    own_cloud.done(own_cloud.call("DELETE", f"{PARENT}/clusters/kept"))
    left = set(own_cloud.processes_of_pods())
    assert len(others - left) >= 2
    assert not any("kept" in path.name for path in (own_cloud.settings.home / "kubernetes" / "state").iterdir())


def node(name: str, taint: str = "", **labels: str) -> dict[str, Any]:
    taints = [{"key": taint, "value": "", "effect": "NoSchedule"}] if taint else []
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": taints},
        "status": {"capacity": {"cpu": "2"}},
    }


def test_nodes_follow_their_pools_and_keep_what_others_put_on_them(in_process: InProcess) -> None:
    runtime, store = in_process.runtime, in_process.store
    runtime.set_nodes([node("a", old="1", both="1"), node("b")])
    assert store.require("nodes", "", "a")["status"]["capacity"] == {"cpu": "2"}
    store.modify("nodes", "", "a", lambda obj: obj["metadata"]["labels"].update(theirs="1"))
    runtime.set_nodes([node("a", taint="spot", both="2")])
    (left,) = store.list("nodes")
    assert left["metadata"]["labels"] == {"both": "2", "theirs": "1"}
    assert [taint["key"] for taint in left["spec"]["taints"]] == ["spot"]
