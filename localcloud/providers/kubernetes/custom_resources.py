"""Custom resources, `pulumi_kubernetes.apiextensions.CustomResource`: of a type that the cluster knows, not the SDK."""

from __future__ import annotations

from localcloud.providers.sdk_types import Choice, ObjectType, ResourceSchema, Sdk, read_arguments, source_file


def custom_schema(sdk: Sdk, token: str) -> ResourceSchema | None:
    """The schema of `kubernetes:<group>/<version>:<Kind>`; None if it is no custom resource's.

    A CustomResourceDefinition's group is a domain (k8s.io/apiextensions-apiserver), and none of Kubernetes' own.
    """
    module, _, kind = token.rpartition(":")
    api_version = module.partition(":")[2]
    group, _, version = api_version.partition("/")
    if "." not in group or not version or not kind or any(known.startswith(f"{module}:") for known in sdk.tokens):
        return None
    source = source_file(sdk.folder / "apiextensions" / "CustomResource.py")
    assert source is not None
    declared = read_arguments(source, "CustomResourceArgs")
    known = {"apiVersion": Choice((api_version,)), "kind": Choice((kind,))}
    properties = {**declared.properties, **known}
    return ResourceSchema(token, ObjectType(kind, properties, declared.required), frozenset(properties))
