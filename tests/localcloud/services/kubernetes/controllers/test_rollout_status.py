"""What the conditions of a Deployment say about a rollout that does not succeed."""

from __future__ import annotations

from tests.localcloud.services.kubernetes.bodies import config_map, deployment, image_patch, service
from tests.localcloud.services.kubernetes.harness import existing, fetch
from tests.localcloud.services.kubernetes.kube import Kube, conditions, container_of, is_ready, meta


def test_a_broken_update_leaves_the_service_up_and_can_be_taken_back(kube: Kube, namespace: str) -> None:
    body = deployment()
    body["spec"]["progressDeadlineSeconds"] = 1
    kube.deploy(namespace, body)
    kube.expose(namespace, service())
    kube.rolled_out(namespace)
    address = kube.service_ip(namespace)
    kube.apps.patch_namespaced_deployment("web", namespace, image_patch("missing"))
    found = kube.progressing(namespace, "ProgressDeadlineExceeded")
    assert conditions(found)["Progressing"][0] == "False"
    assert conditions(found)["Available"][0] == "True"
    assert existing(found.status).available_replicas == 2
    assert {fetch(address)["env"]["COLOUR"] for _ in range(4)} == {"blue"}
    (waiting,) = (pod for pod in kube.pods(namespace) if not is_ready(pod))
    state = existing(existing(existing(container_of(waiting)).state).waiting)
    assert state.reason in {"ErrImagePull", "ImagePullBackOff"}
    assert "build it with localcloud build" in existing(state.message)
    kube.apps.patch_namespaced_deployment("web", namespace, image_patch("blue"))
    kube.rolled_out(namespace)
    kube.ready(namespace, 2)


def test_a_roll_back_that_fails_misses_its_deadline(kube: Kube, namespace: str) -> None:
    kube.configure(namespace, config_map("first", key="1"))
    env = [{"name": "KEY", "valueFrom": {"configMapKeyRef": {"name": "first", "key": "key"}}}]
    body = deployment(replicas=1, env=env)
    body["spec"]["progressDeadlineSeconds"] = 1
    kube.deploy(namespace, body)
    kube.rolled_out(namespace)
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web"
    kube.call("PUT", path, deployment(replicas=1, tag="green"))
    kube.rolled_out(namespace)
    kube.core.delete_namespaced_config_map("first", namespace)
    kube.call("PUT", path, body)
    found = kube.progressing(namespace, "ProgressDeadlineExceeded")
    assert conditions(found)["Progressing"][0] == "False"
    assert existing(meta(found).annotations)["deployment.kubernetes.io/revision"] == "3"
    assert len(kube.apps.list_namespaced_replica_set(namespace).items) == 2
