"""What a workload selects and takes over, and what another number of replicas is to it."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.kubernetes.controllers.deployment import DeploymentController
from localcloud.services.kubernetes.controllers.replicaset import ReplicaSetController
from localcloud.services.kubernetes.controllers.workload import set_replicas
from tests.localcloud.services.kubernetes.bodies import deployment
from tests.localcloud.services.kubernetes.in_process import InProcess, ready_pod


@pytest.fixture
def made(in_process: InProcess) -> dict[str, Any]:
    """A ReplicaSet of pods with app=web."""
    template = deployment()["spec"]["template"]
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    return in_process.create("replicasets.apps", {"metadata": {"name": "set", "labels": {"app": "web"}}, "spec": spec})


def test_workloads_are_found_by_what_they_select(in_process: InProcess, made: dict[str, Any]) -> None:
    in_process.create("deployments.apps", deployment())
    in_process.create("deployments.apps", deployment("other"))
    (found,) = DeploymentController(in_process.cluster).selecting(made)
    assert found["metadata"]["name"] == "web"
    sets = ReplicaSetController(in_process.cluster)
    assert sets.selecting(ready_pod("p", "127.1.1.2", app="web")) == [made]
    assert sets.selecting(ready_pod("p", "127.1.1.2", app="other")) == []


def test_only_what_fits_has_no_manager_and_is_wanted_is_taken_over(in_process: InProcess, made: dict[str, Any]) -> None:
    managed = ready_pod("managed", "127.1.1.3", app="web")
    managed["metadata"]["ownerReferences"] = [{"uid": "another", "controller": True}]
    done = ready_pod("done", "127.1.1.4", app="web")
    done["status"]["phase"] = "Succeeded"
    for pod in (ready_pod("free", "127.1.1.2", app="web"), ready_pod("other", "127.1.1.5", app="x"), managed, done):
        in_process.store.create("pods", pod)
    ReplicaSetController(in_process.cluster).adopt(made, lambda pod: pod["status"]["phase"] == "Running")
    pods = in_process.store.list("pods")
    owners = {pod["metadata"]["name"]: [o["uid"] for o in pod["metadata"].get("ownerReferences", [])] for pod in pods}
    assert owners == {"done": [], "free": [made["metadata"]["uid"]], "managed": ["another"], "other": []}


def test_another_number_of_replicas_is_a_new_generation(in_process: InProcess, made: dict[str, Any]) -> None:
    changed = set_replicas(in_process.store, "replicasets.apps", made, 5)
    assert (changed["spec"]["replicas"], changed["metadata"]["generation"]) == (5, 2)
    assert in_process.store.require("replicasets.apps", "default", "set") == changed
