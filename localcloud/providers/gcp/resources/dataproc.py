"""Autoscaling policies and workflow templates, over Dataproc's REST API."""

from __future__ import annotations

from typing import Any, ClassVar

from localcloud.providers.gcp.resource_type import Call, Outputs
from localcloud.providers.gcp.rest_resource import RestResource, filled
from localcloud.providers.gcp.rules import NOT_EMPTY, Rule

DURATION = Rule('a duration in seconds such as "600s"', r"\d+(\.\d+)?s")
POLICY_PARTS = ("basicAlgorithm", "workerConfig", "secondaryWorkerConfig")
RENAMED = {
    "stagingBucket": "configBucket",
    "zone": "zoneUri",
    "network": "networkUri",
    "subnetwork": "subnetworkUri",
    "machineType": "machineTypeUri",
    "image": "imageUri",
    "policy": "policyUri",
    "acceleratorType": "acceleratorTypeUri",
}
MAPS = frozenset({"properties", "metadata", "labels", "clusterLabels", "loggingConfig", "scriptVariables"})
"""Fields whose keys are the user's own words."""


def to_cluster_config(value: Any) -> Any:
    """A managed cluster's configuration with the names of Google's REST API."""
    if isinstance(value, list):
        return [to_cluster_config(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        RENAMED.get(key, key): item if key in MAPS else to_cluster_config(item)
        for key, item in value.items()
        if item is not None
    }


class _DataprocResource(RestResource):
    service = "dataproc"

    def path(self, call: Call) -> str:
        """Dataproc calls a location a region."""
        return super().path(call).replace("/locations/", "/regions/")


class AutoscalingPolicy(_DataprocResource):
    token = "gcp:dataproc/autoscalingPolicy:AutoscalingPolicy"
    id_format = "projects/{project}/locations/{location}/autoscalingPolicies/{policyId}"
    rules: ClassVar = {
        "basicAlgorithm.cooldownPeriod": DURATION,
        "basicAlgorithm.yarnConfig.gracefulDecommissionTimeout": DURATION,
    }
    name_key = "policyId"
    defaults: ClassVar = {"location": "global"}

    def body(self, inputs: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
        return {"id": inputs["policyId"], **filled(inputs, POLICY_PARTS)}

    def made(self, call: Call, body: dict[str, Any]) -> Outputs:
        return {"name": body.get("name")}

    def seen(self, call: Call, body: dict[str, Any]) -> Outputs:
        """What the program did not set is the service's to fill in."""
        return {
            key: body[key] for key in (*POLICY_PARTS, "name") if key in body and (key in call.inputs or key == "name")
        }

    def update(self, call: Call) -> Outputs:
        return self.made(call, call.services.put("dataproc", self.path(call), self.body(call.inputs, call.labels)))


class WorkflowTemplate(_DataprocResource):
    """Updated in place by a PUT that names the version it replaces."""

    token = "gcp:dataproc/workflowTemplate:WorkflowTemplate"
    id_format = "projects/{project}/locations/{location}/workflowTemplates/{name}"
    rules: ClassVar = {"location": NOT_EMPTY, "dagTimeout": DURATION}
    volatile = ("version",)

    def body(self, inputs: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
        placement = {
            key: to_cluster_config(value) if key == "managedCluster" else value
            for key, value in inputs["placement"].items()
        }
        body = {"id": inputs["name"], "labels": labels, "placement": placement, "jobs": inputs["jobs"]}
        return {**body, **filled(inputs, ("parameters", "dagTimeout", "encryptionConfig"))}

    def seen(self, call: Call, body: dict[str, Any]) -> Outputs:
        """`name` stays the short one that the program gave; the full one is the id."""
        return {**filled(body, ("createTime", "updateTime")), "version": int(body.get("version") or 1)}

    def update(self, call: Call) -> Outputs:
        current = call.services.get("dataproc", self.path(call))
        body = {**self.body(call.inputs, call.labels), "name": current.get("name"), "version": current.get("version")}
        return self.seen(call, call.services.put("dataproc", self.path(call), body))
