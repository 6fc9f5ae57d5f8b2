"""Property values as providers see them: what is a signature or a sentinel on the wire (values.py) is a class here.

A value is None, bool, int, float, str, list, dict, a Secret, an Asset, an Archive or UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localcloud.wire import values

if TYPE_CHECKING:
    from google.protobuf import struct_pb2


class Unknown:
    """A value not known before the resources it comes from exist (previews)."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that must stay encrypted in the state."""

    value: Any


@dataclass(frozen=True, eq=False)
class Asset:
    """Bytes of an object: a `path`, a `text` or a `uri`, and maybe their `hash`, which may also be all that is told.

    Two are equal if their hashes are, wherever the bytes come from.
    """

    fields: dict[str, Any]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Asset):
            return NotImplemented
        if self.get("hash") and other.get("hash"):
            return self.get("hash") == other.get("hash")
        return {**self.fields, "hash": None} == {**other.fields, "hash": None}

    def get(self, key: str) -> Any:
        return self.fields.get(key)


@dataclass(frozen=True, eq=False)
class Archive(Asset):
    """A collection of assets: a `path` (folder or archive file), `assets` by name, or a `uri`."""


def decode(message: struct_pb2.Struct) -> dict[str, Any]:
    """A Struct from the engine; output values are what they hold, references to resources are ids."""
    found = values.lower_outputs(values.from_struct(message))
    return typed(values.for_receiver(found, secrets=True, resources=False))


def encode(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """A Struct for the engine; keys whose value is None are left out."""
    return values.to_struct(_untyped(properties))


def typed(value: Any) -> Any:
    """A value of the wire's form in this one."""
    if isinstance(value, list):
        return [typed(item) for item in value]
    if not isinstance(value, dict):
        return UNKNOWN if values.is_unknown(value) else value
    signature = values.signature(value)
    # In order, which protobuf's maps have none of: the ledger of creations hashes what an asset looks like as text.
    fields = {key: typed(value[key]) for key in sorted(value) if key != values.SIGNATURE}
    if signature == values.SECRET:
        return Secret(fields.get("value"))
    if signature in (values.ASSET, values.ARCHIVE):
        return Asset(fields) if signature == values.ASSET else Archive(fields)
    return fields


def _untyped(value: Any) -> Any:
    if isinstance(value, Unknown):
        return values.UNKNOWN
    if isinstance(value, Secret):
        return values.secret(_untyped(value.value))
    if isinstance(value, Asset):
        signature = values.ARCHIVE if isinstance(value, Archive) else values.ASSET
        return {values.SIGNATURE: signature, **_untyped(value.fields)}
    if isinstance(value, Mapping):
        return {key: _untyped(item) for key, item in value.items() if item is not None}
    return [_untyped(item) for item in value] if isinstance(value, list | tuple) else value


def plain(value: Any) -> Any:
    """The value without its secret wrappers, at any depth."""
    return values.rewrite(value, lambda part: plain(part.value) if isinstance(part, Secret) else part)


def has_unknown(value: Any) -> bool:
    """Whether anything inside is not known yet."""
    return values.contains(
        value, lambda part: isinstance(part, Unknown) or (isinstance(part, Secret) and has_unknown(part.value))
    )


def keep_secrets(source: Any, target: Any) -> Any:
    """`target` with everything wrapped as a secret that is one at the same place in `source`."""
    if isinstance(source, Secret):
        return target if isinstance(target, Secret) else Secret(target)
    if isinstance(source, dict) and isinstance(target, dict):
        return {key: keep_secrets(source.get(key), item) for key, item in target.items()}
    if isinstance(source, list) and isinstance(target, list):
        padded = source + [None] * (len(target) - len(source))
        return [keep_secrets(old, item) for old, item in zip(padded, target, strict=False)]
    return target


def without_internal(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties a user wrote: without Pulumi's own (`__defaults`, `__internal`) and without nulls."""
    return {key: value for key, value in properties.items() if not key.startswith("__") and value is not None}
