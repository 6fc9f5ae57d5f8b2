"""The subresource `scale` of Deployments and ReplicaSets: an autoscaling/v1 Scale, read from and written to them."""

from __future__ import annotations

from typing import Any

from localcloud.services.kubernetes.api.errors import bad_request
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


def scale_change(method: str, body: Any) -> Object:
    """The merge patch of the scaled object; one without a number of replicas leaves it, a PUT makes it 0."""
    if not isinstance(body, dict):
        return {"spec": {"replicas": _patched_replicas(body)}}
    replicas = (body.get("spec") or {}).get("replicas", 0 if method == "PUT" else None)
    version = (body.get("metadata") or {}).get("resourceVersion")
    return {
        **({"spec": {"replicas": replicas}} if replicas is not None else {}),
        **({"metadata": {"resourceVersion": version}} if version else {}),
    }


def _patched_replicas(operations: Any) -> int:
    for operation in operations if isinstance(operations, list) else []:
        if operation.get("path") == "/spec/replicas" and operation.get("op") in {"add", "replace"}:
            return operation["value"]
    raise bad_request("a patch of a scale sets spec.replicas")
