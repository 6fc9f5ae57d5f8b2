"""Buckets, over Cloud Storage's JSON API."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

from localcloud.providers.errors import ProviderError
from localcloud.providers.gcp.resource_type import Call, Outputs
from localcloud.providers.gcp.rest import ServiceError, segment
from localcloud.providers.gcp.rest_resource import RestResource, filled, given, renamed
from localcloud.providers.gcp.rules import NOT_EMPTY, Rule

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
STORAGE_CLASS = Rule(choices=("STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE", "MULTI_REGIONAL", "REGIONAL"))
BUCKET_NAME = Rule(
    "3 to 63 lowercase letters, digits, '-', '_' or '.', a letter or digit at both ends, no 'goog' in front",
    r"(?!goog)(?!.*google)[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]",
)
PLACEMENT = ("hierarchicalNamespace", "customPlacementConfig")
DELETERS = 8


def bucket_path(name: str) -> str:
    return f"/storage/v1/b/{segment(name)}"


def _lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    condition = renamed(rule["condition"], CONDITION_NAMES)
    state = rule["condition"].get("withState")
    if state in ("LIVE", "ARCHIVED"):
        condition["isLive"] = state == "LIVE"
    return {"action": rule["action"], "condition": condition}


class Bucket(RestResource):
    token = "gcp:storage/bucket:Bucket"
    id_format = "{name}"
    rules: ClassVar = {
        "name": BUCKET_NAME,
        "location": NOT_EMPTY,
        "storageClass": STORAGE_CLASS,
        "publicAccessPrevention": Rule(choices=("enforced", "inherited")),
        "rpo": Rule(choices=("DEFAULT", "ASYNC_TURBO")),
        "lifecycleRules[*].action.type": Rule(choices=("Delete", "SetStorageClass", "AbortIncompleteMultipartUpload")),
        "lifecycleRules[*].action.storageClass": STORAGE_CLASS,
        "lifecycleRules[*].condition.withState": Rule(choices=("LIVE", "ARCHIVED", "ANY", "")),
    }
    replaces = ("enableObjectRetention", *PLACEMENT)
    provider_only = ("forceDestroy",)
    defaults: ClassVar = {"storageClass": "STANDARD", "forceDestroy": False, "publicAccessPrevention": "inherited"}
    computed: ClassVar = {"url": "gs://{name}"}
    service = "storage"

    def path(self, call: Call) -> str:
        return bucket_path(call.identifier)

    def parameters(self, inputs: dict[str, Any]) -> dict[str, str]:
        retention = {"enableObjectRetention": "true"} if inputs.get("enableObjectRetention") else {}
        return {"project": inputs["project"], **retention}

    def body(self, inputs: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
        uniform = {"enabled": bool(inputs.get("uniformBucketLevelAccess", False))}
        prevention = inputs.get("publicAccessPrevention", self.defaults["publicAccessPrevention"])
        body = {"name": inputs["name"], **given(inputs, SAME_NAMES), **filled(inputs, PLACEMENT), "labels": labels}
        body["iamConfiguration"] = {"uniformBucketLevelAccess": uniform, "publicAccessPrevention": prevention}
        if inputs.get("lifecycleRules"):
            body["lifecycle"] = {"rule": [_lifecycle_rule(rule) for rule in inputs["lifecycleRules"]]}
        if inputs.get("cors"):
            body["cors"] = [renamed(rule, CORS_NAMES) for rule in inputs["cors"]]
        if inputs.get("encryption", {}).get("defaultKmsKeyName"):
            body["encryption"] = given(inputs["encryption"], ("defaultKmsKeyName",))
        if inputs.get("retentionPolicy"):
            body["retentionPolicy"] = {"retentionPeriod": str(inputs["retentionPolicy"]["retentionPeriod"])}
        if inputs.get("softDeletePolicy"):
            seconds = inputs["softDeletePolicy"].get("retentionDurationSeconds", 604800)
            body["softDeletePolicy"] = {"retentionDurationSeconds": str(seconds)}
        if inputs.get("requesterPays") is not None:
            body["billing"] = {"requesterPays": inputs["requesterPays"]}
        return body

    def seen(self, call: Call, body: dict[str, Any]) -> Outputs:
        """Outputs with the location spelt as the program does: Google answers in capitals whatever it was asked."""
        access = body.get("iamConfiguration", {})
        outputs = {
            **given(body, ("name", "selfLink", "timeCreated", "updated", "location", "storageClass")),
            **given(access, ("publicAccessPrevention",)),
            **renamed(access.get("uniformBucketLevelAccess", {}), {"enabled": "uniformBucketLevelAccess"}),
            "projectNumber": int(body.get("projectNumber") or 0),
        }
        wanted = call.get("location")
        if wanted and str(outputs.get("location", "")).lower() == str(wanted).lower():
            outputs["location"] = wanted
        return outputs

    def delete(self, call: Call) -> None:
        if call.get("forceDestroy"):
            self._empty(call, self.path(call))
        try:
            super().delete(call)
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
