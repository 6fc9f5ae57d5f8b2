"""Waiting until an object does what it is for: a Deployment rolled out, a load balancer with an address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from localcloud.providers.errors import ProviderError
from localcloud.providers.kubernetes.client import KubernetesClient
from localcloud.providers.waiting import Patience

POLL_S = 0.2
TIMEOUT_S = 600.0
SKIP = "pulumi.com/skipAwait"
TIMEOUT = "pulumi.com/timeoutSeconds"

Document = dict[str, Any]


class NotReadyError(ProviderError):
    """It exists, but did not become ready; the last state of the object, and the reasons."""

    def __init__(self, document: Document, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.document = document
        self.reasons = reasons


def wait_ready(client: KubernetesClient, path: str, document: Document, patience: Patience) -> Document:
    """Wait until an object is ready; the object as it is then. Errors: NotReadyError."""
    annotations = document.get("metadata", {}).get("annotations") or {}
    check = CHECKS.get(document.get("kind", ""))
    if check is None or annotations.get(SKIP) == "true":
        return document
    if float(annotations.get(TIMEOUT, 0)):
        patience = replace(patience, limit=float(annotations[TIMEOUT]))
    while True:
        waiting, failed = check(document)
        if not waiting:
            return document
        if failed or patience.is_over:
            reasons = [failed or f"not ready within {patience.limit:g} s: {waiting}"]
            raise NotReadyError(document, [*reasons, *_pod_problems(client, document)])
        patience.pause(POLL_S, waiting)
        document = client.call("GET", path)


def wait_gone(client: KubernetesClient, path: str, patience: Patience) -> None:
    """Wait until an object is deleted. Errors: ProviderError."""
    while client.find(path) is not None:
        if patience.is_over:
            raise ProviderError(f"still there {patience.limit:g} s after its deletion began (a finalizer may hold it)")
        patience.pause(POLL_S, "waiting until it is gone")


def _deployment(document: Document) -> tuple[str, str]:
    """(what is waited for, or nothing; why it never will be, or nothing). As `kubectl rollout status` decides."""
    spec, status = document.get("spec", {}), document.get("status") or {}
    wanted = spec.get("replicas", 1)
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    progress = f"{available} of {wanted} replicas available"
    for condition in status.get("conditions") or []:
        if condition["type"] == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
            return progress, f"rollout failed: {condition.get('message', 'progress deadline exceeded')}"
    if status.get("observedGeneration", 0) < document["metadata"].get("generation", 0):
        return "waiting for the rollout to begin", ""
    if updated < wanted:
        return f"{updated} of {wanted} replicas are of the new version", ""
    if status.get("replicas", 0) > updated:
        return f"{status['replicas'] - updated} replicas of the old version are still there", ""
    return (progress, "") if available < wanted else ("", "")


def _service(document: Document) -> tuple[str, str]:
    if document.get("spec", {}).get("type") != "LoadBalancer":
        return "", ""
    status = document.get("status") or {}
    if (status.get("loadBalancer") or {}).get("ingress"):
        return "", ""
    problems = [entry for entry in status.get("conditions") or [] if entry["type"] == "LoadBalancerPortsError"]
    return "waiting for the load balancer's address", "; ".join(entry.get("message", "") for entry in problems)


CHECKS: dict[str, Callable[[Document], tuple[str, str]]] = {"Deployment": _deployment, "Service": _service}


def _pod_problems(client: KubernetesClient, document: Document) -> list[str]:
    """Why the pods of a workload don't run, as far as the API tells."""
    labels = ((document.get("spec") or {}).get("selector") or {}).get("matchLabels")
    if not labels:
        return []
    selector = quote(",".join(f"{key}={value}" for key, value in labels.items()))
    collection = f"/api/v1/namespaces/{document['metadata'].get('namespace', 'default')}/pods?labelSelector={selector}"
    try:
        pods = client.call("GET", collection).get("items") or []
    except ProviderError as error:
        return [f"its pods cannot be listed: {error}"]
    return [problem for pod in pods for problem in _pod_problem(pod)]


def _pod_problem(pod: Document) -> list[str]:
    found = []
    for container in (pod.get("status") or {}).get("containerStatuses") or []:
        state = container.get("state") or {}
        waiting = state.get("waiting") or state.get("terminated") or {}
        if waiting.get("reason"):
            text = " ".join(filter(None, (waiting["reason"], waiting.get("message"))))
            found.append(f"pod {pod['metadata']['name']}, container {container['name']}: {text}")
    return found
