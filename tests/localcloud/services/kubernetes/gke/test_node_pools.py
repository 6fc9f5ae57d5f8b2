"""Records of node pools, and the Node objects that stand for them."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.common import GoogleError
from localcloud.services.kubernetes.gke.node_pools import complete, nodes, updated

CLUSTER = {"name": "c", "location": "europe-west1", "locations": ["europe-west1-b"], "selfLink": "https://gke/c"}


def pool(**given: Any) -> dict[str, Any]:
    return complete(CLUSTER, {"name": "p", **given}, "1.33")


def test_what_a_pool_leaves_out_is_as_gke_has_it() -> None:
    made = pool(config={"machineType": "n2-standard-4"}, autoscaling=None)
    assert (made["initialNodeCount"], made["locations"], made["version"]) == (1, ["europe-west1-b"], "1.33")
    assert made["config"] | {"machineType": "n2-standard-4", "diskSizeGb": 100} == made["config"]
    assert (made["selfLink"], made["status"], "autoscaling" in made) == ("https://gke/c/nodePools/p", "RUNNING", False)


@pytest.mark.parametrize(
    ("part", "change", "field", "expected"),
    [
        ("setSize", {"nodeCount": 3}, "initialNodeCount", 3),
        ("setAutoscaling", {"autoscaling": {"enabled": True}}, "autoscaling", {"enabled": True}),
        ("", {"locations": ["x"], "name": "another"}, "locations", ["x"]),
        ("", {"nodeVersion": "1.34"}, "version", "1.34"),
    ],
)
def test_updates(part: str, change: dict[str, Any], field: str, expected: object) -> None:
    before = pool()
    after = updated(before, change, part)
    assert (after[field], after["name"]) == (expected, "p")
    assert after["etag"] != before["etag"]


def test_labels_and_taints_of_an_update_are_wrapped_as_in_the_api() -> None:
    taint = {"key": "k", "value": "v", "effect": "NO_SCHEDULE"}
    change = {"labels": {"labels": {"a": "b"}}, "taints": {"taints": [taint]}, "tags": {"tags": ["t"]}}
    config = updated(pool(), change, "")["config"]
    assert (config["labels"], config["taints"], config["tags"]) == ({"a": "b"}, [taint], ["t"])


@pytest.mark.parametrize(("part", "field"), [("setSize", "replicas"), ("", "colour")])
def test_unknown_fields_are_refused(part: str, field: str) -> None:
    with pytest.raises(GoogleError, match=f"unknown field {field}") as caught:
        updated(pool(), {field: 1}, part)
    assert caught.value.code == 400


def test_a_node_says_what_its_pool_says() -> None:
    taint = {"key": "gpu", "value": "yes", "effect": "NO_EXECUTE"}
    config = {"machineType": "n2-standard-4", "spot": True, "labels": {"mine": "1"}, "taints": [taint]}
    (node,) = nodes({**CLUSTER, "nodePools": [pool(config=config)]}, "127.20.1.1")
    labels = node["metadata"]["labels"]
    expected = {
        "cloud.google.com/gke-nodepool": "p",
        "cloud.google.com/gke-spot": "true",
        "node.kubernetes.io/instance-type": "n2-standard-4",
        "topology.kubernetes.io/zone": "europe-west1-b",
        "mine": "1",
    }
    assert expected.items() <= labels.items()
    assert node["metadata"]["name"] == "gke-c-p"
    assert node["spec"]["taints"] == [{"key": "gpu", "value": "yes", "effect": "NoExecute"}]
    assert node["status"]["addresses"][0] == {"type": "InternalIP", "address": "127.20.1.1"}


def test_autopilot_has_a_node_without_a_pool() -> None:
    (node,) = nodes({**CLUSTER, "autopilot": {"enabled": True}}, "127.20.1.1")
    assert node["metadata"]["name"] == "gke-c-autopilot"
