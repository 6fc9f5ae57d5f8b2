"""Lists: of now or of a version, whole or page by page.

Source: k8s.io/apimachinery, pkg/apis/meta/internalversion/validation; k8s.io/apiserver, pkg/storage.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from localcloud.services.kubernetes.api.errors import ApiError, bad_request, invalid_of
from localcloud.services.kubernetes.api.requests import predicate, whole_number
from localcloud.services.kubernetes.api.store import Object, Store
from localcloud.services.kubernetes.api.targets import Target

MATCHES = ("Exact", "NotOlderThan")
TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter."
)


def listed(store: Store, target: Target, query: Mapping[str, str]) -> Object:
    """A list object of a collection as its query asks for it."""
    matches, limit = predicate(query, target.resource.key), whole_number(query, "limit") or 0
    version, after = _start(store, query)
    try:
        objects = store.list(target.resource.key, target.namespace, version)
    except ApiError as error:
        if after:
            raise ApiError(410, "Expired", TOO_OLD) from error
        raise
    found = [obj for obj in objects if matches(obj) and _place(obj) > after]
    metadata: dict[str, Any] = {"resourceVersion": str(version or store.version)}
    if 0 < limit < len(found):
        token = {"v": "meta.k8s.io/v1", "rv": version or store.version, "start": _place(found[limit - 1])}
        metadata["continue"] = base64.urlsafe_b64encode(json.dumps(token).encode()).decode()
        if not query.get("labelSelector") and not query.get("fieldSelector"):
            metadata["remainingItemCount"] = len(found) - limit
        found = found[:limit]
    items = [{key: value for key, value in obj.items() if key not in {"apiVersion", "kind"}} for obj in found]
    kind = {"kind": f"{target.resource.kind}List", "apiVersion": target.resource.api_version}
    return {**kind, "metadata": metadata, "items": items}


def _place(obj: Object) -> list[str]:
    return [obj["metadata"].get("namespace", ""), obj["metadata"]["name"]]


def _start(store: Store, query: Mapping[str, str]) -> tuple[int | None, list[str]]:
    """The version that is listed (None: the present one), and the place after which the list begins."""
    version, match = whole_number(query, "resourceVersion"), query.get("resourceVersionMatch", "")
    token = query.get("continue", "")
    causes: list[tuple[str, str]] = []
    if match and match not in MATCHES:
        causes.append(("resourceVersionMatch", f"Unsupported value: {match!r}: supported values: {', '.join(MATCHES)}"))
    if match and version is None:
        why = "resourceVersionMatch is forbidden unless resourceVersion is provided"
        causes.append(("resourceVersionMatch", f"Forbidden: {why}"))
    if match and token:
        why = "resourceVersionMatch is forbidden when continue is provided"
        causes.append(("resourceVersionMatch", f"Forbidden: {why}"))
    if match == "Exact" and version == 0:
        why = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
        causes.append(("resourceVersionMatch", f"Forbidden: {why}"))
    if causes:
        raise invalid_of("ListOptions", "meta.k8s.io", "", causes)
    if token:
        if version:
            raise bad_request("specifying resource version is not allowed when using continue")
        return _read_token(token)
    require_reached(store, version)
    return (version if match == "Exact" else None), []


def _read_token(token: str) -> tuple[int, list[str]]:
    try:
        read = json.loads(base64.urlsafe_b64decode(token))
        namespace, name = read["start"]
        return int(read["rv"]), [str(namespace), str(name)]
    except (binascii.Error, ValueError, TypeError, KeyError) as error:
        raise bad_request(f"continue key is not valid: {error}") from error


def require_reached(store: Store, version: int | None) -> None:
    """504 for a version that is not there yet, as after a cluster was made anew."""
    if version and version > store.version:
        cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
        message = f"Timeout: Too large resource version: {version}, current: {store.version}"
        raise ApiError(504, "Timeout", message, {"causes": [cause], "retryAfterSeconds": 1})
