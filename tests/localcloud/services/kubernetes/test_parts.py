"""The parts that need no cluster: patches, field ownership, quantities, scaling limits."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.kubernetes.api.errors import ApiError
from localcloud.services.kubernetes.api.managed_fields import apply
from localcloud.services.kubernetes.api.patches import json_patch, merge, strategic_merge
from localcloud.services.kubernetes.api.quantities import is_quantity, quantity
from localcloud.services.kubernetes.api.store import Store
from localcloud.services.kubernetes.controllers.rollout_limits import share
from localcloud.services.kubernetes.controllers.scaling_behavior import Behavior


@pytest.mark.parametrize(
    ("target", "patch", "expected"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch_as_in_rfc_7386(target: Any, patch: Any, expected: Any) -> None:
    assert merge(target, patch) == expected


def test_strategic_merge_directives() -> None:
    target = {
        "containers": [{"name": "a", "image": "1"}, {"name": "b"}],
        "finalizers": ["x"],
        "args": [1],
        "s": {"k": 1},
    }
    patch = {
        "containers": [{"name": "b", "$patch": "delete"}, {"name": "a", "image": "2"}, {"name": "c"}],
        "$setElementOrder/containers": [{"name": "a"}, {"name": "c"}],
        "finalizers": ["y"],
        "args": [2],
        "s": {"$patch": "replace", "z": 1},
    }
    assert strategic_merge(target, patch) == {
        "containers": [{"name": "a", "image": "2"}, {"name": "c"}],
        "finalizers": ["x", "y"],
        "args": [2],
        "s": {"z": 1},
    }
    assert strategic_merge({"finalizers": ["x", "y"]}, {"$deleteFromPrimitiveList/finalizers": ["x"]}) == {
        "finalizers": ["y"]
    }


def test_json_patch_is_all_or_nothing() -> None:
    target = {"a": [1, 2], "b/c": {"~": 1}}
    assert json_patch(target, [{"op": "add", "path": "/a/-", "value": 3}, {"op": "remove", "path": "/b~1c/~0"}]) == {
        "a": [1, 2, 3],
        "b/c": {},
    }
    assert json_patch(target, [{"op": "move", "from": "/a/0", "path": "/d"}])["d"] == 1
    with pytest.raises(ApiError, match="has another value"):
        json_patch(target, [{"op": "remove", "path": "/a"}, {"op": "test", "path": "/b~1c", "value": 0}])
    assert target == {"a": [1, 2], "b/c": {"~": 1}}


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


@pytest.mark.parametrize(
    ("text", "value"),
    [("250m", 0.25), ("2", 2), (1.5, 1.5), ("64Mi", 64 * 2**20), ("1e3", 1000), ("1G", 1e9), (".5", 0.5)],
)
def test_quantities(text: Any, value: float) -> None:
    assert quantity(text) == pytest.approx(value)
    assert is_quantity(text)


@pytest.mark.parametrize("text", ["", "1 Gi", "Gi", "1X", None, []])
def test_no_quantities(text: Any) -> None:
    assert not is_quantity(text)


def test_shares_round_as_kubernetes_does() -> None:
    assert (share("25%", 3, round_up=True), share("25%", 3, round_up=False), share(2, 9, round_up=True)) == (1, 0, 2)


def test_scaling_down_waits_for_its_window_scaling_up_does_not() -> None:
    behavior, spec = Behavior(), {"minReplicas": 1, "maxReplicas": 10}
    assert behavior.limited(spec, 2, 5, moment=0) == 5
    assert behavior.limited(spec, 5, 1, moment=100) == 5
    assert behavior.limited(spec, 5, 1, moment=299) == 5
    assert behavior.limited(spec, 5, 1, moment=401) == 1


def test_scaling_policies_bound_each_period() -> None:
    up = {"policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}], "stabilizationWindowSeconds": 0}
    behavior, spec = Behavior(), {"minReplicas": 1, "maxReplicas": 10, "behavior": {"scaleUp": up}}
    assert behavior.limited(spec, 2, 9, moment=0) == 4
    assert behavior.limited(spec, 4, 9, moment=30) == 4
    assert behavior.limited(spec, 4, 9, moment=61) == 6
    assert behavior.changes == [(61, 2)]  # what no policy looks at any more is forgotten
    spec["behavior"]["scaleUp"]["selectPolicy"] = "Disabled"
    assert behavior.limited(spec, 6, 9, moment=200) == 6


def test_the_store_keeps_objects_and_versions_over_a_reopening(tmp_path: Any) -> None:
    store = Store(tmp_path / "objects.db")
    store.create("configmaps", {"metadata": {"name": "a", "namespace": "n"}, "data": {"k": "1"}})
    store.modify("configmaps", "n", "a", lambda obj: obj["data"].update(k="2"))
    version = store.version
    store.modify("configmaps", "n", "a", lambda obj: None)
    assert store.version == version
    store.close()
    again = Store(tmp_path / "objects.db")
    assert again.require("configmaps", "n", "a")["data"] == {"k": "2"}
    assert again.version == version
    with pytest.raises(ApiError, match="too old resource version"):
        again.since(version - 1)
    assert again.since(version) == []
