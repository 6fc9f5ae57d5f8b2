"""Names for resources that the program left unnamed: the resource's name and seven hex digits, kept for life."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime.proto import provider_pb2

DEFAULTS = "__defaults"
"""Where the checked inputs say which of their properties the provider filled in (as Pulumi's bridged providers do)."""

AutonamingOptions = provider_pb2.CheckRequest.AutonamingOptions

UNNAMED = "missing: automatic naming is disabled, so give the {} a name"


@dataclass(frozen=True)
class NameRequest:
    """Who wants a name: the resource's logical name, the engine's seed, and its autonaming settings, if any."""

    logical_name: str
    urn: str
    seed: bytes
    options: provider_pb2.CheckRequest.AutonamingOptions | None = field(default=None)


def was_defaulted(inputs: Mapping[str, Any], key: str) -> bool:
    """Whether the provider, not the program, gave this property its value."""
    return key in (inputs.get(DEFAULTS) or [])


def new_name(request: NameRequest, max_length: int, digits: int) -> str | None:
    """A name as the engine's autonaming settings want it; None if they want none.

    By default `<logical name>-<hex>`: the same seed and URN give the same name, no seed a new one each time.
    """
    if request.options is not None and request.options.mode == AutonamingOptions.DISABLE:
        return None
    if request.options is not None and request.options.proposed_name:
        return request.options.proposed_name
    source = hashlib.sha256(request.seed + request.urn.encode()).digest() if request.seed else os.urandom(32)
    return f"{request.logical_name[: max_length - digits - 1].lower()}-{source.hex()[:digits]}"
