"""Kubernetes objects: their addresses, their names, and what of them cannot be changed in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from localcloud.providers.diff import lies_in
from localcloud.providers.errors import NotSupportedError
from localcloud.providers.sdk_types import Choice, ResourceSchema

CLUSTER_SCOPED = frozenset(
    [
        "Namespace",
        "Node",
        "PersistentVolume",
        "StorageClass",
        "PriorityClass",
        "IngressClass",
        "RuntimeClass",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "APIService",
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
        "CSIDriver",
        "CSINode",
        "VolumeAttachment",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "FlowSchema",
        "PriorityLevelConfiguration",
        "CertificateSigningRequest",
        "ClusterTrustBundle",
        "IPAddress",
        "ServiceCIDR",
        "DeviceClass",
        "ResourceSlice",
    ]
)
PLURALS = {"Endpoints": "endpoints"}

REPLACES: dict[str, tuple[str, ...]] = {
    "ConfigMap": ("data", "binaryData", "immutable"),
    "CronJob": (),
    "DaemonSet": ("spec.selector",),
    "Deployment": ("spec.selector",),
    "Job": ("spec.selector", "spec.template", "spec.completions", "spec.completionMode"),
    "PersistentVolumeClaim": (
        "spec.accessModes",
        "spec.storageClassName",
        "spec.volumeName",
        "spec.selector",
        "spec.volumeMode",
    ),
    "Pod": ("spec",),
    "ReplicaSet": ("spec.selector",),
    "RoleBinding": ("roleRef",),
    "ClusterRoleBinding": ("roleRef",),
    "Secret": ("data", "stringData", "type", "immutable"),
    "Service": ("spec.clusterIP",),
    "StatefulSet": ("spec.selector", "spec.serviceName", "spec.podManagementPolicy", "spec.volumeClaimTemplates"),
    "StorageClass": ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"),
}
"""What the API (or, for ConfigMap and Secret, Pulumi's provider) does not let change: the object is replaced."""
ALWAYS_REPLACES = ("apiVersion", "kind", "metadata.name", "metadata.namespace")
MUTABLE_SETTINGS = {"ConfigMap": "enableConfigMapMutable", "Secret": "enableSecretMutable"}


@dataclass(frozen=True)
class Kind:
    """A kind of object and where its API is."""

    api_version: str
    name: str

    @property
    def namespaced(self) -> bool:
        return self.name not in CLUSTER_SCOPED

    @property
    def plural(self) -> str:
        if self.name in PLURALS:
            return PLURALS[self.name]
        lower = self.name.lower()
        if lower.endswith(("s", "x", "ch", "sh")):
            return f"{lower}es"
        if lower.endswith("y") and lower[-2] not in "aeiou":
            return f"{lower[:-1]}ies"
        return f"{lower}s"

    def path(self, namespace: str | None) -> str:
        """The collection's path on the API server."""
        root = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        place = f"/namespaces/{namespace}" if self.namespaced else ""
        return f"{root}{place}/{self.plural}"

    def forces_replacement(self, path: str, settings: dict[str, Any]) -> bool:
        """Whether a change at a property path replaces the object."""
        own = REPLACES.get(self.name, ())
        if settings.get(MUTABLE_SETTINGS.get(self.name, "")) is True:
            own = ()
        return lies_in(path, (*ALWAYS_REPLACES, *own))


def kind_of(schema: ResourceSchema) -> Kind:
    """The kind behind a type of the SDK. Errors: NotSupportedError for what is not one object (lists, patches)."""
    properties = schema.inputs.properties
    api_version, name = properties.get("apiVersion"), properties.get("kind")
    is_object = isinstance(api_version, Choice) and isinstance(name, Choice) and "metadata" in properties
    if not is_object or schema.class_name.endswith(("List", "Patch")):
        raise NotSupportedError(f"{schema.token} is not available on the local cloud: only single objects are")
    assert isinstance(api_version, Choice)
    assert isinstance(name, Choice)
    return Kind(str(api_version.values[0]), str(name.values[0]))


def identify(document: dict[str, Any]) -> str:
    """`namespace/name`, or the name alone."""
    metadata = document["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else metadata["name"]


def split_identifier(identifier: str) -> tuple[str | None, str]:
    namespace, _, name = identifier.rpartition("/")
    return namespace or None, name


def merge_patch(old: Any, new: Any) -> Any:
    """The RFC 7386 patch from the last inputs to the wanted ones: what others set on the object stays."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    patch = dict.fromkeys(old.keys() - new.keys())
    patch |= {key: merge_patch(old.get(key), value) for key, value in new.items() if old.get(key) != value}
    return patch
