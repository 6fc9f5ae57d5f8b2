"""The kinds that GKE adds to Kubernetes by CustomResourceDefinitions of its own, as far as they are offered here.

AutoscalingMetric names gauges of pods, which a HorizontalPodAutoscaler then refers to, as a metric of type Pods, by
`autoscaling.gke.io|<object's name>|<gauge's name>`. GKE publishes no schema of it. Its fields are those of GKE's pages
"Expose custom metrics for autoscaling" and "... for load balancers" (2026), and so are the rules: a label that selects
pods has a name of letters, digits, `-` and `_`, a gauge one such as a host has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from localcloud.services.kubernetes.api import limits

Object = dict[str, Any]
Causes = Iterator[tuple[str, str]]
LABEL_NAME = re.compile(r"[A-Za-z0-9_-]+")
DEFINITIONS = "/api/_definitions.json#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1."


def _struct(required: tuple[str, ...] = (), /, **fields: Any) -> Object:
    return {"type": "object", "properties": fields, "required": list(required)}


def _list_of(entries: Object) -> Object:
    return {"type": "array", "items": entries}


_TEXT, _WHOLE = {"type": "string"}, {"type": "integer", "format": "int32", "minimum": 1, "maximum": 65535}
_GAUGE = _struct(("name",), name=_TEXT, prometheusMetricName=_TEXT, loadBalancing=_struct(enabled={"type": "boolean"}))
_CONTAINER = _struct(
    ("endpoint", "metrics"),
    endpoint=_struct(("port",), port=_WHOLE, path=_TEXT),
    metrics=_list_of(_struct(("gauge",), gauge=_GAUGE)),
)
_SELECTOR = _struct(matchLabels={"type": "object", "additionalProperties": _TEXT})
_METRIC = _struct(
    pod=_struct(("selector", "containers"), selector=_SELECTOR, containers=_list_of(_CONTAINER)),
    promql=_struct(("name", "query"), name=_TEXT, query=_TEXT),
)
_SPECS = {("AutoscalingMetric", "autoscaling.gke.io"): _struct(("metrics",), metrics=_list_of(_METRIC))}


def schema_of(kind: str, group: str, version: str) -> Object | None:
    """The JSON schema of a kind, in the form of Kubernetes' own; None if it is no custom one."""
    spec = _SPECS.get((kind, group))
    return spec and {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://kubernetes.io/api/{kind.lower()}/{group}/{version}",
        **_struct(
            ("spec",),
            apiVersion={**_TEXT, "enum": [f"{group}/{version}"]},
            kind={**_TEXT, "enum": [kind]},
            metadata={"$ref": f"{DEFINITIONS}ObjectMeta"},
            spec=spec,
        ),
    }


def autoscaling_metric(obj: Object) -> Causes:
    """The broken rules of an AutoscalingMetric."""
    for index, metric in enumerate(obj["spec"]["metrics"]):
        path = f"spec.metrics[{index}]"
        if "promql" in metric:
            why = "the local cloud reads gauges of pods and has no Cloud Monitoring to query"
            yield f"{path}.promql", f"Forbidden: {why}"
        elif "pod" not in metric:
            yield f"{path}.pod", "Required value"
        else:
            yield from _pod(metric["pod"], f"{path}.pod")


def _pod(pod: Object, path: str) -> Causes:
    labels = pod["selector"].get("matchLabels") or {}
    if not labels:
        yield f"{path}.selector.matchLabels", "Required value"
    for name in labels:
        if not LABEL_NAME.fullmatch(name):
            why = "of a label's name only letters, digits, '-' and '_' are supported here"
            yield f"{path}.selector.matchLabels", f"Invalid value: {name!r}: {why}"
    for container, entry in enumerate(pod["containers"]):
        for index, metric in enumerate(entry["metrics"]):
            name = metric["gauge"]["name"]
            if not limits.SERVICE_NAME.fits(name):
                yield (
                    f"{path}.containers[{container}].metrics[{index}].gauge.name",
                    limits.SERVICE_NAME.problem(name),
                )
