"""Server-side apply: who owns what, who is refused, and what goes when it is no longer applied."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.managed_fields import Manager, applied
from localcloud.services.kubernetes.api.schema import type_of
from tests.localcloud.services.kubernetes.bodies import config_map, deployment
from tests.localcloud.services.kubernetes.in_process import InProcess

MAPS = "/api/v1/namespaces/default/configmaps"
APPLY = {"Content-Type": "application/apply-patch+yaml"}
MERGE = {"Content-Type": "application/merge-patch+json"}
JSON_PATCH = {"Content-Type": "application/json-patch+json"}


def apply(cluster: InProcess, manager: str, name: str = "c", **data: str) -> Any:
    return cluster.call("PATCH", f"{MAPS}/{name}?fieldManager={manager}", config_map(name, **data), **APPLY)


def forced(cluster: InProcess, manager: str, **data: str) -> Any:
    return cluster.call("PATCH", f"{MAPS}/c?fieldManager={manager}&force=true", config_map("c", **data), **APPLY)


def owned(found: Any) -> dict[str, Any]:
    """The fields of each manager, by its name, but for the labels that all have left empty."""
    empty = {"f:metadata": {"f:labels": {}}}
    fields = {entry["manager"]: entry["fieldsV1"] for entry in found["metadata"]["managedFields"]}
    return {name: {key: value for key, value in of.items() if empty.get(key) != value} for name, of in fields.items()}


def test_each_manager_owns_what_it_applies(in_process: InProcess) -> None:
    apply(in_process, "pulumi", a="1", b="1")
    apply(in_process, "somebody", c="1")
    found = apply(in_process, "pulumi", a="2")
    assert found["data"] == {"a": "2", "c": "1"}
    assert owned(found) == {"pulumi": {"f:data": {"f:a": {}}}, "somebody": {"f:data": {"f:c": {}}}}


def test_another_s_field_is_a_conflict_unless_it_is_forced(in_process: InProcess) -> None:
    apply(in_process, "one", a="1", b="1")
    status = apply(in_process, "two", a="2")
    assert (status["code"], status["reason"]) == (409, "Conflict")
    assert status["message"] == 'Apply failed with 1 conflict: conflict with "one": .data.a'
    assert status["details"]["causes"] == [
        {"reason": "FieldManagerConflict", "message": 'conflict with "one"', "field": ".data.a"}
    ]
    found = forced(in_process, "two", a="2")
    assert found["data"] == {"a": "2", "b": "1"}
    assert owned(found) == {"one": {"f:data": {"f:b": {}}}, "two": {"f:data": {"f:a": {}}}}
    assert apply(in_process, "one", a="1", b="1")["code"] == 409


def test_the_same_value_is_shared_and_stays_while_one_applies_it(in_process: InProcess) -> None:
    apply(in_process, "one", a="1")
    found = apply(in_process, "two", a="1")
    both = {"f:data": {"f:a": {}}}
    assert owned(found) == {"one": both, "two": both}
    assert apply(in_process, "one", b="1")["data"] == {"a": "1", "b": "1"}
    assert apply(in_process, "two")["data"] == {"b": "1"}


@pytest.mark.parametrize(
    ("method", "path", "body", "headers"),
    [
        ("POST", MAPS, config_map("c", a="1"), {}),
        ("PUT", f"{MAPS}/c", config_map("c", a="1"), {}),
        ("PATCH", f"{MAPS}/c", {"data": {"a": "1"}}, MERGE),
        ("PATCH", f"{MAPS}/c", [{"op": "add", "path": "/data/a", "value": "1"}], JSON_PATCH),
    ],
)
def test_a_field_of_another_verb_is_a_conflict_too(
    in_process: InProcess, method: str, path: str, body: Any, headers: dict[str, str]
) -> None:
    if method != "POST":
        in_process.create("configmaps", config_map("c", other="1"))
    made = in_process.call(method, f"{path}?fieldManager=writer", body, **headers)
    entry = next(entry for entry in made["metadata"]["managedFields"] if entry["manager"] == "writer")
    status = apply(in_process, "two", a="2")
    why = f'conflict with "writer" using v1 at {entry["time"]}'
    assert (status["code"], status["details"]["causes"][0]["message"]) == (409, why)
    assert (entry["operation"], "f:a" in entry["fieldsV1"]["f:data"]) == ("Update", True)


def test_who_writes_is_told_by_the_user_agent(in_process: InProcess) -> None:
    agent = {"User-Agent": "kubectl/v1.33.0 (linux/amd64)"}
    made = in_process.call("POST", MAPS, config_map("c", {"app": "x"}, a="1"), **agent)
    fields = {"f:data": {".": {}, "f:a": {}}, "f:metadata": {"f:labels": {".": {}, "f:app": {}}}}
    assert owned(made) == {"kubectl": fields}
    again = in_process.call("PATCH", f"{MAPS}/c", {"data": {"a": "1"}}, **agent, **MERGE)
    assert again["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


def test_a_change_by_another_verb_takes_the_field(in_process: InProcess) -> None:
    apply(in_process, "one", a="1", b="1")
    changed = in_process.call("PATCH", f"{MAPS}/c?fieldManager=editor", {"data": {"a": "2", "b": None}}, **MERGE)
    assert owned(changed) == {"one": {}, "editor": {"f:data": {"f:a": {}}}}


def test_all_conflicts_are_listed_by_manager(in_process: InProcess) -> None:
    apply(in_process, "one", a="1", b="1")
    apply(in_process, "two", c="1")
    status = apply(in_process, "three", a="2", b="2", c="2")
    assert status["message"] == (
        'Apply failed with 3 conflicts: conflicts with "one":\n- .data.a\n- .data.b\nconflicts with "two":\n- .data.c'
    )


@pytest.mark.parametrize(
    ("query", "body", "code", "field"),
    [
        ("", config_map("c"), 422, "fieldManager"),
        ("fieldManager=", config_map("c"), 422, "fieldManager"),
        (f"fieldManager={'m' * 129}", config_map("c"), 422, "fieldManager"),
        ("fieldManager=m&dryRun=Some", config_map("c"), 422, "dryRun"),
        ("fieldManager=m", {**config_map("c"), "datum": {}}, 400, None),
        ("fieldManager=m", {**config_map("c"), "metadata": {"managedFields": []}}, 400, None),
        ("fieldManager=m", {**config_map("c"), "apiVersion": "v2"}, 400, None),
    ],
)
def test_what_cannot_be_applied(in_process: InProcess, query: str, body: Any, code: int, field: str | None) -> None:
    status = in_process.call("PATCH", f"{MAPS}/c?{query}", body, **APPLY)
    causes = status["details"].get("causes", [{"field": None}])
    assert (status["code"], causes[0]["field"]) == (code, field)


def test_force_is_for_apply_alone(in_process: InProcess) -> None:
    in_process.create("configmaps", config_map("c"))
    status = in_process.call("PATCH", f"{MAPS}/c?force=true", {}, **MERGE)
    assert status["details"]["causes"][0]["message"] == "Forbidden: may not be specified for non-apply patch"


def test_what_was_made_before_fields_were_kept_is_somebody_s(in_process: InProcess) -> None:
    in_process.create("configmaps", config_map("c", a="1"))
    in_process.store.modify("configmaps", "default", "c", lambda obj: obj["metadata"].pop("managedFields"))
    assert 'conflict with "before-first-apply"' in apply(in_process, "me", a="2")["message"]


def test_a_scaled_deployment_s_replicas_belong_to_who_scaled(in_process: InProcess) -> None:
    path = "/apis/apps/v1/namespaces/default/deployments/web"
    in_process.call("PATCH", f"{path}?fieldManager=me", deployment(replicas=1), **APPLY)
    in_process.call("PATCH", f"{path}/scale?fieldManager=scaler", {"spec": {"replicas": 3}}, **MERGE)
    status = in_process.call("PATCH", f"{path}?fieldManager=me", deployment(replicas=1), **APPLY)
    assert status["message"].startswith('Apply failed with 1 conflict: conflict with "scaler" with subresource "scale"')
    body = deployment()
    del body["spec"]["replicas"]
    assert in_process.call("PATCH", f"{path}?fieldManager=me", body, **APPLY)["spec"]["replicas"] == 3


def test_status_is_applied_apart(in_process: InProcess) -> None:
    in_process.create("deployments.apps", deployment())
    path = "/apis/apps/v1/namespaces/default/deployments/web/status?fieldManager=me"
    found = in_process.call("PATCH", path, {"apiVersion": "apps/v1", "status": {"replicas": 5}}, **APPLY)
    (entry,) = [entry for entry in found["metadata"]["managedFields"] if entry["manager"] == "me"]
    assert (entry["subresource"], entry["fieldsV1"]) == ("status", {"f:status": {"f:replicas": {}}})
    assert (found["status"], found["spec"]["replicas"]) == ({"replicas": 5}, 2)


POD = type_of(RESOURCES["pods"])
SERVICE = type_of(RESOURCES["services"])
ME, OTHER = Manager("me", "Apply"), Manager("other", "Apply")


def put(kind: Any, live: dict[str, Any], config: dict[str, Any], manager: Manager = ME) -> dict[str, Any]:
    return applied(kind, live, {"apiVersion": "v1", **config}, manager, force=False)


def test_apply_drops_list_entries_that_are_no_longer_applied() -> None:
    def body(*names: str) -> dict[str, Any]:
        return {"spec": {"containers": [{"name": "c", "env": [{"name": name, "value": "1"} for name in names]}]}}

    live = put(POD, {}, body("A", "B"))
    live = put(POD, live, body("X"), OTHER)
    live = put(POD, live, body("A"))
    assert [entry["name"] for entry in live["spec"]["containers"][0]["env"]] == ["A", "X"]


def test_apply_takes_back_a_struct_with_its_defaults_unless_another_has_a_part_of_it() -> None:
    def body(**probe: Any) -> dict[str, Any]:
        return {"spec": {"containers": [{"name": "c", **probe}]}}

    probe = {"exec": {"command": ["x"]}}
    live = put(POD, {}, body(livenessProbe=probe))
    live["spec"]["containers"][0]["livenessProbe"]["timeoutSeconds"] = 1
    assert put(POD, live, body())["spec"]["containers"] == [{"name": "c"}]
    live = put(POD, live, body(livenessProbe={"periodSeconds": 3}), OTHER)
    left = put(POD, live, body())["spec"]["containers"][0]["livenessProbe"]
    assert left == {"periodSeconds": 3, "timeoutSeconds": 1}


def test_ports_are_told_apart_by_their_protocols() -> None:
    def body(*ports: tuple[int, str, int]) -> dict[str, Any]:
        return {"spec": {"ports": [{"port": p, "protocol": kind, "targetPort": to} for p, kind, to in ports]}}

    live = put(SERVICE, {}, body((53, "TCP", 1), (53, "UDP", 2)))
    assert live["spec"] == body((53, "TCP", 1), (53, "UDP", 2))["spec"]
    live = put(SERVICE, live, body((53, "UDP", 3)))
    assert live["spec"] == body((53, "UDP", 3))["spec"]
    live = put(SERVICE, live, {"spec": {"ports": [{"port": 53, "targetPort": 4}]}}, OTHER)
    assert [port["targetPort"] for port in live["spec"]["ports"]] == [3, 4]
    assert json.dumps(live["metadata"]["managedFields"]).count('k:{\\"port\\":53,\\"protocol\\":\\"TCP\\"}') == 1


def test_what_is_one_value_to_kubernetes_has_one_owner() -> None:
    live = put(SERVICE, {}, {"spec": {"selector": {"app": "x", "tier": "y"}}})
    assert put(SERVICE, live, {"spec": {"selector": {"app": "x"}}})["spec"]["selector"] == {"app": "x"}
    finalized = put(SERVICE, {}, {"metadata": {"finalizers": ["a/b"]}})
    finalized = put(SERVICE, finalized, {"metadata": {"finalizers": ["c/d"]}}, OTHER)
    assert put(SERVICE, finalized, {"metadata": {}})["metadata"]["finalizers"] == ["c/d"]
