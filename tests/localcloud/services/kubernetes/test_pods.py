"""What a pod's processes see, how they are watched and how they end."""

from __future__ import annotations

import base64
import http.client
import json
import urllib.error
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client

from tests.localcloud.services.kubernetes.harness import (
    APP,
    DEADLINE_SECONDS,
    PARENT,
    Cloud,
    Kube,
    call,
    changes,
    deployment,
    fetch,
    is_ready,
    service,
    wait,
)


def pod(name: str, spec: dict[str, Any] | None = None, **container: Any) -> dict[str, Any]:
    template = deployment(**container)["spec"]["template"]
    return {"metadata": {"name": name, "labels": {"app": name}}, "spec": {**template["spec"], **(spec or {})}}


def shell(name: str, script: str, restart: str = "Never", **container: Any) -> dict[str, Any]:
    entry = {"name": "main", "image": f"{APP}:blue", "command": ["/bin/sh", "-c", script], **container}
    spec = {"containers": [entry], "restartPolicy": restart, "terminationGracePeriodSeconds": 5}
    return {"metadata": {"name": name, "labels": {"app": name}}, "spec": spec}


def exec_action(script: str) -> dict[str, Any]:
    return {"exec": {"command": ["/bin/sh", "-c", script]}}


UNLESS_SICK = {**exec_action("test ! -e sick"), "periodSeconds": 1, "failureThreshold": 1}


def scratch(name: str, script: str, grace: int = 5, **container: Any) -> dict[str, Any]:
    """A pod that is started again and again, with files of its own and a folder scratch/ that outlives a start."""
    body = shell(name, script, "Always", **container, volumeMounts=[{"name": "s", "mountPath": "/app/scratch"}])
    body["spec"] |= {"volumes": [{"name": "s", "emptyDir": {}}], "terminationGracePeriodSeconds": grace}
    return body


def follow(kube: Kube, namespace: str, name: str) -> Iterator[bytes]:
    """The chunks of a followed log."""
    read = kube.core.read_namespaced_pod_log
    return read(name, namespace, follow=True, _preload_content=False, _request_timeout=DEADLINE_SECONDS).stream()


def phase(kube: Kube, namespace: str, name: str, wanted: str) -> Any:
    def look() -> Any:
        found = kube.core.read_namespaced_pod(name, namespace)
        return found if found.status.phase == wanted else None

    return wait(look, f"pod {name} is {wanted}")


def output(kube: Kube, namespace: str, name: str, **options: Any) -> str:
    return kube.core.read_namespaced_pod_log(name, namespace, **options)


def test_environment(kube: Kube, namespace: str) -> None:
    kube.core.create_namespaced_service(namespace, service("db"))
    kube.core.create_namespaced_config_map(namespace, {"metadata": {"name": "c"}, "data": {"one": "1", "two": "2"}})
    kube.core.create_namespaced_secret(namespace, {"metadata": {"name": "s"}, "stringData": {"key": "hidden"}})

    def field(path: str) -> dict[str, Any]:
        return {"valueFrom": {"fieldRef": {"fieldPath": path}}}

    env = [
        {"name": "NAME", **field("metadata.name")},
        {"name": "SPACE", **field("metadata.namespace")},
        {"name": "NODE", **field("spec.nodeName")},
        {"name": "ACCOUNT", **field("spec.serviceAccountName")},
        {"name": "LABEL", **field("metadata.labels['app']")},
        {"name": "ONE", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "one"}}},
        {"name": "SECRET", "valueFrom": {"secretKeyRef": {"name": "s", "key": "key"}}},
        {"name": "ABSENT", "valueFrom": {"secretKeyRef": {"name": "s", "key": "nothing", "optional": True}}},
        {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "requests.cpu", "divisor": "1m"}}},
        {"name": "COMBINED", "value": "$(NAME) at $(SPACE) $$(NAME) $(UNKNOWN)"},
    ]
    kube.core.create_namespaced_pod(
        namespace, pod("envy", env=env, envFrom=[{"configMapRef": {"name": "c"}, "prefix": "C_"}])
    )
    found = kube.ready(namespace, 1, "envy")[0]
    seen = fetch(found.status.pod_ip)["env"]
    expected = {
        "NAME": "envy", "SPACE": namespace, "NODE": "gke-one-main", "ACCOUNT": "default", "LABEL": "envy", "ONE": "1",
        "SECRET": "hidden", "C_one": "1", "C_two": "2", "CPU": "100",
        "COMBINED": f"envy at {namespace} $(NAME) $(UNKNOWN)", "POD_IP": found.status.pod_ip, "COLOUR": "blue",
        "DB_SERVICE_HOST": kube.core.read_namespaced_service("db", namespace).spec.cluster_ip,
        "DB_SERVICE_PORT": "8080",
    }  # fmt: skip
    assert {key: seen.get(key) for key in expected} == expected
    assert "ABSENT" not in seen
    assert not [key for key in seen if key.startswith("LOCALCLOUD") or key == "GOOGLE_APPLICATION_CREDENTIALS"]


def test_workload_identity(cloud: Cloud, kube: Kube, namespace: str) -> None:
    email = "reader@a-project.iam.gserviceaccount.com"
    annotations = {"iam.gke.io/gcp-service-account": email}
    kube.core.create_namespaced_service_account(namespace, {"metadata": {"name": "reader", "annotations": annotations}})
    kube.core.create_namespaced_pod(namespace, pod("identified", {"serviceAccountName": "reader"}))
    seen = fetch(kube.ready(namespace, 1, "identified")[0].status.pod_ip)["env"]
    expected = cloud.settings.job_environment(email)
    assert {key: seen[key] for key in expected} == expected
    assert email in kube.events(namespace, "FailedIdentity")[0]


def test_missing_references_keep_a_container_waiting_until_they_are_there(kube: Kube, namespace: str) -> None:
    env = [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "late", "key": "a"}}}]
    kube.core.create_namespaced_pod(namespace, pod("waits", env=env))

    def waiting() -> Any:
        statuses = kube.core.read_namespaced_pod("waits", namespace).status.container_statuses
        return statuses[0].state.waiting if statuses and statuses[0].state.waiting.message else None

    state = wait(waiting, "the container waits")
    assert (state.reason, state.message) == ("CreateContainerConfigError", 'configmap "late" not found')
    kube.core.create_namespaced_config_map(namespace, {"metadata": {"name": "late"}, "data": {"a": "here"}})
    assert fetch(kube.ready(namespace, 1, "waits")[0].status.pod_ip)["env"]["A"] == "here"


def test_a_value_that_is_no_text_is_refused_as_a_variable(kube: Kube, namespace: str) -> None:
    binary = {"metadata": {"name": "binary"}, "data": {"key": base64.b64encode(b"\xff\x00").decode()}}
    kube.core.create_namespaced_secret(namespace, binary)
    env = [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "binary", "key": "key"}}}]
    kube.core.create_namespaced_pod(namespace, shell("unreadable", "true", env=env))
    message = wait(lambda: kube.events(namespace, "Failed"), "the event")[0]
    assert message.startswith("secrets key key is no text, it can't be a variable")


def test_logs(kube: Kube, namespace: str) -> None:
    kube.core.create_namespaced_pod(namespace, shell("talks", "for n in 1 2 3; do echo line $n; done; echo wrong >&2"))
    phase(kube, namespace, "talks", "Succeeded")
    assert output(kube, namespace, "talks") == "line 1\nline 2\nline 3\nwrong\n"
    assert output(kube, namespace, "talks", tail_lines=2) == "line 3\nwrong\n"
    assert output(kube, namespace, "talks", tail_lines=0) == ""
    assert output(kube, namespace, "talks", follow=True) == "line 1\nline 2\nline 3\nwrong\n"
    assert output(kube, namespace, "talks", limit_bytes=6) == "line 1"
    for wrong in ("container=other", "limitBytes=many", "tailLines=few"):
        assert call(kube, "GET", f"/api/v1/namespaces/{namespace}/pods/talks/log?{wrong}")["code"] == 400


def test_a_followed_log_ends_with_its_container(kube: Kube, namespace: str) -> None:
    kube.core.create_namespaced_pod(namespace, pod("again"))
    address = kube.ready(namespace, 1, "again")[0].status.pod_ip
    chunks = follow(kube, namespace, "again")
    text = next(chunks)
    with pytest.raises((urllib.error.URLError, ConnectionError, http.client.HTTPException)):
        fetch(address, "/exit")
    assert (text + b"".join(chunks)).decode() == f"listening on {address}:8080\n"
    started_again = kube.ready(namespace, 1, "again")[0].status.container_statuses[0]
    assert started_again.restart_count == 1


def test_restart_policies_and_previous_logs(kube: Kube, namespace: str) -> None:
    kube.core.create_namespaced_pod(namespace, shell("never", "exit 4"))
    status = phase(kube, namespace, "never", "Failed").status.container_statuses[0]
    assert (status.state.terminated.exit_code, status.restart_count) == (4, 0)
    kube.core.create_namespaced_pod(namespace, shell("crashes", "echo I; exit 1", "OnFailure"))

    def looping() -> Any:
        statuses = kube.core.read_namespaced_pod("crashes", namespace).status.container_statuses
        return statuses and statuses[0].restart_count >= 1 and statuses[0].state.waiting and statuses[0]

    assert wait(looping, "a crash loop").state.waiting.reason == "CrashLoopBackOff"
    assert output(kube, namespace, "crashes", previous=True) == "I\n"
    assert kube.events(namespace, "BackOff")


def test_init_containers_come_first(kube: Kube, namespace: str) -> None:
    body = shell("ordered", "echo main")
    body["spec"]["initContainers"] = [
        {"name": f"init-{n}", "image": f"{APP}:blue", "command": ["/bin/sh", "-c", f"echo init {n}"]} for n in (1, 2)
    ]
    kube.core.create_namespaced_pod(namespace, body)
    found = phase(kube, namespace, "ordered", "Succeeded")
    assert [entry.state.terminated.exit_code for entry in found.status.init_container_statuses] == [0, 0]
    assert output(kube, namespace, "ordered", container="init-2") == "init 2\n"


def test_liveness_restarts_a_container(kube: Kube, namespace: str) -> None:
    kube.core.create_namespaced_pod(namespace, scratch("lives", "touch sick; sleep 600", livenessProbe=UNLESS_SICK))

    def restarted() -> Any:
        statuses = kube.core.read_namespaced_pod("lives", namespace).status.container_statuses
        return statuses and statuses[0].restart_count >= 1 and statuses[0]

    assert wait(restarted, "the container is restarted").last_state.terminated.signal == 15
    assert any(message.startswith("Liveness probe failed") for message in kube.events(namespace, "Unhealthy"))


def test_a_sick_container_is_ended_once(kube: Kube, namespace: str) -> None:
    script = "if [ -e scratch/ended ]; then cat scratch/ended; else touch sick; fi; sleep 600"
    hook = {"preStop": exec_action("echo once >> scratch/ended; sleep 3")}  # the probe fails again meanwhile
    kube.core.create_namespaced_pod(
        namespace, scratch("slow-end", script, livenessProbe=UNLESS_SICK, lifecycle=hook, grace=60)
    )
    wait(lambda: kube.events(namespace, "Killing"), "the container is ended")

    def second_start() -> str:
        status = kube.pods(namespace, "slow-end")[0].status.container_statuses[0]
        return output(kube, namespace, "slow-end") if status.restart_count else ""

    assert wait(second_start, "the container is started again") == "once\n"


def test_end_of_a_pod_prestop_then_sigterm_then_sigkill(kube: Kube, namespace: str) -> None:
    script = "trap 'cat scratch/hook; echo got TERM' TERM; echo up; while true; do sleep 0.1; done"
    hook = {"preStop": exec_action("echo prestop > scratch/hook")}
    kube.core.create_namespaced_pod(namespace, scratch("stubborn", script, lifecycle=hook))
    kube.ready(namespace, 1, "stubborn")
    chunks = follow(kube, namespace, "stubborn")
    text = next(chunks)
    start = kube.core.list_namespaced_pod(namespace).metadata.resource_version
    kube.core.delete_namespaced_pod("stubborn", namespace, grace_period_seconds=5)
    assert text + b"".join(chunks) == b"up\nprestop\ngot TERM\n"
    seen = changes(kube.core.list_namespaced_pod, namespace, start)
    assert [kind for kind, _ in seen].index("DELETED") == len(seen) - 1
    assert not any(is_ready(entry) for kind, entry in seen[1:])
    assert kube.pods(namespace, "stubborn") == []


def test_a_pre_stop_that_cannot_be_executed_does_not_keep_a_pod(kube: Kube, namespace: str) -> None:
    script = "echo '#!/nowhere' > scratch/hook; chmod +x scratch/hook; echo up; exec sleep 600"
    hook = {"preStop": {"exec": {"command": ["/app/scratch/hook"]}}}
    kube.core.create_namespaced_pod(namespace, scratch("broken-hook", script, lifecycle=hook))
    kube.ready(namespace, 1, "broken-hook")
    next(follow(kube, namespace, "broken-hook"))
    kube.core.delete_namespaced_pod("broken-hook", namespace)
    wait(lambda: kube.pods(namespace, "broken-hook") == [], "the pod is gone")
    assert "No such file or directory" in kube.events(namespace, "FailedPreStopHook")[0]


def test_volumes(kube: Kube, namespace: str) -> None:
    kube.core.create_namespaced_config_map(namespace, {"metadata": {"name": "files"}, "data": {"a.txt": "from a map"}})
    script = "cat config/a.txt /app/config/a.txt && echo x > $SCRATCH/x && cat /scratch/x && echo $TMPDIR && ls"
    mounts = [
        {"name": "files", "mountPath": "/app/config"},
        {"name": "scratch", "mountPath": "/scratch"},
        {"name": "scratch", "mountPath": "/tmp"},
    ]
    body = shell("mounted", script, volumeMounts=mounts, env=[{"name": "SCRATCH", "value": "/scratch"}])
    body["spec"]["volumes"] = [{"name": "files", "configMap": {"name": "files"}}, {"name": "scratch", "emptyDir": {}}]
    kube.core.create_namespaced_pod(namespace, body)
    phase(kube, namespace, "mounted", "Succeeded")
    lines = output(kube, namespace, "mounted").splitlines()
    assert lines[0] == "from a mapfrom a mapx"
    assert lines[1].endswith("/tmp")
    assert lines[2:] == ["config", "server.py"]


@pytest.mark.parametrize(
    ("volume", "path", "message"),
    [
        ({"emptyDir": {}}, "/data", "mountPath /data of container main is neither inside the image's folders (/app"),
        ({"hostPath": {"path": "/etc"}}, "/app/x", "is of kind hostPath: supported are configMap, emptyDir, secret"),
    ],
)
def test_mounts_that_could_not_be_seen_are_refused(
    kube: Kube, namespace: str, volume: dict[str, Any], path: str, message: str
) -> None:
    body = shell("unmounted", "true", volumeMounts=[{"name": "v", "mountPath": path}])
    body["spec"]["volumes"] = [{"name": "v", **volume}]
    kube.core.create_namespaced_pod(namespace, body)
    found = wait(lambda: kube.events(namespace, "FailedMount"), "the event")
    assert message in found[0]


@pytest.mark.parametrize(
    ("mount", "message"),
    [
        ({"mountPath": "/app/../../x"}, "mountPath /app/../../x of container main leads out of the container"),
        ({"mountPath": "/app/x", "subPath": "../other"}, "volume v: subPath ../other leaves it"),
        ({"mountPath": "/app/x", "subPath": "/etc"}, "volume v: subPath /etc leaves it"),
    ],
)
def test_mounts_that_lead_out_are_refused(kube: Kube, namespace: str, mount: dict[str, Any], message: str) -> None:
    body = shell("outside", "true", volumeMounts=[{"name": "v", **mount}])
    body["spec"]["volumes"] = [{"name": "v", "emptyDir": {}}]
    kube.core.create_namespaced_pod(namespace, body)
    assert wait(lambda: kube.events(namespace, "FailedMount"), "the event") == [message]


def test_parts_of_volumes(kube: Kube, namespace: str) -> None:
    mounts = [
        {"name": "v", "mountPath": "/app/outer/inner", "subPath": "second"},
        {"name": "v", "mountPath": "/app/outer", "subPath": "first/part"},
    ]
    body = shell("parts", "echo one > outer/inner/file && cat /app/outer/inner/file && ls outer", volumeMounts=mounts)
    body["spec"]["volumes"] = [{"name": "v", "emptyDir": {}}]
    kube.core.create_namespaced_pod(namespace, body)
    phase(kube, namespace, "parts", "Succeeded")
    assert output(kube, namespace, "parts") == "one\ninner\n"


def test_proxy_to_pods_and_services(kube: Kube, namespace: str) -> None:
    kube.apps.create_namespaced_deployment(namespace, deployment())
    kube.core.create_namespaced_service(namespace, service())
    found = kube.ready(namespace, 2)[0]
    name = f"{found.metadata.name}:8080"
    raw = kube.core.connect_get_namespaced_pod_proxy_with_path(name, namespace, "v1/things", _preload_content=False)
    answer = json.loads(raw.data)
    assert (answer["path"], answer["env"]["POD_IP"]) == ("/v1/things", found.status.pod_ip)
    send = kube.core.connect_post_namespaced_service_proxy_with_path
    posted = send("web:http", namespace, "p", _preload_content=False)
    body = json.loads(posted.data)
    assert posted.status == 201
    assert "Authorization" not in body["headers"]
    root = f"/api/v1/namespaces/{namespace}/pods/{name}/proxy"
    for asked, received in (("/a%20b/?q=%20", "/a%20b/?q=%20"), ("/a%2Fb", "/a/b"), ("/what%3F", "/what%3F")):
        assert call(kube, "GET", root + asked)["path"] == received
    with pytest.raises(client.ApiException) as caught:
        kube.core.connect_get_namespaced_pod_proxy(f"{found.metadata.name}:9", namespace)
    assert caught.value.status == 503


def test_taints_and_node_selectors(kube: Kube, namespace: str) -> None:
    toleration = {"key": "cloud.google.com/gke-spot", "operator": "Equal", "value": "true", "effect": "NoSchedule"}
    selector = {"cloud.google.com/gke-spot": "true"}
    spot = {"tolerations": [toleration], "nodeSelector": selector}
    kube.core.create_namespaced_pod(namespace, pod("tolerant", spot))
    assert kube.ready(namespace, 1, "tolerant")[0].spec.node_name == "gke-one-spot"
    kube.core.create_namespaced_pod(namespace, pod("nowhere", {"nodeSelector": selector}))
    message = wait(lambda: kube.events(namespace, "FailedScheduling"), "the event")[0]
    assert message.startswith("0/2 nodes are available:")
    assert "untolerated taint {cloud.google.com/gke-spot: true}" in message
    assert kube.core.read_namespaced_pod("nowhere", namespace).status.phase == "Pending"


def test_pods_move_when_their_node_pool_is_deleted(cloud: Cloud, kube: Kube, namespace: str) -> None:
    extra = {"name": "extra", "config": {"labels": {"pool": "extra"}}}
    assert cloud.call("POST", f"{PARENT}/clusters/one/nodePools", {"nodePool": extra})["status"] == "DONE"
    body = deployment(replicas=1)
    term = {"weight": 10, "preference": {"matchExpressions": [{"key": "pool", "operator": "In", "values": ["extra"]}]}}
    affinity = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [term]}}
    body["spec"]["template"]["spec"]["affinity"] = affinity
    kube.apps.create_namespaced_deployment(namespace, body)
    assert kube.ready(namespace, 1)[0].spec.node_name == "gke-one-extra"
    cloud.call("DELETE", f"{PARENT}/clusters/one/nodePools/extra")
    wait(lambda: [p.spec.node_name for p in kube.pods(namespace) if is_ready(p)] == ["gke-one-main"], "it has moved")
