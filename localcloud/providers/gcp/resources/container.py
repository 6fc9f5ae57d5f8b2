"""GKE clusters and node pools, over the container API."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from localcloud.providers.errors import Failure, InitializationFailedError, ProviderError
from localcloud.providers.gcp.operations import wait, wait_while
from localcloud.providers.gcp.resource_type import Call, Outputs, refuse_if_protected
from localcloud.providers.gcp.rest_resource import RestResource, filled, given, renamed
from localcloud.providers.gcp.rules import RESOURCE_NAME

DEFAULT_POOL = "default-pool"
GUARDS = (
    "deletionProtection",
    "removeDefaultNodePool",
    "allowNetAdmin",
    "ignoreNodeCountChanges",
    "skipNodePoolRefresh",
)
NOT_SENT = (
    *GUARDS,
    "deletionPolicy",
    "project",
    "location",
    "minMasterVersion",
    "nodeVersion",
    "nodePools",
    "masterAuth",
)
LOCATIONS = {"nodeLocations": "locations"}
CLUSTER_REPLACES = (
    "network",
    "subnetwork",
    "networkingMode",
    "ipAllocationPolicy",
    "clusterIpv4Cidr",
    "enableAutopilot",
    "initialNodeCount",
    "nodeConfig",
    "nodePools",
    "defaultMaxPodsPerNode",
    "description",
    "masterAuth",
    "enableKubernetesAlpha",
)
VERSIONS = {"currentMasterVersion": "masterVersion", "currentNodeVersion": "nodeVersion"}
SEEN = ("endpoint", "selfLink", "servicesIpv4Cidr", "clusterIpv4Cidr", "labelFingerprint", "tpuIpv4CidrBlock")


class _GkeResource(RestResource):
    """Made, changed and deleted by operations, each of which takes minutes and is waited for."""

    service = "kubernetes"
    name_length = 40
    location_from = ("region", "zone")
    rules: ClassVar = {"name": RESOURCE_NAME}
    field: ClassVar[str]
    """What it is called in the request that makes it."""
    noun: ClassVar[str]

    def create(self, call: Call) -> Outputs:
        parent = call.identifier.rsplit("/", 2)[0]
        body = {self.field: self.body(call.inputs, call.labels), "parent": parent}
        operation = call.services.post(self.service, self.collection(call), body)
        try:
            wait(call, operation, f"{self.noun} {call.inputs['name']!r}")
            self.finish(call)
        except ProviderError as error:
            raise InitializationFailedError(call.identifier, dict(call.inputs), [str(error)]) from error
        return self.seen(call, call.services.get(self.service, self.path(call)))

    def finish(self, call: Call) -> None:
        """What is left to do of a creation once its operation is done."""

    def adopt(self, call: Call) -> Outputs | None:
        """Also what is left of a creation that failed, or is still under way."""
        body = wait_while(call, self.path(call), "PROVISIONING")
        if body is None:
            return None
        self.finish(call)
        return self.seen(call, body)

    def change(self, call: Call, method: str, verb: str, body: dict[str, Any]) -> None:
        """One change, and all that it takes."""
        wait(call, call.services.call(method, self.service, self.path(call) + verb, json=body), call.identifier)

    def delete(self, call: Call) -> None:
        if self.read(call) is not None:
            operation = call.services.call("DELETE", self.service, self.path(call))
            wait(call, operation, f"deletion of {call.identifier}")


class Cluster(_GkeResource):
    token = "gcp:container/cluster:Cluster"
    id_format = "projects/{project}/locations/{location}/clusters/{name}"
    replaces = CLUSTER_REPLACES
    provider_only = GUARDS
    defaults: ClassVar = {"deletionProtection": True, "removeDefaultNodePool": False}
    field = noun = "cluster"

    def body(self, inputs: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
        """A Cluster message of the API."""
        same = {key: value for key, value in inputs.items() if key not in NOT_SENT and value is not None}
        body = {**{LOCATIONS.get(key, key): value for key, value in same.items()}, "resourceLabels": labels}
        if inputs.get("minMasterVersion"):
            body["initialClusterVersion"] = inputs["minMasterVersion"]
        if inputs.get("nodePools"):
            body["nodePools"] = [pool_body(pool) for pool in inputs["nodePools"]]
            body.pop("initialNodeCount", None)
        elif "enableAutopilot" not in inputs:
            body.setdefault("initialNodeCount", 1)
        if "enableAutopilot" in inputs:
            body["autopilot"] = {"enabled": body.pop("enableAutopilot")}
        return body

    def seen(self, call: Call, body: dict[str, Any]) -> Outputs:
        auth = body.get("masterAuth", {})
        master = {key: auth.get(key, "") for key in ("clusterCaCertificate", "clientCertificate", "clientKey")}
        master["clientCertificateConfig"] = {"issueClientCertificate": False}
        return {**renamed(filled(body, VERSIONS), VERSIONS), **filled(body, SEEN), "masterAuth": master}

    def finish(self, call: Call) -> None:
        if call.inputs.get("removeDefaultNodePool"):
            call.log(f"removing node pool {DEFAULT_POOL}")
            call.services.delete(self.service, f"{self.path(call)}/nodePools/{DEFAULT_POOL}")

    def update(self, call: Call) -> Outputs:
        # What a creation gives is not in the state of one that failed.
        if "selfLink" not in call.state or call.changed("removeDefaultNodePool"):
            self.adopt(call)
        if call.labels != call.state.get("effectiveLabels"):
            current = call.services.get(self.service, self.path(call))
            body = {"resourceLabels": call.labels, "labelFingerprint": current.get("labelFingerprint", "")}
            self.change(call, "POST", ":setResourceLabels", body)
        desired = _desired(call)
        if desired:
            self.change(call, "PUT", "", {"update": desired})
        return self.seen(call, call.services.get(self.service, self.path(call)))

    def delete(self, call: Call) -> None:
        refuse_if_protected(call, self.noun)
        super().delete(call)


def _desired(call: Call) -> dict[str, Any]:
    """The API's ClusterUpdate of what changed: a field `x` of the cluster is `desiredX` there."""
    skipped = {*NOT_SENT, "resourceLabels", "name"} - {"minMasterVersion", "nodeVersion"}
    special = {"minMasterVersion": "masterVersion", **LOCATIONS}
    changed = sorted(key for key in call.inputs.keys() | call.old_inputs.keys() if call.changed(key))
    fields = {special.get(key, key): call.inputs.get(key) for key in changed if key not in skipped}
    return {f"desired{key[0].upper()}{key[1:]}": value for key, value in fields.items()}


def pool_body(inputs: dict[str, Any]) -> dict[str, Any]:
    """A NodePool message of the API."""
    count = inputs.get("nodeCount", inputs.get("initialNodeCount"))
    body: dict[str, Any] = {"name": inputs["name"], "config": inputs.get("nodeConfig", {})}
    if count is not None:
        body["initialNodeCount"] = count
    if inputs.get("autoscaling"):
        body["autoscaling"] = {"enabled": True, **inputs["autoscaling"]}
    if inputs.get("maxPodsPerNode"):
        body["maxPodsConstraint"] = {"maxPodsPerNode": str(inputs["maxPodsPerNode"])}
    same = filled(inputs, ("management", "upgradeSettings", "networkConfig", "placementPolicy", "version"))
    return {**body, **same, **renamed(filled(inputs, LOCATIONS), LOCATIONS)}


class NodePool(_GkeResource):
    token = "gcp:container/nodePool:NodePool"
    id_format = "{cluster}/nodePools/{name}"
    replaces = ("initialNodeCount", "maxPodsPerNode", "placementPolicy", "networkConfig", "namePrefix", "nodeConfig")
    provider_only = ("ignoreNodeCountChanges",)
    field, noun = "nodePool", "node pool"

    def check(self, olds: dict[str, Any], news: dict[str, Any], folder: Path | None) -> list[Failure]:
        """A cluster that is given by its name has to be somewhere."""
        cluster, location = news.get("cluster"), news.get("location")
        if isinstance(cluster, str) and "/" not in cluster and location is None:
            return [
                Failure("location", "missing: set it here, or gcp:region on the provider, or give the cluster's id")
            ]
        return []

    def identify(self, call: Call) -> str:
        """With the cluster's full id; the program may give its name only."""
        cluster = str(call.get("cluster"))
        if "/" not in cluster:
            cluster = f"projects/{call.get('project')}/locations/{call.get('location')}/clusters/{cluster}"
        return f"{cluster}/nodePools/{call.get('name')}"

    def body(self, inputs: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
        return pool_body(inputs)

    def seen(self, call: Call, body: dict[str, Any]) -> Outputs:
        groups, count = body.get("instanceGroupUrls", []), call.inputs.get("nodeCount", body.get("initialNodeCount"))
        return {
            **given({**body, "nodeCount": count}, ("version", "initialNodeCount", "nodeCount")),
            "location": call.identifier.split("/locations/")[1].split("/")[0],
            "instanceGroupUrls": groups,
            "managedInstanceGroupUrls": groups,
        }

    def update(self, call: Call) -> Outputs:
        self.adopt(call)
        wanted = self.body(call.inputs, call.labels)
        if call.changed("autoscaling"):
            autoscaling = wanted.get("autoscaling", {"enabled": False})
            self.change(call, "POST", ":setAutoscaling", {"autoscaling": autoscaling})
        if call.changed("nodeCount") and call.inputs.get("nodeCount") is not None:
            self.change(call, "POST", ":setSize", {"nodeCount": call.inputs["nodeCount"]})
        if call.changed("management"):
            self.change(call, "POST", ":setManagement", {"management": call.inputs.get("management", {})})
        if call.changed("nodeLocations", "upgradeSettings", "version"):
            rest = {key: wanted.get(key) for key in ("locations", "upgradeSettings")}
            self.change(call, "PUT", "", {**rest, "nodeVersion": call.inputs.get("version")})
        return self.seen(call, call.services.get(self.service, self.path(call)))
