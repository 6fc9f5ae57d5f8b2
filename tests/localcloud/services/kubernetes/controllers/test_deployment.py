"""Rollouts of Deployments, through the official client."""

from __future__ import annotations

import http.client
import threading

from kubernetes import client

from tests.localcloud.services.kubernetes.bodies import deployment, image_patch, service
from tests.localcloud.services.kubernetes.harness import APP, existing, fetch, wait
from tests.localcloud.services.kubernetes.kube import (
    Kube,
    address_of,
    conditions,
    container_of,
    meta,
    names,
)

REVISION = "deployment.kubernetes.io/revision"


class Load:
    """Requests in a row from a few threads until told to stop; keeps what failed."""

    def __init__(self, address: str, threads: int = 3) -> None:
        self.stopped, self.failures, self.colours = threading.Event(), list[str](), set[str]()
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


def image_of(pod: client.V1Pod) -> str | None:
    return existing(pod.spec).containers[0].image


def revision(found: client.V1Deployment) -> str:
    return existing(meta(found).annotations)[REVISION]


def sets(kube: Kube, namespace: str) -> list[client.V1ReplicaSet]:
    return kube.apps.list_namespaced_replica_set(namespace).items


def test_rollout_and_an_address_for_each_pod(kube: Kube, namespace: str) -> None:
    kube.deploy(namespace, deployment())
    found = kube.rolled_out(namespace)
    assert conditions(found)["Available"] == ("True", "MinimumReplicasAvailable")
    assert conditions(found)["Progressing"] == ("True", "NewReplicaSetAvailable")
    assert revision(found) == "1"
    pods = kube.ready(namespace, 2)
    addresses = {address_of(pod) for pod in pods}
    network = ".".join(kube.body["endpoint"].split(".")[:3])
    assert len(addresses) == 2
    assert all(address.startswith(f"{network}.") for address in addresses)
    for address in addresses:
        answer = fetch(address)
        assert (answer["env"]["COLOUR"], answer["env"]["POD_IP"]) == ("blue", address)
        assert answer["args"] == [f"--host={address}", "--port=8080"]
    assert {existing(pod.spec).node_name for pod in pods} == {"gke-one-main"}
    assert all(existing(container_of(pod)).restart_count == 0 for pod in pods)


def test_rolling_update_loses_no_request(kube: Kube, namespace: str) -> None:
    kube.deploy(namespace, deployment())
    kube.expose(namespace, service())
    kube.ready(namespace, 2)
    with Load(kube.service_ip(namespace)) as load:
        kube.apps.patch_namespaced_deployment("web", namespace, image_patch("green"))
        found = kube.rolled_out(namespace)
        pods = kube.ready(namespace, 2)
    assert (load.failures, load.colours) == ([], {"blue", "green"})
    assert {image_of(pod) for pod in pods} == {f"{APP}:green"}
    assert revision(found) == "2"
    specs = sorted((existing(entry.spec) for entry in sets(kube, namespace)), key=lambda spec: spec.replicas or 0)
    assert [spec.replicas for spec in specs] == [0, 2]
    assert existing(existing(specs[0].template).spec).containers[0].image == f"{APP}:blue"


def test_a_deployment_made_again_takes_over_the_orphans(kube: Kube, namespace: str) -> None:
    kube.deploy(namespace, deployment())
    before = {meta(pod).uid for pod in kube.ready(namespace, 2)}
    kube.apps.delete_namespaced_deployment("web", namespace, propagation_policy="Orphan")
    wait(lambda: not kube.apps.list_namespaced_deployment(namespace).items, "the deployment is gone")
    made = kube.deploy(namespace, deployment())
    kube.rolled_out(namespace)
    assert {meta(pod).uid for pod in kube.pods(namespace)} == before
    (kept,) = sets(kube, namespace)
    assert [owner.uid for owner in existing(meta(kept).owner_references)] == [meta(made).uid]


def test_recreate_never_mixes_templates(kube: Kube, namespace: str) -> None:
    body = deployment()
    body["spec"]["strategy"] = {"type": "Recreate"}
    kube.deploy(namespace, body)
    kube.ready(namespace, 2)
    kube.apps.patch_namespaced_deployment("web", namespace, image_patch("green"))
    seen: list[set[str | None]] = []

    def only_new() -> bool:
        pods = [pod for pod in kube.pods(namespace) if existing(pod.status).phase not in {"Succeeded", "Failed"}]
        seen.append({image_of(pod) for pod in pods})
        return seen[-1] == {f"{APP}:green"}

    wait(only_new, "the new pods")
    assert all(len(entry) <= 1 for entry in seen)
    kube.rolled_out(namespace)


def test_scale_up_and_down(kube: Kube, namespace: str) -> None:
    kube.deploy(namespace, deployment(replicas=1))
    kube.ready(namespace, 1)
    kube.apps.patch_namespaced_deployment_scale("web", namespace, {"spec": {"replicas": 3}})
    kube.ready(namespace, 3)
    scale = kube.apps.read_namespaced_deployment_scale("web", namespace)
    spec = existing(scale.spec)
    assert (spec.replicas, existing(scale.status).selector) == (3, "app=web")
    spec.replicas = 0
    kube.apps.replace_namespaced_deployment_scale("web", namespace, scale)
    wait(lambda: names(kube.pods(namespace)) == [], "no pods")
