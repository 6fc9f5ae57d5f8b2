"""Buckets, over Cloud Storage's JSON API."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

from localcloud.providers.errors import ProviderError
from localcloud.providers.gcp.rest import ServiceError, segment
from localcloud.providers.resource_type import Call, Outputs, ResourceType

CONDITION_NAMES = {
    "age": "age",
    "createdBefore": "createdBefore",
    "customTimeBefore": "customTimeBefore",
    "daysSinceCustomTime": "daysSinceCustomTime",
    "daysSinceNoncurrentTime": "daysSinceNoncurrentTime",
    "matchesPrefixes": "matchesPrefix",
    "matchesSuffixes": "matchesSuffix",
    "matchesStorageClasses": "matchesStorageClass",
    "noncurrentTimeBefore": "noncurrentTimeBefore",
    "numNewerVersions": "numNewerVersions",
}
CORS_NAMES = {
    "origins": "origin",
    "methods": "method",
    "responseHeaders": "responseHeader",
    "maxAgeSeconds": "maxAgeSeconds",
}
SAME_NAMES = (
    "location",
    "storageClass",
    "rpo",
    "defaultEventBasedHold",
    "website",
    "logging",
    "autoclass",
    "versioning",
)
DELETERS = 8


def bucket_path(name: str) -> str:
    return f"/storage/v1/b/{segment(name)}"


def to_body(inputs: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    """A bucket as the JSON API wants it."""
    body: dict[str, Any] = {key: inputs[key] for key in SAME_NAMES if inputs.get(key) is not None}
    body["labels"] = labels
    access = {"uniformBucketLevelAccess": {"enabled": bool(inputs.get("uniformBucketLevelAccess", False))}}
    body["iamConfiguration"] = {**access, "publicAccessPrevention": inputs.get("publicAccessPrevention", "inherited")}
    if inputs.get("lifecycleRules"):
        body["lifecycle"] = {"rule": [_lifecycle_rule(rule) for rule in inputs["lifecycleRules"]]}
    if inputs.get("cors"):
        body["cors"] = [_renamed(rule, CORS_NAMES) for rule in inputs["cors"]]
    if inputs.get("encryption", {}).get("defaultKmsKeyName"):
        body["encryption"] = {"defaultKmsKeyName": inputs["encryption"]["defaultKmsKeyName"]}
    if inputs.get("retentionPolicy"):
        body["retentionPolicy"] = {"retentionPeriod": str(inputs["retentionPolicy"]["retentionPeriod"])}
    if inputs.get("softDeletePolicy"):
        seconds = inputs["softDeletePolicy"].get("retentionDurationSeconds", 604800)
        body["softDeletePolicy"] = {"retentionDurationSeconds": str(seconds)}
    if inputs.get("requesterPays") is not None:
        body["billing"] = {"requesterPays": inputs["requesterPays"]}
    if inputs.get("hierarchicalNamespace"):
        body["hierarchicalNamespace"] = inputs["hierarchicalNamespace"]
    if inputs.get("customPlacementConfig"):
        body["customPlacementConfig"] = inputs["customPlacementConfig"]
    return body


def _lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    condition = _renamed(rule["condition"], CONDITION_NAMES)
    state = rule["condition"].get("withState")
    if state in ("LIVE", "ARCHIVED"):
        condition["isLive"] = state == "LIVE"
    return {"action": rule["action"], "condition": condition}


def _renamed(values: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names[key]: value for key, value in values.items() if key in names and value is not None}


def _outputs(body: dict[str, Any]) -> Outputs:
    access = body.get("iamConfiguration", {})
    outputs = {
        "name": body["name"],
        "selfLink": body.get("selfLink"),
        "projectNumber": int(body.get("projectNumber") or 0),
        "timeCreated": body.get("timeCreated"),
        "updated": body.get("updated"),
        "location": body.get("location"),
        "storageClass": body.get("storageClass"),
        "uniformBucketLevelAccess": access.get("uniformBucketLevelAccess", {}).get("enabled"),
        "publicAccessPrevention": access.get("publicAccessPrevention"),
    }
    return {key: value for key, value in outputs.items() if value is not None}


class Bucket(ResourceType):
    token = "gcp:storage/bucket:Bucket"
    id_format = "{name}"
    replaces = ("enableObjectRetention", "hierarchicalNamespace", "customPlacementConfig")
    provider_only = ("forceDestroy",)
    defaults: ClassVar = {"storageClass": "STANDARD", "forceDestroy": False, "publicAccessPrevention": "inherited"}
    computed: ClassVar = {"url": "gs://{name}"}

    def create(self, call: Call) -> tuple[str, Outputs]:
        body = {"name": call.inputs["name"], **to_body(call.inputs, call.labels)}
        made = call.services.post("storage", "/storage/v1/b", body, params={"project": call.inputs["project"]})
        return made["name"], self._seen(call, made)

    def read(self, call: Call) -> Outputs | None:
        body = call.services.find("storage", bucket_path(call.identifier))
        return self._seen(call, body) if body else None

    @staticmethod
    def _seen(call: Call, body: dict[str, Any]) -> Outputs:
        """Outputs with the location spelt as the program does: Google answers in capitals whatever it was asked."""
        outputs = _outputs(body)
        wanted = call.get("location")
        if wanted and str(outputs.get("location", "")).lower() == str(wanted).lower():
            outputs["location"] = wanted
        return outputs

    def update(self, call: Call) -> Outputs:
        old = to_body(call.old_inputs, call.state.get("effectiveLabels", {}))
        new = to_body(call.inputs, call.labels)
        changes = {key: new.get(key) for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
        if "labels" in changes:
            changes["labels"] = {**dict.fromkeys(old["labels"], None), **new["labels"]}
        path = bucket_path(call.identifier)
        return self._seen(
            call, call.services.patch("storage", path, changes) if changes else call.services.get("storage", path)
        )

    def delete(self, call: Call) -> None:
        path = bucket_path(call.identifier)
        if call.get("forceDestroy"):
            self._empty(call, path)
        try:
            call.services.delete("storage", path)
        except ServiceError as error:
            if error.status != 409:
                raise
            advice = "delete them, or set forceDestroy (force_destroy=True) and deploy that first"
            raise ProviderError(f"bucket {call.identifier!r} still has objects in it: {advice}") from error

    @staticmethod
    def _empty(call: Call, path: str) -> None:
        """Delete every version of every object."""

        def remove(item: dict[str, Any]) -> None:
            parameters = {"generation": item["generation"]} if "generation" in item else {}
            call.services.delete("storage", f"{path}/o/{segment(item['name'])}", params=parameters)

        with ThreadPoolExecutor(DELETERS) as pool:
            while True:
                found = call.services.find("storage", f"{path}/o", params={"versions": "true", "maxResults": "1000"})
                items = (found or {}).get("items", [])
                if not items:
                    return
                call.log(f"deleting {len(items)} objects of {call.identifier}")
                list(pool.map(remove, items))
