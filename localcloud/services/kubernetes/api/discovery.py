"""The resources an API server has, and the documents that tell clients about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SCHEMA_VERSION = "1.33"
VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]


@dataclass(frozen=True)
class Resource:
    """One resource type. `key` is its unambiguous name, as `kubectl` takes it: `pods`, `deployments.apps`."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    subresources: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    custom: bool = False  # declared by a CustomResourceDefinition

    @property
    def key(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def root(self) -> str:
        return f"/apis/{self.api_version}" if self.group else f"/api/{self.version}"

    def path(self, namespace: str, name: str) -> str:
        """Address of one object on its API server."""
        scope = f"/namespaces/{namespace}" if self.namespaced else ""
        return f"{self.root}{scope}/{self.plural}/{name}"


_RBAC = "rbac.authorization.k8s.io"
_ALL = (
    Resource("", "v1", "namespaces", "Namespace", False, ("status", "finalize"), ("ns",)),
    Resource("", "v1", "nodes", "Node", False, ("status",), ("no",)),
    Resource("", "v1", "pods", "Pod", True, ("status", "log", "proxy", "eviction"), ("po",)),
    Resource("", "v1", "services", "Service", True, ("status", "proxy"), ("svc",)),
    Resource("", "v1", "endpoints", "Endpoints", True, (), ("ep",)),
    Resource("", "v1", "configmaps", "ConfigMap", True, (), ("cm",)),
    Resource("", "v1", "secrets", "Secret"),
    Resource("", "v1", "serviceaccounts", "ServiceAccount", True, (), ("sa",)),
    Resource("", "v1", "events", "Event", True, (), ("ev",)),
    Resource("", "v1", "limitranges", "LimitRange", True, (), ("limits",)),
    Resource("", "v1", "resourcequotas", "ResourceQuota", True, ("status",), ("quota",)),
    Resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", True, ("status",), ("pvc",)),
    Resource("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
    Resource("apps", "v1", "deployments", "Deployment", True, ("status", "scale"), ("deploy",)),
    Resource("apps", "v1", "replicasets", "ReplicaSet", True, ("status", "scale"), ("rs",)),
    Resource("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", True, ("status",), ("hpa",)),
    Resource("autoscaling.gke.io", "v1beta1", "autoscalingmetrics", "AutoscalingMetric", custom=True),
    Resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", True, ("status",), ("pdb",)),
    Resource("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", True, (), ("netpol",)),
    Resource("networking.k8s.io", "v1", "ingresses", "Ingress", True, ("status",), ("ing",)),
    Resource("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", False, (), ("pc",)),
    Resource(_RBAC, "v1", "roles", "Role"),
    Resource(_RBAC, "v1", "rolebindings", "RoleBinding"),
    Resource(_RBAC, "v1", "clusterroles", "ClusterRole", False),
    Resource(_RBAC, "v1", "clusterrolebindings", "ClusterRoleBinding", False),
)
RESOURCES: dict[str, Resource] = {resource.key: resource for resource in _ALL}
GROUP_VERSIONS: dict[str, str] = {resource.group: resource.version for resource in _ALL if resource.group}
SUBRESOURCE_KINDS = {
    "scale": ("autoscaling", "v1", "Scale"),
    "eviction": ("policy", "v1", "Eviction"),
}


def find(group: str, version: str, plural: str) -> Resource | None:
    """The resource at /api/v1 (group "") or /apis/<group>/<version>; None if this API server has none such."""
    resource = RESOURCES.get(f"{plural}.{group}" if group else plural)
    return resource if resource and resource.version == version else None


def version_info() -> dict[str, str]:
    major, minor = SCHEMA_VERSION.split(".")
    return {
        "major": major,
        "minor": minor,
        "gitVersion": f"v{SCHEMA_VERSION}.0+localcloud",
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "",
        "platform": "linux/amd64",
    }


def document(path: str) -> dict[str, Any] | None:
    """The discovery document at `path`; None if there is none."""
    if path == "/version":
        return version_info()
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    if path == "/apis":
        groups = [_group(group) for group in GROUP_VERSIONS]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    parts = path.strip("/").split("/")
    if parts == ["api", "v1"]:
        return _resource_list("", "v1")
    if parts[0] == "apis" and len(parts) in {2, 3} and parts[1] in GROUP_VERSIONS:
        if len(parts) == 2:
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(parts[1])}
        if parts[2] == GROUP_VERSIONS[parts[1]]:
            return _resource_list(parts[1], parts[2])
    return None


def _group(group: str) -> dict[str, Any]:
    version = {"groupVersion": f"{group}/{GROUP_VERSIONS[group]}", "version": GROUP_VERSIONS[group]}
    return {"name": group, "versions": [version], "preferredVersion": version}


def _resource_list(group: str, version: str) -> dict[str, Any]:
    listed: list[dict[str, Any]] = []
    for resource in _ALL:
        if resource.group != group:
            continue
        common = {"namespaced": resource.namespaced, "singularName": resource.kind.lower()}
        entry = {"name": resource.plural, **common, "kind": resource.kind, "verbs": VERBS}
        listed.append({**entry, "shortNames": list(resource.short)} if resource.short else entry)
        for name in resource.subresources:
            sub_group, sub_version, kind = SUBRESOURCE_KINDS.get(name, ("", "", resource.kind))
            verbs = {"log": ["get"], "eviction": ["create"], "proxy": ["create", "delete", "get", "patch", "update"]}
            sub = {"name": f"{resource.plural}/{name}", "singularName": "", "namespaced": resource.namespaced}
            sub |= {"kind": kind, "verbs": verbs.get(name, ["get", "patch", "update"])}
            listed.append({**sub, "group": sub_group, "version": sub_version} if sub_group else sub)
    api_version = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version, "resources": listed}
