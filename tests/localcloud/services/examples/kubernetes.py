"""Requests to the GKE API, as its clients send them: to clusters that are not there, for one costs seconds."""

from __future__ import annotations

from tests.localcloud.services.any_request import Example

LOCATION = "/v1/projects/p/locations/europe-west1"
POOL = {
    "name": "big",
    "initialNodeCount": 2,
    "autoscaling": {"enabled": True, "minNodeCount": 1, "maxNodeCount": 3},
    "config": {
        "machineType": "e2-medium",
        "labels": {"a": "b"},
        "taints": [{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}],
    },
}
CLUSTER = {
    "name": "Not_A_Name",
    "initialNodeCount": 1,
    "resourceLabels": {"a": "b"},
    "nodePools": [POOL],
    "network": "vpc",
}


def requests(folder: str) -> list[Example]:
    one = f"{LOCATION}/clusters/records"
    return [
        Example("POST", f"{LOCATION}/clusters", {"cluster": CLUSTER}),
        Example("GET", f"{LOCATION}/clusters"),
        Example("GET", one),
        Example("PUT", one, {"update": {"desiredLoggingService": "none"}}),
        Example("POST", f"{one}:setResourceLabels", {"resourceLabels": {"a": "b"}, "labelFingerprint": "x"}),
        Example("POST", f"{one}/nodePools", {"nodePool": POOL}),
        Example("PUT", f"{one}/nodePools/big", {"machineType": "e2-small"}),
        Example("POST", f"{one}/nodePools/big:setSize", {"nodeCount": 3}),
        Example("GET", f"{LOCATION}/operations/operation-1"),
        Example("GET", f"{LOCATION}/serverConfig"),
    ]
