"""What a program can ask for and this engine lacks: each is refused in one line."""

from __future__ import annotations

from typing import NoReturn

from pulumi.runtime.proto import resource_pb2

from localcloud.errors import LocalCloudError
from localcloud.wire import urns

ANNOUNCED = {
    "replaceWith": resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    "transforms": resource_pb2.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
    "invokeTransforms": resource_pb2.RESOURCE_MONITOR_FEATURE_INVOKE_TRANSFORMS,
    "parameterization": resource_pb2.RESOURCE_MONITOR_FEATURE_PARAMETERIZATION,
    "resourceHooks": resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
    "errorHooks": resource_pb2.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS,
    "stateMigrations": resource_pb2.RESOURCE_MONITOR_FEATURE_STATE_MIGRATIONS,
}
"""What this engine lacks and yet says to have: the SDK then asks for it and is refused here. Otherwise it would refuse
by itself, with a traceback and the advice to update the Pulumi CLI."""

LACKING = {
    "remote": ("components that a provider constructs (remote)", "write the component in the program"),
    "importId": ("the option import_", "read what exists by get()"),
    "packageRef": ("parameterized providers", "do without"),
    "replace_with": ("the option replace_with", "do without"),
    "replacement_trigger": ("the option replacement_trigger", "use replace_on_changes"),
    "transforms": ("the option transforms", "use transformations"),
    "state_migrations": ("the option state_migrations", "do without"),
    "hooks": ("the option hooks", "do without"),
    "envVarMappings": ("the option env_var_mappings", "do without"),
}
"""Fields of a registration: what a program says to set them, and what it can do instead."""

DYNAMIC_PACKAGES = ("pulumi-python", "pulumi-nodejs")
"""Providers that the Pulumi CLI brings along, and that run the program's own code."""


def refuse(what: str, instead: str = "do without") -> NoReturn:
    raise LocalCloudError(f"{what}: not supported by this engine: {instead}, or use the pulumi CLI")


def refuse_what_is_lacking(request: resource_pb2.RegisterResourceRequest) -> None:
    """Raise if the registration needs what this engine lacks, or would otherwise go wrong silently."""
    if urns.package_of(request.type) in DYNAMIC_PACKAGES:
        refuse("dynamic providers (pulumi.dynamic)")
    for field, value in request.ListFields():
        is_empty = field.name == "hooks" and not value.ListFields()
        if field.name in LACKING and not is_empty:
            refuse(*LACKING[field.name])
    if request.custom and request.type.count(":") != 2:
        raise LocalCloudError(f"{request.type!r} is not a resource type: it must be <package>:<module>:<name>")
