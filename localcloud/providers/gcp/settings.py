"""The gcp provider's own settings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from localcloud.providers.checks import check, did_you_mean
from localcloud.providers.errors import Failure
from localcloud.providers.gcp.labels import ATTRIBUTION
from localcloud.providers.sdk_types import ObjectType, Scalar
from localcloud.providers.values import Unknown, plain, without_internal

ENGINE_KEYS = frozenset({"version", "pluginDownloadURL"})


@dataclass(frozen=True)
class GcpSettings:
    """Project, region and labels of everything that does not say its own."""

    project: Any
    region: Any = None
    zone: Any = None
    labels: dict[str, str] = field(default_factory=lambda: dict(ATTRIBUTION))


def decode_settings(settings: dict[str, Any], schema: ObjectType) -> dict[str, Any]:
    """Settings with their types: Pulumi passes everything but strings as JSON text."""
    decoded = {}
    for key, value in without_internal(settings).items():
        value = plain(value)
        kind = schema.properties.get(key)
        if isinstance(value, str) and kind is not None and kind != Scalar("string"):
            try:
                value = json.loads(value)
            except ValueError:
                decoded[key] = value
                continue
        decoded[key] = value
    return decoded


def check_settings(settings: dict[str, Any], schema: ObjectType) -> Iterator[Failure]:
    """What is wrong with a provider's settings."""
    for key, value in decode_settings(settings, schema).items():
        if key in schema.properties:
            yield from check(schema.properties[key], value, key)
        elif key not in ENGINE_KEYS:
            yield Failure(key, f"unknown setting of the provider{did_you_mean(key, schema.properties)}")


def read_settings(settings: dict[str, Any], schema: ObjectType, project: str) -> GcpSettings:
    """The settings that the local cloud heeds; `project` is used when none is set."""
    decoded = decode_settings(settings, schema)
    labels = decoded.get("defaultLabels")
    own = {} if labels is None or isinstance(labels, Unknown) else labels
    attribution = {} if decoded.get("addPulumiAttributionLabel") is False else ATTRIBUTION
    return GcpSettings(
        project=decoded.get("project") or project,
        region=decoded.get("region"),
        zone=decoded.get("zone"),
        labels={**attribution, **own},
    )
