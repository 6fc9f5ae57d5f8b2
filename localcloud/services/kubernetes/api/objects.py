"""Create, update, patch and delete of objects as an API server does them: defaults, checks, generation, cascades."""

from __future__ import annotations

import copy
import random
import uuid
from dataclasses import dataclass
from typing import Any

from localcloud.services.common import merged
from localcloud.services.kubernetes.api import (
    defaults,
    deletions,
    limits,
    managed_fields,
    patches,
    reading,
    service_allocation,
    validation,
)
from localcloud.services.kubernetes.api.addresses import Addresses
from localcloud.services.kubernetes.api.discovery import Resource
from localcloud.services.kubernetes.api.errors import (
    already_exists,
    bad_request,
    conflict,
    forbidden,
    invalid,
    not_found,
    unsupported_media,
)
from localcloud.services.kubernetes.api.patches import JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH
from localcloud.services.kubernetes.api.schema import type_of
from localcloud.services.kubernetes.api.store import Object, Store
from localcloud.services.kubernetes.api.targets import Target
from localcloud.services.kubernetes.api.times import now
from localcloud.services.kubernetes.api.writes import APPLY, Write

NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789"  # Kubernetes' own: no vowels, so no words
LONGEST_BASE = 58  # of a generated name
SERVER_SET = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation")
PATCH_TYPES = (JSON_PATCH, MERGE_PATCH, APPLY, STRATEGIC_PATCH)


@dataclass(frozen=True)
class Patch:
    """A change of an object in part, by one of PATCH_TYPES."""

    content_type: str
    body: Any


def random_suffix(length: int = 5) -> str:
    return "".join(random.choices(NAME_LETTERS, k=length))


class Objects:
    """The verbs of the API on one cluster's store."""

    def __init__(self, store: Store, addresses: Addresses) -> None:
        self.store, self.addresses = store, addresses

    def create(self, resource: Resource, namespace: str, body: Any, write: Write | None = None) -> Object:
        """Store a new object; 409 if it exists, 404 without its namespace, 400 or 422 if it is not valid."""
        write = write or Write()
        obj = reading.prepared(resource, namespace, body)
        reading.read_strictly(resource, obj, write)
        return self._add(resource, namespace, obj, write)

    def _add(self, resource: Resource, namespace: str, obj: Object, write: Write) -> Object:
        metadata = obj["metadata"]
        if not metadata.get("name"):
            if not metadata.get("generateName"):
                why = "Required value: name or generateName is required"
                raise invalid(resource, "", [("metadata.name", why)])
            metadata["name"] = f"{metadata['generateName'][:LONGEST_BASE]}{random_suffix()}"
        if metadata.get("resourceVersion"):
            raise bad_request("resourceVersion should not be set on objects to be created")
        validation.check_schema(resource, obj)
        if resource.namespaced:
            self._require_namespace(namespace, resource, metadata["name"])
        for field in (*SERVER_SET, "selfLink"):
            metadata.pop(field, None)
        metadata |= {"uid": str(uuid.uuid4()), "creationTimestamp": now(), "generation": 1}
        if "status" in resource.subresources:
            obj.pop("status", None)
        defaults.fill_in(resource.key, obj)
        validation.check_rules(resource, obj)
        if resource.key == "services":
            service_allocation.allocate(self.addresses, obj)
        _track(resource, {}, obj, write)
        if not write.dry_run:
            return self.store.create(resource.key, obj)
        if self.store.get(resource.key, namespace, metadata["name"]) is not None:
            raise already_exists(resource.key, metadata["name"])
        return obj

    def replace(self, target: Target, body: Any, write: Write) -> Object:
        """Replace an object or its status; 409 if a given resourceVersion is not the present one."""
        resource = target.resource
        obj = reading.prepared(resource, target.namespace, body, target.name)
        reading.read_strictly(resource, obj, write)
        live = self.store.get(*target.key)
        if live is None and resource.key in limits.MADE_BY_PUT and not target.sub:
            return self._add(resource, target.namespace, obj, write)
        live = self.store.require(*target.key)
        if resource.key in limits.NEEDS_VERSION and not obj["metadata"].get("resourceVersion"):
            causes = [("metadata.resourceVersion", "Invalid value: 0: must be specified for an update")]
            raise invalid(resource, target.name, causes)
        given = obj["metadata"].get("uid", live["metadata"]["uid"])
        if given != live["metadata"]["uid"]:
            raise conflict(
                resource.key,
                target.name,
                f"Precondition failed: UID in precondition: {given}, UID in object meta: {live['metadata']['uid']}",
            )
        return self._update(target, live, obj, write)

    def patch(self, target: Target, patch: Patch, write: Write) -> Object:
        """Change an object in part; a server-side apply creates it if it isn't there."""
        known = tuple(kind for kind in PATCH_TYPES if kind != STRATEGIC_PATCH or not target.resource.custom)
        if patch.content_type not in known:
            raise unsupported_media(known)
        live = self.store.get(*target.key)
        if patch.content_type == APPLY:
            return self._apply(target, patch, live, write)
        if live is None:
            raise not_found(target.resource.key, target.name)
        changed = _patched(target.resource, live, patch)
        patched = reading.prepared(target.resource, target.namespace, changed, target.name)
        reading.read_strictly(target.resource, patched, write, patched=True)
        given = patched["metadata"].get("uid", live["metadata"]["uid"])
        if given != live["metadata"]["uid"]:
            raise invalid(
                target.resource, target.name, [("metadata.uid", f"Invalid value: {given}: field is immutable")]
            )
        return self._update(target, live, patched, write)

    def _apply(self, target: Target, patch: Patch, live: Object | None, write: Write) -> Object:
        resource = target.resource
        config = reading.configuration(target, patch.body)
        reading.heed(resource, list(write.problems), write, patched=True)
        if target.sub:
            config = {key: config[key] for key in ("apiVersion", "kind", "metadata", "status") if key in config}
        elif "status" in resource.subresources:
            config.pop("status", None)
        if live is None and target.sub:
            raise not_found(resource.key, target.name)
        if live is None and config["metadata"].get("uid"):
            raise conflict(
                resource.key,
                target.name,
                "uid mismatch: the provided object specified a uid, and no existing object was found",
            )
        obj = managed_fields.applied(type_of(resource), live or {}, config, write.manager, force=write.force)
        if live is None:
            return self._add(resource, target.namespace, obj, write)
        return self._update(target, live, obj, write)

    def _update(self, target: Target, live: Object, obj: Object, write: Write) -> Object:
        resource = target.resource
        given = obj["metadata"].get("resourceVersion")
        if given and given != live["metadata"]["resourceVersion"]:
            raise conflict(resource.key, live["metadata"]["name"])
        validation.check_schema(resource, obj)
        if target.sub:
            fields = obj["metadata"].get("managedFields")
            obj = {**copy.deepcopy(live), "status": obj.get("status", {})}
            obj["metadata"] |= {"managedFields": fields} if fields else {}
        else:
            defaults.fill_in(resource.key, obj)
            _keep_server_fields(resource, live, obj)
            if resource.key == "services":
                service_allocation.allocate(self.addresses, obj, live)
            validation.check_rules(resource, obj, live)
            if _declared(obj) != _declared(live):
                obj["metadata"]["generation"] = live["metadata"].get("generation", 1) + 1
        _track(resource, live, obj, write)
        return obj if write.dry_run else self.settle(resource.key, obj)

    def _require_namespace(self, namespace: str, resource: Resource, name: str) -> None:
        found = self.store.get("namespaces", "", namespace)
        if found is None:
            raise not_found("namespaces", namespace)
        if found["metadata"].get("deletionTimestamp"):
            said = f"namespace {namespace} is being terminated"
            cause = {"reason": "NamespaceTerminating", "message": said, "field": "metadata.namespace"}
            why = f"unable to create new content in namespace {namespace} because it is being terminated"
            raise forbidden(resource.key, name, why, {"causes": [cause]})

    def delete(
        self, resource: Resource, namespace: str, name: str, options: Object | None = None
    ) -> tuple[Object, bool]:
        """Delete or start to delete; returns the object and whether it is gone already.

        `options` is a DeleteOptions: preconditions, gracePeriodSeconds (pods), propagationPolicy Background (default),
        Foreground or Orphan, dryRun.
        """
        options = options or {}
        live = self.store.require(resource.key, namespace, name)
        deletions.check(resource, live, options)
        obj = deletions.marked(resource, live, options)
        gone = deletions.is_released(obj)
        if not options.get("dryRun"):
            if obj != live:
                obj = self.store.update(resource.key, obj)
            if gone:
                obj = self.store.remove(resource.key, namespace, name)
        return obj, gone

    def settle(self, resource_key: str, obj: Object) -> Object:
        """Store a changed object, or remove it if it is being deleted and nothing holds it any more."""
        if not obj["metadata"].get("deletionTimestamp") or not deletions.is_released(obj):
            return self.store.update(resource_key, obj)
        self.store.remove(resource_key, obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
        return obj


def _patched(resource: Resource, live: Object, patch: Patch) -> Any:
    if patch.content_type == JSON_PATCH:
        return patches.json_patch(live, patch.body)
    if not isinstance(patch.body, dict):
        raise bad_request(f"the patch is not an object of kind {resource.kind}")
    if patch.content_type == MERGE_PATCH:
        return merged(live, patch.body)
    return patches.strategic_merge(type_of(resource), live, patch.body)


def _track(resource: Resource, live: Object, obj: Object, write: Write) -> None:
    """Note whose the changed fields are; a server-side apply has done so."""
    if write.manager.operation != "Apply":
        obj["metadata"]["managedFields"] = managed_fields.updated(type_of(resource), live, obj, write.manager)


def _keep_server_fields(resource: Resource, live: Object, obj: Object) -> None:
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


def _declared(obj: Object) -> Object:
    """What a change of which counts as a new generation."""
    return {key: value for key, value in obj.items() if key not in {"metadata", "status"}}
