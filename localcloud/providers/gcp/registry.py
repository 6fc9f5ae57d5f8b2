"""Which resource type stands for a type of the SDK: a declared one, or what is derived of its inputs."""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache
from typing import Any

from localcloud.providers.errors import ProviderError
from localcloud.providers.gcp import resources
from localcloud.providers.gcp.record import derive
from localcloud.providers.gcp.resource_type import ResourceType, format_keys
from localcloud.providers.gcp.settings import GcpSettings
from localcloud.providers.sdk_types import ResourceSchema


@cache
def declared() -> dict[str, ResourceType]:
    """Type token -> type, of all that the files of resources/ declare."""
    for module in pkgutil.iter_modules(resources.__path__, f"{resources.__name__}."):
        importlib.import_module(module.name)
    return {token: kind() for token, kind in ResourceType.declared.items()}


def type_of(schema: ResourceSchema) -> ResourceType:
    """The declaration of a type, or one derived from its inputs."""
    return declared().get(schema.token) or derive(schema.token, frozenset(schema.inputs.properties))


def parse_id(kind: ResourceType, identifier: str, settings: GcpSettings) -> dict[str, Any]:
    """The inputs that an id is made of, for `pulumi import`. Errors: ProviderError if it is of another form."""
    pattern = re.escape(kind.id_format)
    for key in dict.fromkeys(format_keys(kind.id_format)):  # a key that stands there twice has to have one value
        first, *others = pattern.split(rf"\{{{key}\}}")
        pattern = f"{first}(?P<{key}>.+?){f'(?P={key})'.join(others)}"
    match = re.fullmatch(pattern, identifier)
    if not match or not kind.id_format:
        raise ProviderError(f"cannot import {identifier!r}: expected an id of the form {kind.id_format or '(none)'}")
    return {"project": settings.project, **match.groupdict()}
