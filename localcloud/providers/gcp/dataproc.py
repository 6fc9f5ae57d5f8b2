"""Autoscaling policies and workflow templates, over Dataproc's REST API."""

from __future__ import annotations

from typing import Any, ClassVar

from localcloud.providers.resource_type import Call, Outputs, ResourceType

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


class AutoscalingPolicy(ResourceType):
    token = "gcp:dataproc/autoscalingPolicy:AutoscalingPolicy"
    id_format = "projects/{project}/locations/{location}/autoscalingPolicies/{policyId}"
    name_key = "policyId"
    defaults: ClassVar = {"location": "global"}

    def create(self, call: Call) -> tuple[str, Outputs]:
        path = f"/v1/projects/{call.inputs['project']}/regions/{call.get('location', 'global')}/autoscalingPolicies"
        made = call.services.post("dataproc", path, self._body(call))
        return self.identify(call), {"name": made.get("name")}

    def identify(self, call: Call) -> str:
        return self.id_format.format_map({"location": "global", **call.state, **call.inputs})

    def read(self, call: Call) -> Outputs | None:
        body = call.services.find("dataproc", self._path(call))
        if body is None:
            return None
        keys = ("basicAlgorithm", "workerConfig", "secondaryWorkerConfig", "name")
        return {key: body[key] for key in keys if key in body and (key in call.inputs or key == "name")}

    def update(self, call: Call) -> Outputs:
        made = call.services.put("dataproc", self._path(call), self._body(call))
        return {"name": made.get("name")}

    def delete(self, call: Call) -> None:
        call.services.delete("dataproc", self._path(call))

    @staticmethod
    def _body(call: Call) -> dict[str, Any]:
        keys = ("basicAlgorithm", "workerConfig", "secondaryWorkerConfig")
        return {"id": call.inputs["policyId"], **{key: call.inputs[key] for key in keys if call.inputs.get(key)}}

    @staticmethod
    def _path(call: Call) -> str:
        return "/v1/" + call.identifier.replace("/locations/", "/regions/")


class WorkflowTemplate(ResourceType):
    """Updated in place by a PUT that names the version it replaces."""

    token = "gcp:dataproc/workflowTemplate:WorkflowTemplate"
    id_format = "projects/{project}/locations/{location}/workflowTemplates/{name}"
    volatile = ("version",)

    def create(self, call: Call) -> tuple[str, Outputs]:
        path = f"/v1/projects/{call.inputs['project']}/regions/{call.inputs['location']}/workflowTemplates"
        return self.identify(call), self._outputs(call.services.post("dataproc", path, self._body(call)))

    def read(self, call: Call) -> Outputs | None:
        body = call.services.find("dataproc", self._path(call))
        return self._outputs(body) if body else None

    def update(self, call: Call) -> Outputs:
        current = call.services.get("dataproc", self._path(call))
        body = {**self._body(call), "name": current.get("name"), "version": current.get("version")}
        return self._outputs(call.services.put("dataproc", self._path(call), body))

    def delete(self, call: Call) -> None:
        call.services.delete("dataproc", self._path(call))

    @staticmethod
    def _body(call: Call) -> dict[str, Any]:
        placement = call.inputs["placement"]
        body = {
            "id": call.inputs["name"],
            "labels": call.labels,
            "placement": {
                key: to_cluster_config(value) if key == "managedCluster" else value for key, value in placement.items()
            },
            "jobs": call.inputs["jobs"],
        }
        keys = ("parameters", "dagTimeout", "encryptionConfig")
        return {**body, **{key: call.inputs[key] for key in keys if call.inputs.get(key)}}

    @staticmethod
    def _outputs(body: dict[str, Any]) -> Outputs:
        """`name` stays the short one that the program gave; the full one is the id."""
        times = {key: body[key] for key in ("createTime", "updateTime") if body.get(key)}
        return {**times, "version": int(body.get("version") or 1)}

    @staticmethod
    def _path(call: Call) -> str:
        return "/v1/" + call.identifier.replace("/locations/", "/regions/")
