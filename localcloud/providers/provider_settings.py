"""A provider's own settings, whichever package: their types on the wire, and what is wrong with them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from localcloud.providers.checks import check, did_you_mean
from localcloud.providers.errors import Failure
from localcloud.providers.sdk_types import ObjectType, Scalar
from localcloud.wire.typed import plain, without_internal

ENGINE_KEYS = frozenset({"version", "pluginDownloadURL"})


def decode_settings(settings: dict[str, Any], schema: ObjectType) -> dict[str, Any]:
    """Settings with their types: Pulumi passes everything but strings as JSON text."""
    decoded = {}
    for key, value in without_internal(settings).items():
        value = plain(value)
        kind = schema.properties.get(key)
        if isinstance(value, str) and kind is not None and kind != Scalar("string"):
            with contextlib.suppress(ValueError):
                value = json.loads(value)
        decoded[key] = value
    return decoded


def check_settings(settings: dict[str, Any], schema: ObjectType) -> Iterator[Failure]:
    """What is wrong with a provider's settings."""
    for key, value in decode_settings(settings, schema).items():
        if key in schema.properties:
            yield from check(schema.properties[key], value, key)
        elif key not in ENGINE_KEYS:
            yield Failure(key, f"unknown setting of the provider{did_you_mean(key, schema.properties)}")
