"""Create, update, patch and delete of objects as an API server does them: defaults, checks, generation, cascades."""

from __future__ import annotations

import copy
import random
import uuid
from dataclasses import dataclass
from typing import Any

from localcloud.services.common import merged
from localcloud.services.kubernetes.api import defaults, managed_fields, patches, service_allocation, validation
from localcloud.services.kubernetes.api.addresses import Addresses
from localcloud.services.kubernetes.api.discovery import Resource
from localcloud.services.kubernetes.api.errors import (
    ApiError,
    already_exists,
    bad_request,
    conflict,
    invalid,
    not_found,
)
from localcloud.services.kubernetes.api.store import Object, Store
from localcloud.services.kubernetes.api.targets import Target
from localcloud.services.kubernetes.api.times import now

NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789"  # Kubernetes' own: no vowels, so no words
FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
SERVER_SET = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation")
MERGE_PATCH = "application/merge-patch+json"
PATCH_TYPES = {
    "application/json-patch+json": "json",
    MERGE_PATCH: "merge",
    "application/strategic-merge-patch+json": "strategic",
    "application/apply-patch+yaml": "apply",
    "application/json": "strategic",
}


@dataclass(frozen=True)
class Patch:
    """A change of an object in part: one of PATCH_TYPES, and for a server-side apply who applies it."""

    content_type: str
    body: Any
    manager: str = ""


def random_suffix(length: int = 5) -> str:
    return "".join(random.choices(NAME_LETTERS, k=length))


class Objects:
    """The verbs of the API on one cluster's store."""

    def __init__(self, store: Store, addresses: Addresses) -> None:
        self.store, self.addresses = store, addresses

    def create(self, resource: Resource, namespace: str, body: Object, dry_run: bool = False) -> Object:
        """Store a new object; 409 if it exists, 404 without its namespace, 422 if it is not valid."""
        obj = self._prepared(resource, namespace, body)
        metadata = obj["metadata"]
        if not metadata.get("name"):
            if not metadata.get("generateName"):
                raise invalid(resource.display_kind, "", [("metadata.name", "Required value: name or generateName")])
            metadata["name"] = f"{metadata['generateName']}{random_suffix()}"
        validation.check_schema(resource, obj)
        if resource.namespaced:
            self._require_namespace(namespace, resource, metadata["name"])
        for field in (*SERVER_SET, "resourceVersion", "selfLink"):
            metadata.pop(field, None)
        metadata |= {"uid": str(uuid.uuid4()), "creationTimestamp": now(), "generation": 1}
        if "status" in resource.subresources:
            obj.pop("status", None)
        defaults.fill_in(resource.key, obj)
        validation.check_rules(resource, obj)
        if resource.key == "services":
            service_allocation.allocate(self.addresses, obj)
        if not dry_run:
            return self.store.create(resource.key, obj)
        if self.store.get(resource.key, namespace, metadata["name"]) is not None:
            raise already_exists(resource.key, metadata["name"])
        return obj

    def replace(self, target: Target, body: Object, dry_run: bool = False) -> Object:
        """Replace an object or its status; 409 if a given resourceVersion is not the present one."""
        obj = self._prepared(target.resource, target.namespace, body, target.name)
        return self._update(target, self.store.require(*target.key), obj, dry_run)

    def patch(self, target: Target, patch: Patch, dry_run: bool = False) -> Object:
        """Change an object in part; a server-side apply creates it if it isn't there."""
        kind = PATCH_TYPES.get(patch.content_type)
        if kind is None:
            supported = ", ".join(PATCH_TYPES)
            message = f"{patch.content_type!r} is not a supported patch: {supported}"
            raise ApiError(415, "UnsupportedMediaType", message)
        live = self.store.get(*target.key)
        if kind == "apply":
            return self._apply(target, patch, live, dry_run)
        if live is None:
            raise not_found(target.resource.key, target.name)
        body = patch.body
        if kind != "json" and not isinstance(body, dict):
            raise _no_object(target.resource)
        change = {"json": patches.json_patch, "merge": merged, "strategic": patches.strategic_merge}[kind]
        patched = self._prepared(target.resource, target.namespace, change(live, body), target.name)
        asked = (body.get("metadata") or {}).get("resourceVersion") if isinstance(body, dict) else None
        patched["metadata"]["resourceVersion"] = asked or live["metadata"]["resourceVersion"]
        return self._update(target, live, patched, dry_run)

    def _apply(self, target: Target, patch: Patch, live: Object | None, dry_run: bool) -> Object:
        if not patch.manager:
            raise bad_request("fieldManager is required for apply patch")
        applied = self._prepared(target.resource, target.namespace, patch.body, target.name)
        obj = managed_fields.apply(live or {}, applied, patch.manager)
        if live is None:
            return self.create(target.resource, target.namespace, obj, dry_run)
        return self._update(target, live, obj, dry_run)

    def _update(self, target: Target, live: Object, obj: Object, dry_run: bool) -> Object:
        resource = target.resource
        given = obj["metadata"].get("resourceVersion")
        if given and given != live["metadata"]["resourceVersion"]:
            raise conflict(resource.key, live["metadata"]["name"])
        given_uid = obj["metadata"].get("uid")
        if given_uid and given_uid != live["metadata"]["uid"]:
            raise conflict(resource.key, live["metadata"]["name"], "the UID in the precondition is another object's")
        if target.sub:
            obj = {**copy.deepcopy(live), "status": obj.get("status", {})}
            validation.check_schema(resource, obj)
        else:
            validation.check_schema(resource, obj)
            defaults.fill_in(resource.key, obj)
            self._keep_server_fields(resource, live, obj)
            if resource.key == "services":
                service_allocation.allocate(self.addresses, obj, live)
            validation.check_rules(resource, obj, live)
        if not target.sub and _declared(obj) != _declared(live):
            obj["metadata"]["generation"] = live["metadata"].get("generation", 1) + 1
        if dry_run:
            return obj
        updated = self.store.update(resource.key, obj)
        return self.finish_deletion(resource.key, updated) or updated

    def _keep_server_fields(self, resource: Resource, live: Object, obj: Object) -> None:
        for field in SERVER_SET:
            obj["metadata"].pop(field, None)
            if field in live["metadata"]:
                obj["metadata"][field] = live["metadata"][field]
        if "status" in resource.subresources:
            obj.pop("status", None)
            if "status" in live:
                obj["status"] = live["status"]
        if resource.key == "pods" and live["spec"].get("nodeName"):
            obj["spec"].setdefault("nodeName", live["spec"]["nodeName"])

    def _prepared(self, resource: Resource, namespace: str, body: Any, name: str = "") -> Object:
        """A copy of a body with what the URL says filled in; 400 where the two disagree."""
        if not isinstance(body, dict):
            raise _no_object(resource)
        obj: Object = defaults.without_nulls(body)
        for field, expected in (("apiVersion", resource.api_version), ("kind", resource.kind)):
            if obj.setdefault(field, expected) != expected:
                raise bad_request(f"{field} is {obj[field]!r}, the URL is for {expected!r}")
        metadata = obj.setdefault("metadata", {})
        if not isinstance(metadata, dict):
            raise invalid(resource.display_kind, "", [("metadata", "Invalid value: not a map")])
        if resource.namespaced and metadata.setdefault("namespace", namespace) != namespace:
            raise bad_request(f"metadata.namespace is {metadata['namespace']!r}, the URL's is {namespace!r}")
        if name and metadata.setdefault("name", name) != name:
            raise bad_request(f"the name of the object ({metadata['name']}) is not that of the URL ({name})")
        return obj

    def _require_namespace(self, namespace: str, resource: Resource, name: str) -> None:
        found = self.store.get("namespaces", "", namespace)
        if found is None:
            raise not_found("namespaces", namespace)
        if found["metadata"].get("deletionTimestamp"):
            message = f'{resource.key} "{name}" is forbidden: namespace {namespace} is being terminated'
            raise ApiError(403, "Forbidden", message)

    def delete(
        self, resource: Resource, namespace: str, name: str, options: Object | None = None
    ) -> tuple[Object, bool]:
        """Delete or start to delete; returns the object and whether it is gone already.

        `options` is a DeleteOptions: preconditions, gracePeriodSeconds (pods), propagationPolicy Background (default),
        Foreground or Orphan, dryRun.
        """
        options = options or {}
        live = self.store.require(resource.key, namespace, name)
        for field, value in (options.get("preconditions") or {}).items():
            if live["metadata"].get(field) != value:
                raise conflict(resource.key, name, f"the precondition {field} {value} is not met")
        obj = copy.deepcopy(live)
        metadata = obj["metadata"]
        finalizer = {"Foreground": FOREGROUND, "Orphan": ORPHAN}.get(options.get("propagationPolicy", ""))
        if finalizer and finalizer not in (metadata.get("finalizers") or []):
            metadata["finalizers"] = [*(metadata.get("finalizers") or []), finalizer]
        grace = self._grace(resource, obj, options.get("gracePeriodSeconds"))
        metadata.setdefault("deletionTimestamp", now())
        metadata["deletionGracePeriodSeconds"] = min(grace, metadata.get("deletionGracePeriodSeconds", grace))
        if "generation" in metadata and not live["metadata"].get("deletionTimestamp"):
            metadata["generation"] += 1
        if resource.key == "namespaces":
            obj["status"] = {"phase": "Terminating"}
        if options.get("dryRun"):
            return obj, False
        updated = self.store.update(resource.key, obj)
        gone = self.finish_deletion(resource.key, updated)
        return gone or updated, gone is not None

    def _grace(self, resource: Resource, obj: Object, asked: int | None) -> int:
        """Seconds a pod gets to end; 0 if nothing runs, so that it can go at once. Other kinds need none."""
        if resource.key != "pods":
            return 0
        ended = obj["status"].get("phase") in {"Succeeded", "Failed"}
        if ended or not obj["spec"].get("nodeName"):
            return 0
        return asked if asked is not None else obj["spec"].get("terminationGracePeriodSeconds", 30)

    def finish_deletion(self, resource_key: str, obj: Object) -> Object | None:
        """Remove an object that is being deleted once nothing holds it any more; the removed object, or None."""
        metadata = obj["metadata"]
        if not metadata.get("deletionTimestamp") or metadata.get("finalizers"):
            return None
        if metadata.get("deletionGracePeriodSeconds", 0) > 0:
            return None
        if resource_key == "namespaces" and obj["spec"].get("finalizers"):
            return None
        return self.store.remove(resource_key, metadata.get("namespace", ""), metadata["name"])


def _no_object(resource: Resource) -> ApiError:
    return bad_request(f"the body is not an object of kind {resource.kind}")


def _declared(obj: Object) -> Object:
    """What a change of which counts as a new generation."""
    return {key: value for key, value in obj.items() if key not in {"metadata", "status"}}
