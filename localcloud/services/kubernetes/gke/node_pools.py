"""Node pools of a cluster, and the Node objects that stand for them: one a pool, all of them this machine."""

from __future__ import annotations

import os
import platform
import uuid
from typing import Any

import psutil

from localcloud.services.common import GoogleError
from localcloud.services.kubernetes.api.conditions import set_condition
from localcloud.services.kubernetes.api.discovery import SCHEMA_VERSION

Body = dict[str, Any]
EFFECTS = {"NO_SCHEDULE": "NoSchedule", "PREFER_NO_SCHEDULE": "PreferNoSchedule", "NO_EXECUTE": "NoExecute"}
CONFIG_FIELDS = {
    "imageType", "labels", "taints", "tags", "machineType", "diskType", "diskSizeGb", "kubeletConfig", "gcfsConfig",
    "workloadMetadataConfig", "resourceLabels", "resourceManagerTags", "linuxNodeConfig", "gvnic", "loggingConfig",
    "containerdConfig", "confidentialNodes", "fastSocket", "accelerators", "windowsNodeConfig",
}  # fmt: skip
POOL_FIELDS = {"locations", "upgradeSettings", "nodeNetworkConfig", "queuedProvisioning", "maxRunDuration"}
PARTS = {
    "setSize": {"nodeCount": "initialNodeCount"},
    "setAutoscaling": {"autoscaling": "autoscaling"},
    "setManagement": {"management": "management"},
}
IDENTIFYING = {"name", "etag", "clusterId", "projectId", "zone", "nodePoolId", "labelFingerprint"}
DEFAULT_MACHINE = "e2-medium"


def complete(cluster: Body, given: Body, version: str) -> Body:
    """A node pool's record from what its creator gave."""
    config = {
        "machineType": DEFAULT_MACHINE,
        "diskSizeGb": 100,
        "diskType": "pd-balanced",
        "imageType": "COS_CONTAINERD",
        "serviceAccount": "default",
        **(given.get("config") or {}),
    }
    return {
        "initialNodeCount": 1,
        "locations": cluster["locations"],
        "management": {"autoUpgrade": True, "autoRepair": True},
        **{key: value for key, value in given.items() if value is not None},
        "config": config,
        "version": given.get("version") or version,
        "status": "RUNNING",
        "selfLink": f"{cluster['selfLink']}/nodePools/{given['name']}",
        "instanceGroupUrls": [],
        "etag": uuid.uuid4().hex[:16],
    }


def updated(pool: Body, change: Body, part: str) -> Body:
    """The pool after an UpdateNodePoolRequest, or after the request of `part` (setSize, ...)."""
    result = {**pool, "config": dict(pool["config"]), "etag": uuid.uuid4().hex[:16]}
    for field, value in change.items():
        if value is None or field in IDENTIFYING:
            continue
        if part:
            if field not in PARTS[part]:
                raise GoogleError(400, f"{part}: unknown field {field}")
            result[PARTS[part][field]] = value
        elif field in CONFIG_FIELDS:
            nested = {"labels": "labels", "taints": "taints", "tags": "tags"}.get(field)
            result["config"][field] = value.get(nested, value) if nested and isinstance(value, dict) else value
        elif field in POOL_FIELDS:
            result[field] = value
        elif field == "nodeVersion":
            result["version"] = value
        else:
            raise GoogleError(400, f"unknown field {field} in the update of a node pool")
    return result


def nodes(cluster: Body, address: str) -> list[Body]:
    """The Node objects of a cluster."""
    pools = cluster.get("nodePools") or []
    if (cluster.get("autopilot") or {}).get("enabled"):
        pools = [{"name": "autopilot", "config": {}}]
    return [_node(cluster, pool, address) for pool in pools]


def _node(cluster: Body, pool: Body, address: str) -> Body:
    config = pool.get("config") or {}
    name = f"gke-{cluster['name']}-{pool['name']}"
    location = cluster["location"]
    labels = {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
        "cloud.google.com/gke-nodepool": pool["name"],
        "node.kubernetes.io/instance-type": config.get("machineType", DEFAULT_MACHINE),
        "topology.kubernetes.io/region": location,
        "topology.kubernetes.io/zone": (pool.get("locations") or [location])[0],
    }
    if config.get("spot"):
        labels["cloud.google.com/gke-spot"] = "true"
        labels["cloud.google.com/gke-provisioning"] = "spot"
    labels |= config.get("labels") or {}
    taints = [
        {"key": taint["key"], "value": taint.get("value", ""), "effect": EFFECTS.get(taint["effect"], taint["effect"])}
        for taint in config.get("taints") or []
    ]
    provider = f"localcloud://{location}/{name}"
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": taints, "providerID": provider},
        "status": _status(name, address),
    }


def _status(name: str, address: str) -> Body:
    """This machine's size; it is not divided among the nodes."""
    memory = psutil.virtual_memory().total
    amounts = {"cpu": str(os.cpu_count() or 1), "memory": f"{memory // 1024}Ki", "pods": "110"}
    status: Body = {
        "capacity": amounts,
        "allocatable": amounts,
        "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
        "nodeInfo": {
            "machineID": "",
            "systemUUID": "",
            "bootID": "",
            "kernelVersion": platform.release(),
            "osImage": platform.system(),
            "containerRuntimeVersion": "process://1",
            "kubeletVersion": f"v{SCHEMA_VERSION}.0",
            "kubeProxyVersion": f"v{SCHEMA_VERSION}.0",
            "operatingSystem": "linux",
            "architecture": platform.machine(),
        },
    }
    set_condition(status, "Ready", True, "KubeletReady", "the node takes pods")
    return status
