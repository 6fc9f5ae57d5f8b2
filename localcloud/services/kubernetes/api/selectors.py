"""Label and field selectors: their text form in queries and their object form in specs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from localcloud.services.kubernetes.api.errors import bad_request

EVENT_FIELDS = (
    *(f"involvedObject.{field}" for field in ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion")),
    *("involvedObject.fieldPath", "reason", "reportingComponent", "source", "type"),
)
POD_FIELDS = (
    *(f"spec.{field}" for field in ("nodeName", "restartPolicy", "schedulerName", "serviceAccountName", "hostNetwork")),
    *("status.phase", "status.podIP", "status.podIPs", "status.nominatedNodeName"),
)
SELECTABLE = {
    "events": EVENT_FIELDS,
    "namespaces": ("status.phase",),
    "nodes": ("spec.unschedulable",),
    "pods": POD_FIELDS,
    "secrets": ("type",),
    "services": ("spec.clusterIP", "spec.type"),
}  # besides metadata.name and metadata.namespace. Source: k8s.io/kubernetes, pkg/apis/core/v1/conversion.go
FALSE_IF_UNSET = {"spec.hostNetwork", "spec.unschedulable"}
Predicate = Callable[[dict[str, Any]], bool]
SET_BASED = re.compile(r"(?P<key>[^\s!=,()]+)\s+(?P<operator>in|notin)\s*\((?P<values>[^)]*)\)")


def labels_match(selector: dict[str, Any] | None, labels: dict[str, str]) -> bool:
    """Whether labels fit a LabelSelector (matchLabels, matchExpressions); None fits nothing, {} everything."""
    if selector is None:
        return False
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(requirement_fits(requirement, labels) for requirement in selector.get("matchExpressions") or [])


def requirement_fits(requirement: dict[str, Any], labels: dict[str, str]) -> bool:
    """One {key, operator, values}: In, NotIn, Exists, DoesNotExist, and for nodes Gt, Lt."""
    value = labels.get(requirement["key"])
    values = requirement.get("values") or []
    match requirement["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt":
            return value is not None and int(value) > int(values[0])
        case "Lt":
            return value is not None and int(value) < int(values[0])
    return False


def service_selects(selector: dict[str, str] | None, labels: dict[str, str]) -> bool:
    """A Service's plain selector; an empty one selects nothing."""
    return bool(selector) and all(labels.get(key) == value for key, value in (selector or {}).items())


def label_predicate(text: str) -> Predicate:
    """A query's labelSelector such as `app=x,tier in (a,b),!old`; 400 if it can't be read."""
    requirements: list[dict[str, Any]] = []
    rest = text.strip()
    while rest:
        found = SET_BASED.match(rest)
        if found:
            operator = "In" if found["operator"] == "in" else "NotIn"
            values = [value.strip() for value in found["values"].split(",")]
            requirements.append({"key": found["key"], "operator": operator, "values": values})
            rest = rest[found.end() :].lstrip(", ")
            continue
        term, _, rest = rest.partition(",")
        requirements.append(_simple(term.strip()))
        rest = rest.strip()
    return lambda obj: all(
        requirement_fits(requirement, obj["metadata"].get("labels") or {}) for requirement in requirements
    )


def _simple(term: str) -> dict[str, Any]:
    found = re.fullmatch(r"(?P<key>[A-Za-z0-9][\w./-]*)\s*(?P<operator>!=|==?)\s*(?P<value>[\w.-]*)", term)
    if found:
        operator = "NotIn" if found["operator"] == "!=" else "In"
        return {"key": found["key"], "operator": operator, "values": [found["value"]]}
    if re.fullmatch(r"!?\s*[A-Za-z0-9][\w./-]*", term):
        absent = term.startswith("!")
        return {"key": term.lstrip("! "), "operator": "DoesNotExist" if absent else "Exists"}
    raise bad_request(f"unable to parse label selector: {term!r}")


def field_predicate(text: str, resource_key: str) -> Predicate:
    """A query's fieldSelector such as `metadata.name=x,status.phase!=Running`; 400 if it can't be read or the
    resource can't be asked for a field."""
    known = ("metadata.name", "metadata.namespace", *SELECTABLE.get(resource_key, ()))
    terms: list[tuple[list[str], bool, str]] = []
    for term in filter(None, text.split(",")):
        found = re.fullmatch(r"(?P<path>[\w.]+)(?P<operator>!=|==?)(?P<value>.*)", term.strip())
        if not found:
            raise bad_request(f"unable to parse field selector: {term!r}")
        if found["path"] not in known:
            raise bad_request(f"field label not supported: {found['path']}")
        terms.append((found["path"].split("."), found["operator"] != "!=", found["value"]))
    return lambda obj: all((_field(obj, path) == value) == wanted for path, wanted, value in terms)


def _field(obj: Any, path: list[str]) -> str:
    if path == ["source"]:
        path = ["source", "component"]
    for part in path:
        obj = obj.get(part) if isinstance(obj, dict) else None
    if obj is None:
        return "false" if ".".join(path) in FALSE_IF_UNSET else ""
    return str(obj).lower() if isinstance(obj, bool) else str(obj)
