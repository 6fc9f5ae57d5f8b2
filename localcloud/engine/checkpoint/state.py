"""The state of one resource, and how it looks in Pulumi's checkpoint (apitype.ResourceV3)."""

from __future__ import annotations

import itertools
import json
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from localcloud.wire import urns, values
from localcloud.wire.values import Properties

_FLOAT = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"  # at rest only: NaN and infinities, which JSON cannot write

# Attribute -> key in the checkpoint, in the order Pulumi writes them. Empty values are left out (except `custom`), and
# so are aliases: they only serve to change references while a deployment runs.
_KEYS = {
    "urn": "urn",
    "custom": "custom",
    "delete": "delete",
    "id": "id",
    "type": "type",
    "inputs": "inputs",
    "outputs": "outputs",
    "parent": "parent",
    "protect": "protect",
    "taint": "taint",
    "external": "external",
    "dependencies": "dependencies",
    "init_errors": "initErrors",
    "provider": "provider",
    "property_dependencies": "propertyDependencies",
    "pending_replacement": "pendingReplacement",
    "additional_secret_outputs": "additionalSecretOutputs",
    "aliases": "aliases",
    "custom_timeouts": "customTimeouts",
    "import_id": "importID",
    "retain_on_delete": "retainOnDelete",
    "deleted_with": "deletedWith",
    "created": "created",
    "modified": "modified",
    "source_position": "sourcePosition",
    "ignore_changes": "ignoreChanges",
    "hide_diffs": "hideDiff",
    "replace_on_changes": "replaceOnChanges",
}
_ATTRIBUTES = {key: attribute for attribute, key in _KEYS.items()}


Cipher = Callable[[str], str]
"""Encrypts a text, or decrypts it."""


@dataclass(eq=False)
class ResourceState:
    """What is known of a resource. Compared by identity: an old and a new state may have the same URN.

    `delete` marks one that was replaced and waits for its deletion, `pending_replacement` one that was deleted and
    waits for its successor, `external` one that is only read, `taint` one that the next update is to replace.
    `hide_diffs` are property paths, each as its elements. Times are RFC 3339.
    """

    urn: str
    type: str
    custom: bool = False
    id: str = ""
    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    parent: str = ""
    provider: str = ""
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    additional_secret_outputs: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    custom_timeouts: dict[str, float] = field(default_factory=dict)
    ignore_changes: list[str] = field(default_factory=list)
    hide_diffs: list[list[str | int]] = field(default_factory=list)
    replace_on_changes: list[str] = field(default_factory=list)
    init_errors: list[str] = field(default_factory=list)
    protect: bool = False
    taint: bool = False
    retain_on_delete: bool = False
    deleted_with: str = ""
    external: bool = False
    delete: bool = False
    pending_replacement: bool = False
    import_id: str = ""
    created: str = ""
    modified: str = ""
    source_position: str = ""
    other: dict[str, Any] = field(default_factory=dict)
    """Keys of a checkpoint that this engine does not use; kept as they are."""

    @property
    def reference(self) -> str:
        """What resources name it by, if it is a provider."""
        return f"{self.urn}::{self.id}"

    def edges(self) -> set[str]:
        """URNs of everything that must exist before this resource: parent, provider, dependencies, deletedWith."""
        provider, _ = urns.split_reference(self.provider)
        sources = itertools.chain.from_iterable(self.property_dependencies.values())
        return {self.parent, provider, self.deleted_with, *self.dependencies, *sources} - {""}

    def renamed(self, names: dict[str, str]) -> ResourceState:
        """The state with its references to other resources changed from old URNs to new ones."""
        if not self.edges() & names.keys():
            return self
        provider_urn, separator, provider_id = self.provider.rpartition("::")
        return replace(
            self,
            parent=names.get(self.parent, self.parent),
            provider=names.get(provider_urn, provider_urn) + separator + provider_id,
            dependencies=[names.get(urn, urn) for urn in self.dependencies],
            property_dependencies={
                key: [names.get(urn, urn) for urn in sources] for key, sources in self.property_dependencies.items()
            },
            deleted_with=names.get(self.deleted_with, self.deleted_with),
        )

    def to_checkpoint(self, encrypt: Cipher | None) -> dict[str, Any]:
        """As in the checkpoint; without a cipher, secrets are written in plain text."""
        result: dict[str, Any] = {}
        for attribute, key in _KEYS.items():
            value = getattr(self, attribute)
            if attribute in ("inputs", "outputs"):
                value = seal(value, encrypt)
            if attribute == "custom" or (value and attribute != "aliases"):
                result[key] = value
        return {**result, **self.other}

    @classmethod
    def from_checkpoint(cls, raw: dict[str, Any], decrypt: Cipher) -> ResourceState:
        known = {_ATTRIBUTES[key]: value for key, value in raw.items() if key in _ATTRIBUTES}
        for name in ("inputs", "outputs"):
            known[name] = unseal(known.get(name) or {}, decrypt)
        return cls(**known, other={key: value for key, value in raw.items() if key not in _ATTRIBUTES})


def seal(value: Any, encrypt: Cipher | None) -> Any:
    """A property value as it is written: secrets encrypted whole."""

    def sealed(part: Any) -> Any:
        if values.is_secret(part):
            plaintext = json.dumps(seal(values.unwrap(part), None), separators=(",", ":"))
            text = {"plaintext": plaintext} if encrypt is None else {"ciphertext": encrypt(plaintext)}
            return {values.SIGNATURE: values.SECRET, **text}
        if isinstance(part, float) and not math.isfinite(part):
            return {values.SIGNATURE: _FLOAT, "value": struct.pack(">d", part).hex()}
        return part

    return values.rewrite(value, sealed)


def unseal(value: Any, decrypt: Cipher) -> Any:
    """The reverse of `seal`."""

    def unsealed(part: Any) -> Any:
        if values.is_secret(part):
            plaintext = part["plaintext"] if "plaintext" in part else decrypt(part["ciphertext"])
            # Inside an encrypted value, Pulumi marks secrets without encrypting them a second time.
            return values.secret(values.unwrap(unseal(json.loads(plaintext), lambda text: text)))
        if values.signature(part) == _FLOAT:
            return struct.unpack(">d", bytes.fromhex(part["value"]))[0]
        return part

    return values.rewrite(value, unsealed)
