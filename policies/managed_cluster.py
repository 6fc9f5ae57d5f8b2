"""The managed cluster in a Dataproc workflow template's inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.resource_types import WORKFLOW_TEMPLATE
from policies.rule import Resource


def managed_cluster(props: Mapping[str, Any]) -> Mapping[str, Any]:
    """Config of a workflow template's managed cluster, empty if it has none."""
    placement = props.get("placement") or {}
    return (placement.get("managedCluster") or {}).get("config") or {}


def workflow_with(**config: Any) -> Resource:
    """A workflow template whose managed cluster has this config."""
    return Resource(WORKFLOW_TEMPLATE, {"placement": {"managedCluster": {"config": config}}})
