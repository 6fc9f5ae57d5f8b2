"""A pod on its node: init containers first, an address of its own, its class of service."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from localcloud.services.kubernetes.api.addresses import PODS
from localcloud.services.kubernetes.api.errors import ApiError
from localcloud.services.kubernetes.api.store import Change
from localcloud.services.kubernetes.node import pod as pods
from tests.localcloud.services.kubernetes.bodies import shell
from tests.localcloud.services.kubernetes.harness import APP, existing
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.localcloud.services.kubernetes.kube import Kube
from tests.waiting import PATIENCE_S


def test_init_containers_come_first(kube: Kube, namespace: str) -> None:
    body = shell("ordered", "echo main")
    body["spec"]["initContainers"] = [
        {"name": f"init-{n}", "image": f"{APP}:blue", "command": ["/bin/sh", "-c", f"echo init {n}"]} for n in (1, 2)
    ]
    kube.start(namespace, body)
    statuses = existing(kube.phase(namespace, "ordered", "Succeeded").init_container_statuses)
    assert [existing(existing(entry.state).terminated).exit_code for entry in statuses] == [0, 0]
    assert kube.log(namespace, "ordered", container="init-2") == "init 2\n"


def pod_of(name: str, node: str = "one", **container: Any) -> dict[str, Any]:
    spec = {"nodeName": node, "containers": [{"name": "main", "image": "nowhere/missing:1", **container}]}
    return {"metadata": {"name": name}, "spec": spec}


def test_a_pod_waits_for_an_address_and_the_finished_give_theirs_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pods, "ADDRESS_RETRY_SECONDS", 0.01)

    async def scenario() -> None:
        cluster, refused, given = InProcess(tmp_path), asyncio.Event(), asyncio.Event()
        store, addresses, kubelet = cluster.store, cluster.cluster.addresses, cluster.runtime.kubelet
        for number in range(len(PODS)):
            cluster.create("pods", pod_of(f"p{number}", node=""))
            cluster.set_status("pods", f"p{number}", podIP=addresses.for_pod())
        with pytest.raises(ApiError, match="all 190 pod addresses"):
            addresses.for_pod()
        cluster.create("pods", pod_of("late"))

        def look(change: Change) -> None:
            if change.resource == "events" and change.object["reason"] == "FailedCreatePodSandBox":
                refused.set()
            if change.object["metadata"]["name"] == "late" and change.object["status"].get("podIP"):
                given.set()

        store.subscribe(look)
        kubelet.start()
        await asyncio.wait_for(refused.wait(), PATIENCE_S)
        assert "podIP" not in store.require("pods", "default", "late")["status"]
        free = store.require("pods", "default", "p7")["status"]["podIP"]
        cluster.set_status("pods", "p7", phase="Succeeded")
        await asyncio.wait_for(given.wait(), PATIENCE_S)
        assert store.require("pods", "default", "late")["status"]["podIP"] == free
        await kubelet.shutdown(0.0)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("resources", "quality"),
    [
        ({"limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),  # requests are the limits where they are left out
        ({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}, "Burstable"),
        ({"limits": {"cpu": "1"}}, "Burstable"),
        ({"requests": {"memory": "1Gi"}}, "Burstable"),
        ({}, "BestEffort"),
    ],
)
def test_classes_of_service(tmp_path: Path, resources: dict[str, Any], quality: str) -> None:
    async def scenario() -> None:
        cluster, given = InProcess(tmp_path), asyncio.Event()
        cluster.create("pods", pod_of("p", resources=resources))
        cluster.store.subscribe(lambda change: given.set() if change.object.get("status", {}).get("podIP") else None)
        cluster.runtime.kubelet.start()
        await asyncio.wait_for(given.wait(), PATIENCE_S)
        status = cluster.store.require("pods", "default", "p")["status"]
        assert (status["qosClass"], status["hostIP"]) == (quality, cluster.cluster.addresses.host)
        await cluster.runtime.kubelet.shutdown(0.0)

    asyncio.run(scenario())
