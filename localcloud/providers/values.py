"""Property values as Python sees them: dicts, lists, scalars, and four things JSON has no word for.

Numbers without a fraction are ints. On the wire (google.protobuf.Struct) the four are objects with a signature key, or,
for an unknown value, one fixed string; the signatures are the Pulumi SDK's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

SIGNATURE_KEY = rpc._special_sig_key
SECRET = rpc._special_secret_sig
ASSET = rpc._special_asset_sig
ARCHIVE = rpc._special_archive_sig
RESOURCE = rpc._special_resource_sig
OUTPUT = rpc._special_output_value_sig


class Unknown:
    """A value not known before the resources it comes from exist (previews)."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that must stay encrypted in the state."""

    value: Any


@dataclass(frozen=True)
class Asset:
    """Bytes of an object: a `path`, a `text` or a `uri`; `fields` is the wire form without its signature."""

    fields: tuple[tuple[str, Any], ...]

    def get(self, key: str) -> Any:
        return dict(self.fields).get(key)


@dataclass(frozen=True)
class Archive(Asset):
    """A collection of assets: a `path` (folder or archive file), `assets` by name, or a `uri`."""


def decode(message: struct_pb2.Struct) -> dict[str, Any]:
    """A Struct from the engine as Python values."""
    return {key: _decode(value) for key, value in message.fields.items()}


def _decode(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value == rpc.UNKNOWN else value.string_value
    if kind == "bool_value":
        return value.bool_value
    if kind == "number_value":
        return int(value.number_value) if value.number_value.is_integer() else value.number_value
    if kind == "list_value":
        return [_decode(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _decode_struct(value.struct_value)
    return None


def _decode_struct(message: struct_pb2.Struct) -> Any:
    signature = message.fields[SIGNATURE_KEY].string_value if SIGNATURE_KEY in message.fields else None
    fields = {key: _decode(item) for key, item in message.fields.items() if key != SIGNATURE_KEY}
    if signature == SECRET:
        return Secret(fields.get("value"))
    if signature == ASSET:
        return Asset(_freeze(fields))
    if signature == ARCHIVE:
        return Archive(_freeze(fields))
    if signature == RESOURCE:
        return fields.get("id") or fields.get("urn")
    if signature == OUTPUT:
        inner = fields.get("value", UNKNOWN)
        return Secret(inner) if fields.get("secret") else inner
    return fields


def _freeze(fields: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(
        (key, tuple(sorted(value.items())) if isinstance(value, dict) else value)
        for key, value in sorted(fields.items())
    )


def encode(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """Python values as a Struct for the engine; keys whose value is None are left out."""
    return struct_pb2.Struct(fields={key: _encode(value) for key, value in values.items() if value is not None})


def _encode(value: Any) -> struct_pb2.Value:
    if isinstance(value, Unknown):
        return struct_pb2.Value(string_value=rpc.UNKNOWN)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, list | tuple):
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_encode(item) for item in value]))
    if isinstance(value, Secret):
        return _signed(SECRET, {"value": value.value})
    if isinstance(value, Asset):
        fields = {key: dict(item) if key == "assets" else item for key, item in value.fields}
        return _signed(ARCHIVE if isinstance(value, Archive) else ASSET, fields)
    if isinstance(value, Mapping):
        return struct_pb2.Value(struct_value=encode(value))
    return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)


def _signed(signature: str, fields: dict[str, Any]) -> struct_pb2.Value:
    encoded = {key: _encode(item) for key, item in fields.items()}
    encoded[SIGNATURE_KEY] = struct_pb2.Value(string_value=signature)
    return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=encoded))


def plain(value: Any) -> Any:
    """The value without its secret wrappers, at any depth."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def has_unknown(value: Any) -> bool:
    """Whether anything inside is not known yet."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, Secret):
        return has_unknown(value.value)
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())
    return isinstance(value, list) and any(has_unknown(item) for item in value)


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


def without_internal(values: Mapping[str, Any]) -> dict[str, Any]:
    """The properties a user wrote: without Pulumi's own (`__defaults`, `__internal`) and without nulls."""
    return {key: value for key, value in values.items() if not key.startswith("__") and value is not None}
