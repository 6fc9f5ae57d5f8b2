"""Inputs held against the SDK's types: every wrong value with its full path.

Unknown values pass anywhere; a secret is checked by what it holds.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from localcloud.providers.errors import Failure
from localcloud.providers.sdk_types import Choice, ListOf, MapOf, ObjectType, OneOf, Reference, Scalar, Type
from localcloud.wire.typed import Asset, Secret, Unknown

IDENTIFIER = re.compile(r"^[A-Za-z_$][\w$-]*$")


def check(kind: Type, value: Any, path: str = "") -> Iterator[Failure]:
    """All that is wrong with `value` as a `kind`."""
    if isinstance(value, Secret):
        value = value.value
    if isinstance(value, Unknown):
        return
    if isinstance(kind, Reference):
        kind = kind.resolve()
    if isinstance(kind, ObjectType):
        yield from _check_object(kind, value, path)
    elif isinstance(kind, MapOf):
        yield from _check_map(kind, value, path)
    elif isinstance(kind, ListOf):
        yield from _check_list(kind, value, path)
    elif isinstance(kind, OneOf):
        yield from _check_union(kind, value, path)
    elif not _fits(kind, value):
        yield Failure(path, f"expected {describe(kind)}, got {show(value)}{_suggest_choice(kind, value)}")


def _check_object(kind: ObjectType, value: Any, path: str) -> Iterator[Failure]:
    if not isinstance(value, dict):
        yield Failure(path, f"expected an object ({kind.name}), got {show(value)}")
        return
    for key, item in value.items():
        if key.startswith("__"):
            continue
        if key not in kind.properties:
            yield Failure(join(path, key), f"unknown property{did_you_mean(key, kind.properties)}")
        elif item is not None:
            yield from check(kind.properties[key], item, join(path, key))
    for key in sorted(kind.required):
        if value.get(key) is None:
            yield Failure(join(path, key), "missing required property")


def _check_map(kind: MapOf, value: Any, path: str) -> Iterator[Failure]:
    if not isinstance(value, dict):
        yield Failure(path, f"expected a map of {describe(kind.item)}, got {show(value)}")
        return
    for key, item in value.items():
        yield from check(kind.item, item, join(path, key))


def _check_list(kind: ListOf, value: Any, path: str) -> Iterator[Failure]:
    if not isinstance(value, list):
        yield Failure(path, f"expected a list of {describe(kind.item)}, got {show(value)}")
        return
    for index, item in enumerate(value):
        yield from check(kind.item, item, f"{path}[{index}]")


def _check_union(kind: OneOf, value: Any, path: str) -> Iterator[Failure]:
    """A union with an enum is that enum: the plain type beside it is only how the SDK lets its values be written."""
    options = [option.resolve() if isinstance(option, Reference) else option for option in kind.options]
    choices = [option for option in options if isinstance(option, Choice)]
    attempts = [list(check(option, value, path)) for option in choices or options]
    if all(attempts):
        simple = f"expected {' or '.join(describe(option) for option in choices or options)}, got {show(value)}"
        closest = min(attempts, key=len)
        is_container = isinstance(value, dict | list)
        yield from closest if is_container or choices else [Failure(path, simple)]


def _fits(kind: Type, value: Any) -> bool:
    if isinstance(kind, Choice):
        return value in kind.values
    assert isinstance(kind, Scalar)
    if kind.name == "any":
        return True
    if kind.name == "asset":
        return isinstance(value, Asset)
    if isinstance(value, bool):
        return kind.name == "boolean"
    expected = {"string": str, "integer": int, "number": int | float}.get(kind.name)
    return expected is not None and isinstance(value, expected)


def describe(kind: Type) -> str:
    """A type in words."""
    if isinstance(kind, Reference):
        kind = kind.resolve()
    if isinstance(kind, Scalar):
        return {"asset": "an asset or archive", "any": "any value"}.get(kind.name, kind.name)
    if isinstance(kind, Choice):
        values = ", ".join(json.dumps(value) for value in kind.values)
        return values if len(kind.values) == 1 else f"one of {values}"
    if isinstance(kind, ListOf):
        return f"a list of {describe(kind.item)}"
    if isinstance(kind, MapOf):
        return f"a map of {describe(kind.item)}"
    if isinstance(kind, OneOf):
        return " or ".join(describe(option) for option in kind.options)
    return f"an object ({kind.name})"


def show(value: Any) -> str:
    """A wrong value in words, short."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"boolean {json.dumps(value)}"
    if isinstance(value, str):
        return f"string {json.dumps(value if len(value) <= 60 else value[:57] + '...', ensure_ascii=False)}"
    if isinstance(value, int | float):
        return f"number {value}"
    if isinstance(value, Asset):
        return "an asset or archive"
    return "a list" if isinstance(value, list) else "an object"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?` if something known is close, else nothing. Case and underscores don't count."""
    by_letters = {name.replace("_", "").lower(): name for name in known}
    close = difflib.get_close_matches(word.replace("_", "").lower(), by_letters, n=1, cutoff=0.6)
    return f'; did you mean "{by_letters[close[0]]}"?' if close else ""


def _suggest_choice(kind: Type, value: Any) -> str:
    return did_you_mean(value, map(str, kind.values)) if isinstance(kind, Choice) and isinstance(value, str) else ""


def join(path: str, key: str) -> str:
    """A property path one step deeper, in Pulumi's notation."""
    if not IDENTIFIER.match(key):
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key
