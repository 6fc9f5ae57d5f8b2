"""Server-side apply: who owns what, and what goes when it is no longer applied."""

from __future__ import annotations

from typing import Any

from localcloud.services.kubernetes.api.managed_fields import apply
from tests.localcloud.services.kubernetes.bodies import config_map
from tests.localcloud.services.kubernetes.in_process import InProcess


def test_server_side_apply_owns_its_fields(in_process: InProcess) -> None:
    def applied(manager: str, **data: str) -> Any:
        path = f"/api/v1/namespaces/default/configmaps/applied?fieldManager={manager}"
        return in_process.call(
            "PATCH", path, config_map("applied", **data), **{"Content-Type": "application/apply-patch+yaml"}
        )

    applied("pulumi", a="1", b="1")
    applied("somebody", c="1")
    found = applied("pulumi", a="2")
    assert found["data"] == {"a": "2", "c": "1"}
    managers = {entry["manager"]: entry["fieldsV1"] for entry in found["metadata"]["managedFields"]}
    assert managers == {"pulumi": {"f:data": {"f:a": {}}}, "somebody": {"f:data": {"f:c": {}}}}


def test_apply_drops_list_entries_that_are_no_longer_applied() -> None:
    def body(*names: str) -> dict[str, Any]:
        return {"spec": {"containers": [{"name": "c", "env": [{"name": name, "value": "1"} for name in names]}]}}

    live = apply({}, body("A", "B"), "me")
    live = apply(live, body("X"), "other")
    live = apply(live, body("A"), "me")
    assert [entry["name"] for entry in live["spec"]["containers"][0]["env"]] == ["A", "X"]


def test_apply_leaves_what_others_put_into_a_map() -> None:
    live = apply({}, {"data": {"a": "1"}, "metadata": {"name": "c", "labels": {"mine": "1"}}}, "me")
    live["data"]["b"] = live["metadata"]["labels"]["theirs"] = "2"
    live = apply(live, {"metadata": {"name": "c"}}, "me")
    assert (live["data"], live["metadata"]["labels"]) == ({"b": "2"}, {"theirs": "2"})
    live = apply({"data": {"a": "1"}}, {"data": {"data": "1"}}, "me")
    assert apply(live, {"data": {}}, "me")["data"] == {"a": "1"}


def test_apply_takes_back_a_map_with_its_defaults_unless_another_made_it() -> None:
    def body(**probe: Any) -> dict[str, Any]:
        return {"spec": {"containers": [{"name": "c", **probe}]}}

    def spec(found: dict[str, Any]) -> dict[str, Any]:
        return found["spec"]["containers"][0]

    for times in (1, 2):  # the second apply of the same knows what the first one made
        live: dict[str, Any] = {}
        for _ in range(times):
            live = apply(live, body(livenessProbe={"exec": {"command": ["x"]}}), "me")
            spec(live)["livenessProbe"]["timeoutSeconds"] = 1
        assert spec(apply(live, body(), "me")) == {"name": "c"}
    live = apply({"spec": {"replicas": 2, "paused": True}}, {"spec": {"replicas": 3}}, "me")
    assert apply(live, {"metadata": {"name": "d"}}, "me")["spec"] == {"paused": True}


def test_ports_are_told_apart_by_their_protocols() -> None:
    def body(*ports: tuple[int, str, int]) -> dict[str, Any]:
        return {"spec": {"ports": [{"port": p, "protocol": kind, "targetPort": to} for p, kind, to in ports]}}

    live = apply({}, body((53, "TCP", 1), (53, "UDP", 2)), "me")
    assert live["spec"] == body((53, "TCP", 1), (53, "UDP", 2))["spec"]
    live = apply(live, body((53, "UDP", 3)), "me")
    assert live["spec"] == body((53, "UDP", 3))["spec"]
    live = apply(live, {"spec": {"ports": [{"port": 53, "targetPort": 4}]}}, "other")
    assert [port["targetPort"] for port in live["spec"]["ports"]] == [3, 4]
