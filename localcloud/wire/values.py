"""Property values in the form they have on Pulumi's wire.

A value is None, bool, int, float, str, list or dict. What JSON lacks is a dict with a signature (a secret, an asset, an
archive, a resource reference, an output) or a sentinel string (an unknown). Keeping this form in memory makes the
conversions to protobuf and to the checkpoint plain walks.
Source of the signatures: sdk/go/common/resource in Pulumi, pulumi/runtime/rpc.py in its Python SDK.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.protobuf import struct_pb2

Properties = dict[str, Any]

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWNS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


def from_struct(struct: struct_pb2.Struct) -> Properties:
    """A protobuf Struct as plain values; whole numbers become int, so that JSON shows 3 and not 3.0."""
    return {key: _from_value(value) for key, value in struct.fields.items()}


def _from_value(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() and abs(number) < 2**53 else number
        case "struct_value":
            return from_struct(value.struct_value)
        case "list_value":
            return [_from_value(item) for item in value.list_value.values]
        case _:
            return None


def to_struct(properties: Properties) -> struct_pb2.Struct:
    from google.protobuf import struct_pb2

    struct = struct_pb2.Struct()
    struct.update(properties)
    return struct


def signature(value: Any) -> str | None:
    return value.get(SIGNATURE) if isinstance(value, dict) else None


def secret(value: Any) -> Properties:
    """The value marked secret; a secret stays as it is."""
    return value if is_secret(value) else {SIGNATURE: SECRET, "value": value}


def is_secret(value: Any) -> bool:
    return signature(value) == SECRET


def is_asset(value: Any) -> bool:
    """Whether it is an asset or an archive."""
    return signature(value) in (ASSET, ARCHIVE)


def is_unknown(value: Any) -> bool:
    return isinstance(value, str) and value in UNKNOWNS


def contains(value: Any, test: Callable[[Any], bool]) -> bool:
    """Whether the test holds for the value or anything in it."""
    if test(value):
        return True
    if isinstance(value, dict):
        return any(contains(item, test) for item in value.values())
    return isinstance(value, list) and any(contains(item, test) for item in value)


def rewrite(value: Any, rule: Callable[[Any], Any]) -> Any:
    """The value with each part of it as the rule gives it; what the rule gives back as it was is looked into."""
    found = rule(value)
    if found is not value:
        return found
    if isinstance(value, dict):
        return {key: rewrite(item, rule) for key, item in value.items()}
    return [rewrite(item, rule) for item in value] if isinstance(value, list) else value


def contains_secret(value: Any) -> bool:
    return contains(value, is_secret)


def contains_unknown(value: Any) -> bool:
    return contains(value, is_unknown)


def unwrap(value: Any) -> Any:
    """The value without the secret marks in it."""
    return rewrite(value, lambda part: unwrap(part.get("value")) if is_secret(part) else part)


def redact(value: Any) -> Any:
    """The value with "[secret]" for each secret in it."""
    return rewrite(value, lambda part: "[secret]" if is_secret(part) else part)


def without_contents(value: Any) -> Any:
    """The value with each asset and archive in it as only its hash, if it has one, says what is in it.

    Pulumi compares them so, and tells a provider no more of those it does not have to read.
    """

    def elide(part: Any) -> Any:
        return {key: part[key] for key in (SIGNATURE, "hash")} if is_asset(part) and part.get("hash") else part

    return rewrite(value, elide)


def lower_outputs(value: Any, dependencies: set[str] | None = None) -> Any:
    """Output values as what they hold (unknown, secret or plain); their URNs are added to `dependencies`, if given.

    References to resources always say a version, as Pulumi writes them: else both would differ over the same stack.
    """

    def lower(part: Any) -> Any:
        if signature(part) == RESOURCE and "packageVersion" not in part:
            return {**part, "packageVersion": ""}
        if signature(part) != OUTPUT:
            return part
        if dependencies is not None:
            dependencies.update(part.get("dependencies") or ())
        inner = rewrite(part["value"], lower) if "value" in part else UNKNOWN
        return secret(inner) if part.get("secret") else inner

    return rewrite(value, lower)


def drop_unknowns(properties: Properties) -> Properties:
    """Without the unknowns: what Pulumi sends where a receiver may not see any."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: walk(item) for key, item in value.items() if not is_unknown(item)}
        if isinstance(value, list):
            return [walk(item) for item in value if not is_unknown(item)]
        return value

    return walk(properties)


def for_receiver(value: Any, *, secrets: bool, resources: bool) -> Any:
    """The value for a receiver that may not know secrets (it gets what they hold) or resource references (ids)."""

    def known(part: Any) -> Any:
        if is_secret(part) and not secrets:
            return rewrite(part.get("value"), known)
        if signature(part) == RESOURCE and not resources:
            return part.get("id") or part["urn"]
        return part

    return value if secrets and resources else rewrite(value, known)


def keep_secrets_of(properties: Properties, source: Mapping[str, Any]) -> None:
    """Mark again, in place, what `source` has as secret and a provider that knows no secrets gave back plain."""
    for key, original in source.items():
        if key not in properties:
            continue
        value = properties[key]
        plain_objects = isinstance(value, dict) and isinstance(original, dict)
        if plain_objects and signature(value) is None and signature(original) is None:
            keep_secrets_of(value, original)
        elif not is_secret(value) and contains_secret(original):
            properties[key] = secret(value)
