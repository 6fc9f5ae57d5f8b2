"""The subresource `scale` of Deployments and ReplicaSets: an autoscaling/v1 Scale, read from and written to them."""

from __future__ import annotations

from typing import Any

from localcloud.services.common import merged
from localcloud.services.kubernetes.api.errors import bad_request
from localcloud.services.kubernetes.api.patches import JSON_PATCH, json_patch
from localcloud.services.kubernetes.api.store import Object


def scale_of(obj: Object) -> Object:
    """The Scale of an object."""
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    labels = (obj["spec"]["selector"].get("matchLabels") or {}).items()
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: obj["metadata"][key] for key in kept},
        "spec": {"replicas": obj["spec"].get("replicas", 1)},
        "status": {
            "replicas": (obj.get("status") or {}).get("replicas", 0),
            "selector": ",".join(f"{key}={value}" for key, value in labels),
        },
    }


def patched_scale(live: Object, content_type: str, body: Any) -> Any:
    """The Scale of an object after a patch of it."""
    if content_type == JSON_PATCH:
        return json_patch(scale_of(live), body)
    if not isinstance(body, dict):
        raise bad_request("the patch is not an object of kind Scale")
    return merged(scale_of(live), body)


def scale_change(wanted: Any) -> Object:
    """The merge patch of the scaled object that makes its Scale the wanted one; 0 is a number that is left out."""
    if not isinstance(wanted, dict) or wanted.get("kind", "Scale") != "Scale":
        raise bad_request("the body is not an object of kind Scale")
    metadata, spec = wanted.get("metadata") or {}, wanted.get("spec") or {}
    if not isinstance(metadata, dict) or not isinstance(spec, dict):
        raise bad_request("metadata and spec of a Scale are objects")
    replicas, version = spec.get("replicas", 0), metadata.get("resourceVersion")
    if not isinstance(replicas, int):
        raise bad_request(f"spec.replicas of a Scale is {replicas!r}, and no number")
    return {"spec": {"replicas": replicas}, **({"metadata": {"resourceVersion": version}} if version else {})}
