"""What Pulumi.yaml declares of a project's configuration, and whether a stack's configuration is so.

The rules and the messages are those of the Pulumi CLI; source: sdk/go/common/workspace/project.go, project.json and
config.go in Pulumi.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.engine.project.project import Project
from localcloud.errors import LocalCloudError

TYPES = ("string", "integer", "boolean", "array", "object")
ATTRIBUTES = ("type", "items", "description", "secret", "default", "value")


@dataclass(frozen=True)
class Declaration:
    """What a key's value is to be: its type if that is said (`items`: its elements'), and a value if none is set."""

    name: str
    key: str
    type: str | None = None
    items: Mapping[str, Any] | None = None
    secret: bool = False
    value: Any = None

    def refuse_if_wrong(self, stack: str, content: Any, *, encrypted: bool) -> None:
        """Raise unless the stack's value, decrypted, is as it is declared. What is no list or mapping is a text."""
        what = f"Stack {stack!r} with configuration key {self.name!r}"
        if self.type is not None and self.secret and not encrypted:
            raise LocalCloudError(f"{what} must be encrypted as it's secret")
        if self.type is not None and not _fits(self.type, self.items, content):
            raise LocalCloudError(f"{what} must be of type {_full_name(self.type, self.items)!r}")


def declarations(project: Project) -> list[Declaration]:
    """Those of Pulumi.yaml, by name. Errors: LocalCloudError if one can't be."""
    found = []
    for name, declared in project.config.items():
        try:
            found.append(_declaration(project.name, str(name), declared))
        except ValueError as error:
            raise LocalCloudError(f"{project.root / 'Pulumi.yaml'}: {error}") from None
    return sorted(found, key=lambda item: item.name)


def missing(stack: str, names: list[str]) -> LocalCloudError:
    """The error that these are declared and not set."""
    *others, last = map(repr, names)
    listed = f"{', '.join(others)} and {last}" if others else last
    return LocalCloudError(f"Stack {stack!r} is missing configuration value{'s' if others else ''} {listed}")


def _declaration(project: str, name: str, declared: Any) -> Declaration:
    own = ":" not in name or name.startswith(f"{project}:")
    key = name if ":" in name else f"{project}:{name}"
    if isinstance(declared, str | bool | int | list):
        return Declaration(name, key, value=declared)
    for problem in _problems(declared):
        raise ValueError(f"the configuration key {name!r} {problem}")
    kind, items = declared.get("type"), declared.get("items")
    default, value = declared.get("default"), declared.get("value")
    if default is not None and value is not None:
        raise ValueError(f"project config {name!r} cannot have both a 'default' and 'value' attribute")
    if own and kind == "array" and items is None:
        raise ValueError(
            f"The configuration key {name!r} declares an array but does not specify the underlying type "
            "via the 'items' attribute"
        )
    if own and kind is not None and default is not None and not _fits(kind, items, default):
        raise ValueError(
            f"The default value specified for configuration key {name!r} is not of the expected type "
            f"{_full_name(kind, items)!r}"
        )
    if not own and kind is not None:
        raise ValueError(f"Configuration key {name!r} is not namespaced by the project and should not define a type")
    if not own and default is not None:
        raise ValueError(
            f"Configuration key {name!r} is not namespaced by the project and should not define a default value. "
            "Did you mean to use the 'value' attribute instead of 'default'?"
        )
    if not own and value is None:
        raise ValueError(f"Configuration key {name!r} is namespaced and must provide an attribute 'value'")
    return Declaration(name, key, kind, items, declared.get("secret") is True, value if default is None else default)


def _problems(declared: Any) -> Iterator[str]:
    """Why this is no declaration."""
    if not isinstance(declared, dict):
        yield "must be a text, a whole number, true, false, a list or a declaration"
        return
    unknown = sorted(declared.keys() - {*ATTRIBUTES})
    if unknown:
        yield f"has {', '.join(map(repr, unknown))}: a declaration has {', '.join(ATTRIBUTES)} only"
    kinds = [declared["type"]] if "type" in declared else []
    items = declared.get("items")
    while items is not None:
        kinds.append(items.get("type") if isinstance(items, dict) else items)
        items = items.get("items") if isinstance(items, dict) else None
    for kind in kinds:
        if kind not in TYPES:
            yield f"is of type {kind!r}: there are {', '.join(TYPES)}"


def _fits(kind: str, items: Mapping[str, Any] | None, value: Any) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "integer":
            if isinstance(value, str):
                return re.fullmatch(r"[+-]?[0-9]+", value) is not None
            return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
        case "boolean":
            return isinstance(value, bool) or value in ("true", "false")
        case "object":
            return isinstance(value, dict)
    if not isinstance(value, list) or items is None:
        return False
    return all(_fits(items["type"], items.get("items"), item) for item in value)


def _full_name(kind: str, items: Mapping[str, Any] | None) -> str:
    return kind if items is None else f"array<{_full_name(items['type'], items.get('items'))}>"
