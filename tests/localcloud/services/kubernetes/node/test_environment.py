"""What a container sees in its environment."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from localcloud.services.kubernetes.api.store import Object
from localcloud.services.kubernetes.node.environment import ConfigurationError, environment, expand
from tests.localcloud.services.kubernetes.bodies import config_map, pod, service, shell
from tests.localcloud.services.kubernetes.harness import Cloud, existing, fetch, wait
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.localcloud.services.kubernetes.kube import Kube, address_of, container_of


def field(path: str) -> dict[str, Any]:
    return {"valueFrom": {"fieldRef": {"fieldPath": path}}}


def test_environment(kube: Kube, namespace: str) -> None:
    kube.expose(namespace, service("db"))
    kube.configure(namespace, config_map("c", one="1", two="2"))
    kube.hide(namespace, {"metadata": {"name": "s"}, "stringData": {"key": "hidden"}})
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
    kube.start(namespace, pod("envy", env=env, envFrom=[{"configMapRef": {"name": "c"}, "prefix": "C_"}]))
    address = address_of(kube.ready(namespace, 1, "envy")[0])
    seen = fetch(address)["env"]
    expected = {
        "NAME": "envy", "SPACE": namespace, "NODE": "gke-one-main", "ACCOUNT": "default", "LABEL": "envy", "ONE": "1",
        "SECRET": "hidden", "C_one": "1", "C_two": "2", "CPU": "100",
        "COMBINED": f"envy at {namespace} $(NAME) $(UNKNOWN)", "POD_IP": address, "COLOUR": "blue",
        "DB_SERVICE_HOST": existing(kube.core.read_namespaced_service("db", namespace).spec).cluster_ip,
        "DB_SERVICE_PORT": "8080",
    }  # fmt: skip
    assert {key: seen.get(key) for key in expected} == expected
    assert "ABSENT" not in seen
    assert not [key for key in seen if key.startswith("LOCALCLOUD") or key == "GOOGLE_APPLICATION_CREDENTIALS"]


def test_workload_identity(cloud: Cloud, kube: Kube, namespace: str) -> None:
    email = "reader@a-project.iam.gserviceaccount.com"
    account = {"metadata": {"name": "reader", "annotations": {"iam.gke.io/gcp-service-account": email}}}
    kube.call("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts", account)
    kube.start(namespace, pod("identified", {"serviceAccountName": "reader"}))
    seen = fetch(address_of(kube.ready(namespace, 1, "identified")[0]))["env"]
    expected = cloud.settings.job_environment(email)
    assert {key: seen[key] for key in expected} == expected
    assert email in kube.events(namespace, "FailedIdentity")[0]


def test_missing_references_keep_a_container_waiting_until_they_are_there(kube: Kube, namespace: str) -> None:
    env = [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "late", "key": "a"}}}]
    kube.start(namespace, pod("waits", env=env))

    def waiting() -> tuple[str | None, str] | None:
        status = container_of(kube.pod(namespace, "waits"))
        state = existing(status.state).waiting if status else None
        return (state.reason, state.message) if state and state.message else None

    assert wait(waiting, "the container waits") == ("CreateContainerConfigError", 'configmap "late" not found')
    kube.configure(namespace, config_map("late", a="here"))
    assert fetch(address_of(kube.ready(namespace, 1, "waits")[0]))["env"]["A"] == "here"


def test_a_value_that_is_no_text_is_refused_as_a_variable(kube: Kube, namespace: str) -> None:
    kube.hide(namespace, {"metadata": {"name": "binary"}, "data": {"key": base64.b64encode(b"\xff\x00").decode()}})
    env = [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "binary", "key": "key"}}}]
    kube.start(namespace, shell("unreadable", "true", env=env))
    assert kube.event(namespace, "Failed").startswith("secrets key key is no text, it can't be a variable")


def variables(cluster: InProcess, **container: Any) -> dict[str, str]:
    made: Object = cluster.create("pods", shell("p", "true", **container))
    return environment(cluster.store, cluster.cloud, made, made["spec"]["containers"][0])


def test_references_are_to_variables_before(in_process: InProcess) -> None:
    env = [{"name": "A", "value": "$(B)"}, {"name": "B", "value": "b"}, {"name": "C", "value": "$(B)/$$(B)"}]
    assert variables(in_process, env=env) == {"A": "$(B)", "B": "b", "C": "b/$(B)"}
    assert expand("$$$(A)", {"A": "1"}) == "$1"


def test_a_later_source_replaces_an_earlier(in_process: InProcess) -> None:
    in_process.create("configmaps", config_map("one", A="1", B="1"))
    in_process.create("configmaps", config_map("two", B="2", C="2"))
    sources: list[dict[str, Any]] = [{"configMapRef": {"name": name}} for name in ("one", "two")]
    sources.append({"configMapRef": {"name": "absent", "optional": True}})
    found = variables(in_process, envFrom=sources, env=[{"name": "C", "value": "3"}])
    assert found == {"A": "1", "B": "2", "C": "3"}


@pytest.mark.parametrize(
    ("divisor", "expected"),
    [("1", "1"), ("1m", "250"), ("100m", "3")],  # rounded up
)
def test_amounts_are_whole_numbers_of_their_divisor(in_process: InProcess, divisor: str, expected: str) -> None:
    source = {"resourceFieldRef": {"resource": "limits.cpu", "divisor": divisor}}
    env = [{"name": "CPU", "valueFrom": source}]
    assert variables(in_process, env=env, resources={"limits": {"cpu": "250m"}}) == {"CPU": expected}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"fieldRef": {"fieldPath": "spec.hostname"}}, "fieldPath spec.hostname is not supported"),
        ({"configMapKeyRef": {"name": "c", "key": "absent"}}, "couldn't find key absent in configmaps c"),
        ({"secretKeyRef": {"name": "none", "key": "k"}}, 'secret "none" not found'),
        ({"fileKeyRef": {"path": "x"}}, "env valueFrom fileKeyRef is not supported"),
    ],
)
def test_sources_that_cannot_be_had_are_refused(in_process: InProcess, source: dict[str, Any], message: str) -> None:
    in_process.create("configmaps", config_map("c"))
    made = in_process.create("pods", shell("p", "true"))
    container = {"name": "main", "env": [{"name": "A", "valueFrom": source}]}
    with pytest.raises(ConfigurationError, match=message) as caught:
        environment(in_process.store, in_process.cloud, made, container)
    assert caught.value.reason == "CreateContainerConfigError"
