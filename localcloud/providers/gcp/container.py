"""GKE clusters and node pools, over the container API."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from localcloud.providers.errors import Failure, InitializationFailedError, ProviderError
from localcloud.providers.gcp.bigquery import refuse_if_protected
from localcloud.providers.gcp.operations import wait, wait_while
from localcloud.providers.resource_type import Call, Outputs, ResourceType

DEFAULT_POOL = "default-pool"
GUARDS = (
    "deletionProtection",
    "removeDefaultNodePool",
    "allowNetAdmin",
    "ignoreNodeCountChanges",
    "skipNodePoolRefresh",
)
NOT_SENT = (*GUARDS, "deletionPolicy", "project", "minMasterVersion", "nodeVersion", "nodePools", "masterAuth")
RENAMED = {"nodeLocations": "locations"}
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
SEEN = ("endpoint", "selfLink", "servicesIpv4Cidr", "clusterIpv4Cidr", "labelFingerprint", "tpuIpv4CidrBlock")


def cluster_body(inputs: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    """A Cluster message of the API."""
    same = {RENAMED.get(key, key): value for key, value in inputs.items() if key not in NOT_SENT and value is not None}
    same.pop("location", None)
    body = {**same, "resourceLabels": labels}
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


class Cluster(ResourceType):
    token = "gcp:container/cluster:Cluster"
    id_format = "projects/{project}/locations/{location}/clusters/{name}"
    name_length = 40
    location_from = ("region", "zone")
    replaces = CLUSTER_REPLACES
    provider_only = GUARDS
    defaults: ClassVar = {"deletionProtection": True, "removeDefaultNodePool": False}

    def create(self, call: Call) -> tuple[str, Outputs]:
        folder = _folder(call)
        body = {"cluster": cluster_body(call.inputs, call.labels), "parent": folder}
        operation = call.services.post("kubernetes", f"/v1/{folder}/clusters", body)
        identifier = self.identify(call)
        try:
            wait(call, operation, folder, f"cluster {call.inputs['name']!r}")
            self._remove_default_pool(call, identifier)
        except ProviderError as error:
            raise InitializationFailedError(identifier, dict(call.inputs), [str(error)]) from error
        return identifier, self._outputs(call.services.get("kubernetes", f"/v1/{identifier}"))

    @staticmethod
    def _remove_default_pool(call: Call, identifier: str) -> None:
        if call.inputs.get("removeDefaultNodePool"):
            call.log(f"removing node pool {DEFAULT_POOL}")
            call.services.delete("kubernetes", f"/v1/{identifier}/nodePools/{DEFAULT_POOL}")

    def adopt(self, call: Call) -> Outputs | None:
        self._finish(call)
        return self.read(call)

    def _finish(self, call: Call) -> None:
        """Do what is left of a creation that failed or was cut off."""
        body = wait_while(call, f"/v1/{call.identifier}", "PROVISIONING", call.identifier)
        if body is not None:
            self._remove_default_pool(call, call.identifier)

    def read(self, call: Call) -> Outputs | None:
        body = call.services.find("kubernetes", f"/v1/{call.identifier}")
        return self._outputs(body) if body else None

    def update(self, call: Call) -> Outputs:
        path, folder = f"/v1/{call.identifier}", _folder(call)
        # What a creation gives is not in the state of one that failed.
        if "selfLink" not in call.state or call.changed("removeDefaultNodePool"):
            self._finish(call)
        if call.labels != call.state.get("effectiveLabels"):
            current = call.services.get("kubernetes", path)
            body = {"resourceLabels": call.labels, "labelFingerprint": current.get("labelFingerprint", "")}
            wait(call, call.services.post("kubernetes", f"{path}:setResourceLabels", body), folder, call.identifier)
        desired = _desired(call)
        if desired:
            wait(call, call.services.put("kubernetes", path, {"update": desired}), folder, call.identifier)
        return self._outputs(call.services.get("kubernetes", path))

    def delete(self, call: Call) -> None:
        refuse_if_protected(call, "cluster")
        _delete(call)

    @staticmethod
    def _outputs(body: dict[str, Any]) -> Outputs:
        versions = {"masterVersion": body.get("currentMasterVersion"), "nodeVersion": body.get("currentNodeVersion")}
        auth = body.get("masterAuth", {})
        master = {key: auth.get(key, "") for key in ("clusterCaCertificate", "clientCertificate", "clientKey")}
        master["clientCertificateConfig"] = {"issueClientCertificate": False}
        seen = {key: body[key] for key in SEEN if body.get(key)}
        return {**{key: value for key, value in versions.items() if value}, **seen, "masterAuth": master}


def _desired(call: Call) -> dict[str, Any]:
    """The API's ClusterUpdate of what changed: a field `x` of the cluster is `desiredX` there."""
    skipped = {*NOT_SENT, "resourceLabels", "location", "name"} - {"minMasterVersion", "nodeVersion"}
    special = {"minMasterVersion": "desiredMasterVersion", "nodeLocations": "desiredLocations"}
    keys = (call.inputs.keys() | call.old_inputs.keys()) - skipped
    return {
        special.get(key, f"desired{key[0].upper()}{key[1:]}"): call.inputs.get(key)
        for key in sorted(keys)
        if call.changed(key)
    }


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
    renamed = {"nodeLocations": "locations"}
    for key in ("management", "upgradeSettings", "networkConfig", "placementPolicy", "version", "nodeLocations"):
        if inputs.get(key):
            body[renamed.get(key, key)] = inputs[key]
    return body


class NodePool(ResourceType):
    token = "gcp:container/nodePool:NodePool"
    id_format = "{cluster}/nodePools/{name}"
    name_length = 40
    location_from = ("region", "zone")
    replaces = ("initialNodeCount", "maxPodsPerNode", "placementPolicy", "networkConfig", "namePrefix", "nodeConfig")
    provider_only = ("ignoreNodeCountChanges",)

    def check(self, olds: dict[str, Any], news: dict[str, Any], folder: Path | None) -> list[Failure]:
        """A cluster that is given by its name has to be somewhere."""
        cluster, location = news.get("cluster"), news.get("location")
        if isinstance(cluster, str) and "/" not in cluster and location is None:
            return [
                Failure("location", "missing: set it here, or gcp:region on the provider, or give the cluster's id")
            ]
        return []

    def identify(self, call: Call) -> str:
        return f"{self._cluster(call)}/nodePools/{call.get('name')}"

    @staticmethod
    def _cluster(call: Call) -> str:
        """The cluster's full id; the program may give its name only."""
        cluster = str(call.get("cluster"))
        return cluster if "/" in cluster else f"{_folder(call)}/clusters/{cluster}"

    def create(self, call: Call) -> tuple[str, Outputs]:
        cluster = self._cluster(call)
        body = {"nodePool": pool_body(call.inputs), "parent": cluster}
        operation = call.services.post("kubernetes", f"/v1/{cluster}/nodePools", body)
        identifier = self.identify(call)
        try:
            wait(call, operation, cluster.split("/clusters/")[0], f"node pool {call.inputs['name']!r}")
        except ProviderError as error:
            raise InitializationFailedError(identifier, dict(call.inputs), [str(error)]) from error
        return identifier, self._outputs(call, call.services.get("kubernetes", f"/v1/{identifier}"))

    def adopt(self, call: Call) -> Outputs | None:
        body = wait_while(call, f"/v1/{call.identifier}", "PROVISIONING", call.identifier)
        return self._outputs(call, body) if body else None

    def read(self, call: Call) -> Outputs | None:
        body = call.services.find("kubernetes", f"/v1/{call.identifier}")
        return self._outputs(call, body) if body else None

    def update(self, call: Call) -> Outputs:
        path, folder = f"/v1/{call.identifier}", call.identifier.split("/clusters/")[0]
        wait_while(call, path, "PROVISIONING", call.identifier)
        changes = (
            (
                "autoscaling",
                "setAutoscaling",
                {"autoscaling": pool_body(call.inputs).get("autoscaling", {"enabled": False})},
            ),
            ("nodeCount", "setSize", {"nodeCount": call.inputs.get("nodeCount")}),
            ("management", "setManagement", {"management": call.inputs.get("management", {})}),
        )
        for key, verb, body in changes:
            if call.changed(key) and (key != "nodeCount" or call.inputs.get(key) is not None):
                wait(call, call.services.post("kubernetes", f"{path}:{verb}", body), folder, call.identifier)
        rest = {key: pool_body(call.inputs).get(key) for key in ("locations", "upgradeSettings")}
        if call.changed("nodeLocations", "upgradeSettings", "version"):
            body = {**rest, "nodeVersion": call.inputs.get("version")}
            wait(call, call.services.put("kubernetes", path, body), folder, call.identifier)
        return self._outputs(call, call.services.get("kubernetes", path))

    def delete(self, call: Call) -> None:
        _delete(call)

    @staticmethod
    def _outputs(call: Call, body: dict[str, Any]) -> Outputs:
        outputs = {
            "version": body.get("version"),
            "initialNodeCount": body.get("initialNodeCount"),
            "nodeCount": call.inputs.get("nodeCount", body.get("initialNodeCount")),
            "location": call.identifier.split("/locations/")[1].split("/")[0],
            "instanceGroupUrls": body.get("instanceGroupUrls", []),
            "managedInstanceGroupUrls": body.get("instanceGroupUrls", []),
        }
        return {key: value for key, value in outputs.items() if value is not None}


def _folder(call: Call) -> str:
    return f"projects/{call.get('project')}/locations/{call.get('location')}"


def _delete(call: Call) -> None:
    """Delete by id and wait; that it is gone already is fine."""
    path = f"/v1/{call.identifier}"
    if call.services.find("kubernetes", path) is not None:
        operation = call.services.call("DELETE", "kubernetes", path)
        wait(call, operation, call.identifier.split("/clusters/")[0], f"deletion of {call.identifier}")
