"""Deployments, Services and autoscaling through the official client."""

from __future__ import annotations

import http.client
import json
import threading
import urllib.error
from typing import Any

import pytest
from kubernetes import client

from tests.localcloud.services.kubernetes.harness import APP, Kube, changes, deployment, fetch, is_ready, service, wait


class Load:
    """Requests in a row from a few threads until told to stop; keeps what failed."""

    def __init__(self, address: str, threads: int = 3) -> None:
        self.stopped, self.failures, self.colours = threading.Event(), [], set[str]()
        self.address = address
        self.threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def _run(self) -> None:
        while not self.stopped.is_set():
            try:
                self.colours.add(fetch(self.address)["env"]["COLOUR"])
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.failures.append(repr(error))

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def rolled_out(kube: Kube, namespace: str, name: str = "web") -> Any:
    def look() -> Any:
        found = kube.apps.read_namespaced_deployment(name, namespace)
        status, replicas = found.status, found.spec.replicas
        if status is None:  # no controller has looked at it yet
            return None
        current = status.observed_generation == found.metadata.generation
        complete = (status.updated_replicas, status.replicas, status.available_replicas) == (replicas,) * 3
        return found if current and complete else None

    return wait(look, f"rollout of {name}")


def conditions(found: Any) -> dict[str, tuple[str, str]]:
    return {entry.type: (entry.status, entry.reason) for entry in found.status.conditions}


def test_rollout_and_an_address_for_each_pod(kube: Kube, namespace: str) -> None:
    kube.apps.create_namespaced_deployment(namespace, deployment())
    found = rolled_out(kube, namespace)
    assert conditions(found)["Available"] == ("True", "MinimumReplicasAvailable")
    assert conditions(found)["Progressing"] == ("True", "NewReplicaSetAvailable")
    assert found.metadata.annotations["deployment.kubernetes.io/revision"] == "1"
    pods = kube.ready(namespace, 2)
    addresses = {pod.status.pod_ip for pod in pods}
    network = ".".join(kube.body["endpoint"].split(".")[:3])
    assert len(addresses) == 2
    assert all(address.startswith(f"{network}.") for address in addresses)
    for address in addresses:
        answer = fetch(address)
        assert (answer["env"]["COLOUR"], answer["env"]["POD_IP"]) == ("blue", address)
        assert answer["args"] == [f"--host={address}", "--port=8080"]
    assert {pod.spec.node_name for pod in pods} == {"gke-one-main"}
    assert all(pod.status.container_statuses[0].restart_count == 0 for pod in pods)


def test_service_balances_over_ready_pods_only(kube: Kube, namespace: str) -> None:
    kube.apps.create_namespaced_deployment(namespace, deployment())
    kube.core.create_namespaced_service(namespace, service())
    pods = kube.ready(namespace, 2)
    address = kube.service_ip(namespace)
    cluster_ip = kube.core.read_namespaced_service("web", namespace).spec.cluster_ip
    assert address != cluster_ip
    for entry in (address, cluster_ip):
        assert {fetch(entry)["env"]["POD_IP"] for _ in range(6)} == {pod.status.pod_ip for pod in pods}
    first, second = (pod.status.pod_ip for pod in pods)
    fetch(first, "/unready")
    wait(lambda: [is_ready(pod) for pod in kube.pods(namespace)].count(False) == 1, "one pod unready")
    assert {fetch(address)["env"]["POD_IP"] for _ in range(6)} == {second}
    endpoints = kube.core.read_namespaced_endpoints("web", namespace).subsets[0]
    assert [entry.ip for entry in endpoints.addresses] == [second]
    assert [entry.ip for entry in endpoints.not_ready_addresses] == [first]
    assert any("503" in message for message in kube.events(namespace, "Unhealthy"))


def test_a_service_without_ready_pods_refuses(kube: Kube, namespace: str) -> None:
    kube.core.create_namespaced_service(namespace, service())
    with pytest.raises((urllib.error.URLError, ConnectionError, http.client.HTTPException)):
        fetch(kube.service_ip(namespace))


def test_rolling_update_loses_no_request(kube: Kube, namespace: str) -> None:
    kube.apps.create_namespaced_deployment(namespace, deployment())
    kube.core.create_namespaced_service(namespace, service())
    kube.ready(namespace, 2)
    with Load(kube.service_ip(namespace)) as load:
        image = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": f"{APP}:green"}]}}}}
        kube.apps.patch_namespaced_deployment("web", namespace, image)
        found = rolled_out(kube, namespace)
        pods = kube.ready(namespace, 2)
    assert (load.failures, load.colours) == ([], {"blue", "green"})
    assert {pod.spec.containers[0].image for pod in pods} == {f"{APP}:green"}
    assert found.metadata.annotations["deployment.kubernetes.io/revision"] == "2"
    sets = kube.apps.list_namespaced_replica_set(namespace).items
    assert sorted(entry.spec.replicas for entry in sets) == [0, 2]
    template = min(sets, key=lambda entry: entry.spec.replicas).spec.template.to_dict()
    assert template["spec"]["containers"][0]["image"] == f"{APP}:blue"


def test_a_broken_update_leaves_the_service_up_and_can_be_taken_back(kube: Kube, namespace: str) -> None:
    body = deployment()
    body["spec"]["progressDeadlineSeconds"] = 2
    kube.apps.create_namespaced_deployment(namespace, body)
    kube.core.create_namespaced_service(namespace, service())
    kube.ready(namespace, 2)
    address = kube.service_ip(namespace)

    def set_image(tag: str) -> None:
        patch = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": f"{APP}:{tag}"}]}}}}
        kube.apps.patch_namespaced_deployment("web", namespace, patch)

    set_image("missing")

    def stuck() -> bool:
        found = kube.apps.read_namespaced_deployment("web", namespace)
        return conditions(found)["Progressing"] == ("False", "ProgressDeadlineExceeded")

    wait(stuck, "the progress deadline")
    found = kube.apps.read_namespaced_deployment("web", namespace)
    assert conditions(found)["Available"][0] == "True"
    assert found.status.available_replicas == 2
    assert {fetch(address)["env"]["COLOUR"] for _ in range(4)} == {"blue"}
    waiting = [pod for pod in kube.pods(namespace) if not is_ready(pod)]
    state = waiting[0].status.container_statuses[0].state.waiting
    assert state.reason in {"ErrImagePull", "ImagePullBackOff"}
    assert "build it with localcloud build" in state.message
    set_image("blue")
    rolled_out(kube, namespace)
    kube.ready(namespace, 2)


def test_a_roll_back_that_fails_misses_its_deadline(kube: Kube, namespace: str) -> None:
    kube.core.create_namespaced_config_map(namespace, {"metadata": {"name": "first"}, "data": {"key": "1"}})
    env = [{"name": "KEY", "valueFrom": {"configMapKeyRef": {"name": "first", "key": "key"}}}]
    body = deployment(replicas=1, env=env)
    body["spec"]["progressDeadlineSeconds"] = 2
    kube.apps.create_namespaced_deployment(namespace, body)
    rolled_out(kube, namespace)
    kube.apps.replace_namespaced_deployment("web", namespace, deployment(replicas=1, tag="green"))
    rolled_out(kube, namespace)
    kube.core.delete_namespaced_config_map("first", namespace)
    kube.apps.replace_namespaced_deployment("web", namespace, body)

    def progressing() -> Any:
        found = kube.apps.read_namespaced_deployment("web", namespace)
        return conditions(found)["Progressing"] == ("False", "ProgressDeadlineExceeded") and found

    found = wait(progressing, "the progress deadline")
    assert found.metadata.annotations["deployment.kubernetes.io/revision"] == "3"
    assert len(kube.apps.list_namespaced_replica_set(namespace).items) == 2


def test_a_deployment_made_again_takes_over_the_orphans(kube: Kube, namespace: str) -> None:
    kube.apps.create_namespaced_deployment(namespace, deployment())
    before = {pod.metadata.uid for pod in kube.ready(namespace, 2)}
    kube.apps.delete_namespaced_deployment("web", namespace, propagation_policy="Orphan")
    wait(lambda: not kube.apps.list_namespaced_deployment(namespace).items, "the deployment is gone")
    made = kube.apps.create_namespaced_deployment(namespace, deployment())
    rolled_out(kube, namespace)
    assert {pod.metadata.uid for pod in kube.pods(namespace)} == before
    (kept,) = kube.apps.list_namespaced_replica_set(namespace).items
    assert [owner.uid for owner in kept.metadata.owner_references] == [made.metadata.uid]


def test_scale_up_and_down(kube: Kube, namespace: str) -> None:
    kube.apps.create_namespaced_deployment(namespace, deployment(replicas=1))
    kube.ready(namespace, 1)
    kube.apps.patch_namespaced_deployment_scale("web", namespace, {"spec": {"replicas": 3}})
    kube.ready(namespace, 3)
    scale = kube.apps.read_namespaced_deployment_scale("web", namespace)
    assert (scale.spec.replicas, scale.status.selector) == (3, "app=web")
    scale.spec.replicas = 0
    kube.apps.replace_namespaced_deployment_scale("web", namespace, scale)
    wait(lambda: kube.pods(namespace) == [], "no pods")


def test_a_deleted_and_a_crashed_pod_are_replaced(kube: Kube, namespace: str) -> None:
    kube.apps.create_namespaced_deployment(namespace, deployment())
    first, second = kube.ready(namespace, 2)
    kube.core.delete_namespaced_pod(first.metadata.name, namespace)

    def replaced() -> Any:
        pods = kube.pods(namespace)
        names = {pod.metadata.name for pod in pods}
        return len(pods) == 2 and first.metadata.name not in names and all(map(is_ready, pods))

    wait(replaced, "the deleted pod is replaced")
    with pytest.raises((urllib.error.URLError, ConnectionError, http.client.HTTPException)):
        fetch(second.status.pod_ip, "/exit?3")

    def restarted() -> Any:
        status = kube.core.read_namespaced_pod(second.metadata.name, namespace).status.container_statuses[0]
        return status if status.restart_count == 1 and status.ready else None

    ended = wait(restarted, "the crashed container is started again").last_state.terminated
    assert (ended.exit_code, ended.reason) == (3, "Error")


def test_autoscaler_follows_cpu(kube: Kube, namespace: str) -> None:
    kube.apps.create_namespaced_deployment(namespace, deployment(replicas=1))
    kube.ready(namespace, 1)
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 2}
    spec["metrics"] = [{"type": "Resource", "resource": cpu}]
    spec["behavior"] = {"scaleDown": {"stabilizationWindowSeconds": 0}}
    kube.scaling.create_namespaced_horizontal_pod_autoscaler(
        namespace, {"metadata": {"name": "web"}, "spec": spec}
    )  # fmt: skip
    pod_ip = kube.pods(namespace)[0].status.pod_ip
    busy = threading.Thread(target=fetch, args=(pod_ip, "/busy"))
    busy.start()
    kube.ready(namespace, 2)
    fetch(pod_ip, "/calm")
    busy.join()
    assert "New size: 2" in kube.events(namespace, "SuccessfulRescale")
    kube.ready(namespace, 1)

    def settled() -> Any:
        found = kube.scaling.read_namespaced_horizontal_pod_autoscaler("web", namespace)
        return found if found.status.desired_replicas == 1 else None

    found = wait(settled, "the autoscaler has settled")
    assert conditions(found)["ScalingActive"] == ("True", "ValidMetricFound")
    assert found.status.current_metrics[0].resource.current.average_utilization < 50


def test_eviction_honours_the_budget(kube: Kube, namespace: str) -> None:
    kube.apps.create_namespaced_deployment(namespace, deployment())
    spec = {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}}
    kube.policy.create_namespaced_pod_disruption_budget(namespace, {"metadata": {"name": "web"}, "spec": spec})
    pod = kube.ready(namespace, 2)[0]
    eviction = {"metadata": {"name": pod.metadata.name}}
    with pytest.raises(client.ApiException) as refused:
        kube.core.create_namespaced_pod_eviction(pod.metadata.name, namespace, eviction)
    assert refused.value.status == 429
    assert "The disruption budget web allows no disruption now" in json.loads(refused.value.body)["message"]
    kube.policy.patch_namespaced_pod_disruption_budget("web", namespace, {"spec": {"minAvailable": 1}})
    wait(
        lambda: kube.policy.read_namespaced_pod_disruption_budget("web", namespace).status.disruptions_allowed == 1,
        "one disruption allowed",
    )
    kube.core.create_namespaced_pod_eviction(pod.metadata.name, namespace, eviction)
    wait(lambda: pod.metadata.name not in [p.metadata.name for p in kube.pods(namespace)], "the pod is evicted")
    kube.ready(namespace, 2)


def test_foreground_deletion_takes_the_pods_first(kube: Kube, namespace: str) -> None:
    kube.apps.create_namespaced_deployment(namespace, deployment())
    rolled_out(kube, namespace)
    start = kube.apps.list_namespaced_deployment(namespace).metadata.resource_version
    kube.apps.delete_namespaced_deployment("web", namespace, propagation_policy="Foreground")
    *before, (last, _) = changes(kube.apps.list_namespaced_deployment, namespace, start)
    going = [(kind, entry.metadata.finalizers) for kind, entry in before if entry.metadata.deletion_timestamp]
    assert going[0] == ("MODIFIED", ["foregroundDeletion"])
    assert last == "DELETED"
    assert (kube.pods(namespace), kube.apps.list_namespaced_replica_set(namespace).items) == ([], [])


def test_recreate_never_mixes_templates(kube: Kube, namespace: str) -> None:
    body = deployment()
    body["spec"]["strategy"] = {"type": "Recreate"}
    kube.apps.create_namespaced_deployment(namespace, body)
    kube.ready(namespace, 2)
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": f"{APP}:green"}]}}}}
    kube.apps.patch_namespaced_deployment("web", namespace, patch)

    def images() -> set[str]:
        running = [pod for pod in kube.pods(namespace) if pod.status.phase not in {"Succeeded", "Failed"}]
        return {pod.spec.containers[0].image for pod in running}

    seen = []
    wait(lambda: seen.append(images()) or seen[-1] == {f"{APP}:green"}, "the new pods")
    assert all(len(entry) <= 1 for entry in seen)
    rolled_out(kube, namespace)
