"""Kubernetes' published schemas as types: which fields a value has, and how its maps and lists are merged."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kubernetes_validate.utils import schema_contents

from localcloud.services.kubernetes.api import custom_resources
from localcloud.services.kubernetes.api.discovery import SCHEMA_VERSION, Resource

FOLDER = f"kubernetes-json-schema/v{SCHEMA_VERSION}.0-local-strict"
KEY_DEFAULTS = {"protocol": "TCP"}  # of the keys that tell a list's entries apart, these may be left out
Part = tuple[str, "Type", Any]


@dataclass(frozen=True, eq=False)
class Type:
    """What a schema says about a value: a struct, a map of anybody's keys, a list, or a plain value."""

    schema: dict[str, Any]

    @property
    def name(self) -> str:
        """Of a struct or a named plain value, such as `PodSpec` or `Quantity`."""
        return self.schema.get("name", "")

    @property
    def fields(self) -> dict[str, Any]:
        """Those of a struct; empty for all else."""
        return self.schema.get("properties", {})

    @functools.cached_property
    def entries(self) -> Type | None:
        """The type of a map's values or of a list's entries."""
        below = self.schema.get("items") or self.schema.get("additionalProperties")
        return _resolved(below) if isinstance(below, dict) else None

    @property
    def keys(self) -> tuple[str, ...]:
        """The fields that tell a list's entries apart where they are merged one by one."""
        return tuple(self.schema.get("x-kubernetes-list-map-keys", ()))

    @property
    def is_set(self) -> bool:
        """Whether it is a list of which every value can be put in and taken out alone."""
        return self.schema.get("x-kubernetes-list-type") == "set"

    @property
    def patch_key(self) -> str:
        """The field by which a strategic merge patch tells the entries of a list apart."""
        return self.schema.get("x-kubernetes-patch-merge-key", "")

    @property
    def patch_strategies(self) -> list[str]:
        return self.schema.get("x-kubernetes-patch-strategy", "").split(",")

    def field(self, key: str) -> Type | None:
        """The type of a struct's field or of a map's value; None if there is none such."""
        if key in self.fields:
            return _resolved(self.fields[key])
        return self.entries if "items" not in self.schema else None

    def parts(self, value: Any) -> list[Part]:
        """The parts of a value that are owned apart: path element, type, value. None of what is owned as a whole.

        Path elements are those of FieldsV1: `f:<field>`, `k:<keys>`, `v:<value>`.
        """
        if self.schema.get("x-kubernetes-map-type") == "atomic":
            return []
        if isinstance(value, dict):
            found = ((f"f:{key}", self.field(key), entry) for key, entry in value.items())
        elif isinstance(value, list) and (self.keys or self.is_set):
            found = ((self.element(entry), self.entries, entry) for entry in value)
        else:
            return []
        return [(element, kind, entry) for element, kind, entry in found if kind is not None]

    def element(self, entry: Any) -> str:
        """The path element of a list's entry."""
        if self.is_set or not isinstance(entry, dict):
            return f"v:{_compact(entry)}"
        keys = {key: entry.get(key, KEY_DEFAULTS.get(key)) for key in self.keys}
        return f"k:{_compact({key: value for key, value in keys.items() if value is not None})}"

    def below(self, element: str) -> Type | None:
        """The type of the part with this path element."""
        return self.field(element[2:]) if element.startswith("f:") else self.entries

    def has_field(self, element: str) -> bool:
        """Whether a path element names a struct's field, and not what somebody chose."""
        return element.startswith("f:") and element[2:] in self.fields


def type_of(resource: Resource) -> Type:
    """The type of a resource's objects."""
    return _kind(resource.kind, resource.group, resource.version)


def walk(kind: Type, value: Any, path: str = "") -> Iterator[tuple[str, Type, Any]]:
    """A value and everything in it, with its path and its type; what has no type is left out."""
    yield path, kind, value
    if isinstance(value, dict):
        for key, entry in value.items():
            if (below := kind.field(key)) is not None:
                where = f"{path}.{key}".lstrip(".") if key in kind.fields else f"{path}[{key}]"
                yield from walk(below, entry, where)
    elif isinstance(value, list) and kind.entries is not None:
        for index, entry in enumerate(value):
            yield from walk(kind.entries, entry, f"{path}[{index}]")


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


@functools.cache
def definitions() -> dict[str, Any]:
    """The document of all types, as the schemas of kinds refer to it; read once, for it has 1.4 MB."""
    return schema_contents(f"{FOLDER}/_definitions.json", SCHEMA_VERSION)


@functools.cache
def schema_of(kind: str, group: str, version: str) -> dict[str, Any]:
    """The JSON schema of a kind."""
    custom = custom_resources.schema_of(kind, group, version)
    if custom is not None:
        return custom
    prefix = f"{group.partition('.')[0]}-" if group else ""
    return schema_contents(f"{FOLDER}/{kind.lower()}-{prefix}{version}.json", SCHEMA_VERSION)


@functools.cache
def _kind(kind: str, group: str, version: str) -> Type:
    return Type({**schema_of(kind, group, version), "name": kind})


@functools.cache
def _named(name: str) -> dict[str, Any]:
    return {**definitions()["$defs"][name], "name": name.rpartition(".")[2]}


_TYPES: dict[int, Type] = {}


def _resolved(schema: dict[str, Any]) -> Type:
    """The type of a part of a schema; the schemas are kept, so each is looked up once."""
    found = _TYPES.get(id(schema))
    if found is None:
        reference = schema.get("$ref", "").rpartition("/")[2]
        found = _TYPES[id(schema)] = Type({**_named(reference), **schema} if reference else schema)
    return found
