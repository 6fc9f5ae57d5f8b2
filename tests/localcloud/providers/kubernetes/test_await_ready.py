"""Waiting until an object does what it is for."""

from __future__ import annotations

import threading
from typing import Any, cast

import grpc
import pytest

from localcloud.providers.kubernetes import await_ready
from localcloud.providers.kubernetes.client import KubernetesClient
from localcloud.providers.waiting import Patience
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_kubernetes import FakeCluster
from tests.localcloud.providers.kubernetes.objects import DEPLOYMENT, SERVICE, deployment


def test_failed_rollout_is_an_initialization_failure(kubernetes: Engine, cluster: FakeCluster) -> None:
    cluster.looks = -1
    with pytest.raises(grpc.RpcError) as caught:
        kubernetes.create(DEPLOYMENT, "serving", deployment())
    state, reasons = kubernetes.failed(caught.value, DEPLOYMENT, "serving", deployment())
    assert state.id == "default/serving"
    assert reasons == [
        "Deployment 'default/serving': rollout failed: ReplicaSet has timed out progressing",
        "pod serving-1, container main: CrashLoopBackOff exit code 1",
    ]
    assert state.outputs["spec"]["replicas"] == 2


def test_rollout_that_takes_too_long_says_what_it_waits_for(kubernetes: Engine, cluster: FakeCluster) -> None:
    cluster.looks = 1_000_000
    slow = deployment()
    slow["metadata"]["annotations"] = {"pulumi.com/timeoutSeconds": "0.3"}
    with pytest.raises(grpc.RpcError, match=r"not ready within 0\.3 s: 0 of 2 replicas available"):
        kubernetes.create(DEPLOYMENT, "serving", slow)


def test_load_balancer_is_awaited(kubernetes: Engine) -> None:
    spec = {"type": "LoadBalancer", "ports": [{"port": 80}], "selector": {"app": "serving"}}
    state = kubernetes.create(SERVICE, "serving", {"metadata": {"name": "serving"}, "spec": spec})
    assert state.outputs is not None
    assert state.outputs["status"]["loadBalancer"]["ingress"] == [{"ip": "127.30.0.9"}]


def test_a_load_balancer_whose_ports_can_not_be_had_fails_at_once() -> None:
    message = "can't listen on 127.0.0.1:8080: Address already in use (end the program that has it, or choose another)"
    conditions = [{"type": "LoadBalancerPortsError", "status": "True", "message": message}]
    status = {"loadBalancer": {}, "conditions": conditions}
    found = {"kind": "Service", "metadata": {"name": "s"}, "spec": {"type": "LoadBalancer"}, "status": status}
    patience = Patience(60, threading.Event(), lambda line: None)
    with pytest.raises(await_ready.NotReadyError) as caught:
        await_ready.wait_ready(cast(KubernetesClient, None), "/x", found, patience)
    assert caught.value.reasons == [message]


def test_a_deletion_that_takes_long_is_told_of_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Client:
        looks = 0

        def find(self, path: str) -> dict[str, Any] | None:
            self.looks += 1
            return {} if self.looks < 4 else None

    monkeypatch.setattr(await_ready, "POLL_S", 0)
    told: list[str] = []
    await_ready.wait_gone(cast(KubernetesClient, Client()), "/x", Patience(60, threading.Event(), told.append))
    assert told == ["waiting until it is gone"]
