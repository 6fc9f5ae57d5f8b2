"""The table of resource types: the declared ones, and what stands for every other type of the SDK."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from localcloud.providers.errors import ProviderError
from localcloud.providers.gcp import (
    biglake,
    bigquery,
    bucket_object,
    container,
    dataproc,
    serviceaccount,
    storage,
    storage_iam,
)
from localcloud.providers.gcp import unbacked as records
from localcloud.providers.gcp.settings import GcpSettings
from localcloud.providers.resource_type import ResourceType
from localcloud.providers.sdk_types import ResourceSchema

MODULES = (bigquery, biglake, bucket_object, container, dataproc, records, serviceaccount, storage, storage_iam)


@cache
def declared() -> dict[str, ResourceType]:
    """Type token -> type, of everything declared in the modules above."""
    found = {}
    for module in MODULES:
        for item in vars(module).values():
            if isinstance(item, type) and issubclass(item, ResourceType) and item.token:
                found[item.token] = item()
    return found


@cache
def _undeclared(token: str, names: frozenset[str]) -> ResourceType:
    return records.Record.derive(token, names)


def type_of(schema: ResourceSchema) -> ResourceType:
    """The declaration of a type, or one derived from its inputs."""
    return declared().get(schema.token) or _undeclared(schema.token, frozenset(schema.inputs.properties))


def parse_id(kind: ResourceType, identifier: str, settings: GcpSettings) -> dict[str, Any]:
    """The inputs that an id is made of, for `pulumi import`. Errors: ProviderError if it is of another form."""
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(kind.id_format))
    match = re.fullmatch(pattern, identifier)
    if not match or not kind.id_format:
        raise ProviderError(f"cannot import {identifier!r}: expected an id of the form {kind.id_format or '(none)'}")
    return {"project": settings.project, **match.groupdict()}
