"""As many pods as declared, whatever becomes of one; which goes first when there are too many."""

from __future__ import annotations

import http.client
import urllib.error
from typing import Any

import pytest

from localcloud.services.kubernetes.controllers.replicaset import ReplicaSetController
from tests.localcloud.services.kubernetes.bodies import deployment
from tests.localcloud.services.kubernetes.harness import existing, fetch, wait
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.localcloud.services.kubernetes.kube import Kube, address_of, container_of, is_ready, meta, names


def test_a_deleted_and_a_crashed_pod_are_replaced(kube: Kube, namespace: str) -> None:
    kube.deploy(namespace, deployment())
    first, second = kube.ready(namespace, 2)
    (deleted, crashed) = names([first, second])
    kube.core.delete_namespaced_pod(deleted, namespace)

    def replaced() -> bool:
        pods = kube.pods(namespace)
        return len(pods) == 2 and deleted not in names(pods) and all(map(is_ready, pods))

    wait(replaced, "the deleted pod is replaced")
    with pytest.raises((urllib.error.URLError, ConnectionError, http.client.HTTPException)):
        fetch(address_of(second), "/exit?3")
    wait(lambda: existing(container_of(kube.pod(namespace, crashed))).ready, "it is ready again")
    status = kube.restarted(namespace, crashed)
    ended = existing(existing(status.last_state).terminated)
    assert (status.restart_count, ended.exit_code, ended.reason) == (1, 3, "Error")
    assert meta(kube.pod(namespace, crashed)).uid == meta(second).uid


def replica_set(replicas: int) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "x"}}, "template": template}
    return {"metadata": {"name": "set"}, "spec": spec}


def pods(cluster: InProcess) -> list[str]:
    return [pod["metadata"]["name"] for pod in cluster.store.list("pods", "default")]


def test_pods_are_made_with_their_owner_and_a_fitting_one_is_taken_over(in_process: InProcess) -> None:
    stray = {"metadata": {"name": "stray", "labels": {"app": "x"}}, "spec": replica_set(0)["spec"]["template"]["spec"]}
    in_process.create("pods", stray)
    made = in_process.create("replicasets.apps", replica_set(3))
    ReplicaSetController(in_process.cluster).reconcile("default", "set")
    found = in_process.store.list("pods", "default")
    assert len(found) == 3
    assert {owner["uid"] for pod in found for owner in pod["metadata"]["ownerReferences"]} == {made["metadata"]["uid"]}
    assert "stray" in pods(in_process)
    status = in_process.store.require("replicasets.apps", "default", "set")["status"]
    assert (status["replicas"], status["readyReplicas"], status["availableReplicas"]) == (3, 0, 0)


def test_the_least_useful_pods_go_first(in_process: InProcess) -> None:
    in_process.create("replicasets.apps", replica_set(4))
    controller = ReplicaSetController(in_process.cluster)
    controller.reconcile("default", "set")
    unscheduled, cheap, restarted, best = pods(in_process)
    ready = [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}]
    for name in (cheap, restarted, best):
        counts = [{"restartCount": 2 if name == restarted else 0}]
        in_process.store.modify("pods", "default", name, lambda pod: pod["spec"].update(nodeName="n"))
        in_process.set_status("pods", name, phase="Running", conditions=ready, containerStatuses=counts)
    cost = {"controller.kubernetes.io/pod-deletion-cost": "-1"}
    in_process.store.modify("pods", "default", cheap, lambda pod: pod["metadata"].update(annotations=cost))
    for replicas, gone in ((3, unscheduled), (2, cheap), (1, restarted)):
        spec = {"replicas": replicas}
        in_process.store.modify("replicasets.apps", "default", "set", lambda obj, spec=spec: obj["spec"].update(spec))
        controller.reconcile("default", "set")
        left = [pod for pod in in_process.store.list("pods") if "deletionTimestamp" not in pod["metadata"]]
        assert len(left) == replicas
        assert gone not in [pod["metadata"]["name"] for pod in left]
