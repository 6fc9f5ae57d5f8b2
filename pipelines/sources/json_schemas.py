"""What a log's JSON schema lets properties be: only a schema that no message of a table can fit is wrong."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import orjson

from pipelines.contracts.model import Table
from pipelines.contracts.schemas import json_schema

ALL = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
NOTHING: frozenset[str] = frozenset()
OF_VALUES = {bool: {"boolean"}, int: {"integer", "number"}, float: {"number"}, str: {"string"}, list: {"array"}}
STEPS = 10_000
"""So many schemas within one are looked at; what is left may be anything."""

Way = tuple[str, ...]
"""The references that were followed to a schema, each once."""


@lru_cache(maxsize=64)
def contradiction(schema: bytes, table: Table) -> str | None:
    """What in a schema's text keeps its messages from becoming rows of the table; None if nothing does."""
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft202012Validator, validator_for

    try:
        root = orjson.loads(schema)
        validator_for(root, Draft202012Validator).check_schema(root)
        return _contradiction(_Possible(root), table)
    except (orjson.JSONDecodeError, SchemaError, RecursionError, AttributeError, TypeError):
        return "its schema is not a JSON schema of an object"


def _contradiction(possible: _Possible, table: Table) -> str | None:
    if "object" not in possible.types(possible.root):
        return "its schema is not a JSON schema of an object"
    expected = json_schema(table)
    for name, value in expected["properties"].items():
        allowed, wanted = possible.types_of_property(possible.root, name), _declared(value["type"])
        if not allowed and name in expected["required"]:
            return f"{name} is missing"
        if allowed and not allowed & wanted:
            return f"{name} is {_shown(allowed)}, not {_shown(wanted - {'null'})}"
    return None


class _Possible:
    """The types that values can have by a schema; of what is not understood, all."""

    def __init__(self, root: Any) -> None:
        self.root, self._left = root, STEPS

    def types(self, schema: Any, way: Way = ()) -> frozenset[str]:
        """The types of a value."""
        self._left -= 1
        if isinstance(schema, bool) or self._left < 0:
            return NOTHING if schema is False else ALL
        types = _declared(schema["type"]) if "type" in schema else ALL
        for values in ([schema["const"]] if "const" in schema else None, schema.get("enum")):
            if values is not None:
                types &= NOTHING.union(*(OF_VALUES.get(type(value), {"object", "null"}) for value in values))
        for options in self._combined(schema, way):
            types &= NOTHING.union(*(self.types(*option) for option in options))
        return types

    def types_of_property(self, schema: Any, name: str, way: Way = ()) -> frozenset[str]:
        """The types of an object's property; none if the object can't have it."""
        self._left -= 1
        if isinstance(schema, bool) or self._left < 0:
            return NOTHING if schema is False else ALL
        types = ALL
        if name in schema.get("properties", {}):
            types = self.types(schema["properties"][name], way)
        elif "additionalProperties" in schema and not schema.get("patternProperties"):
            types = self.types(schema["additionalProperties"], way)
        for options in self._combined(schema, way):
            types &= NOTHING.union(*(self.types_of_property(option, name, taken) for option, taken in options))
        return types

    def _combined(self, schema: dict[str, Any], way: Way) -> list[list[tuple[Any, Way]]]:
        """The schemas that hold too, as lists of which one has to."""
        held = [[(one, way)] for one in schema.get("allOf", ())]
        held += [[(one, way) for one in schema[name]] for name in ("anyOf", "oneOf") if name in schema]
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in way:
            held.append([(self._referred(reference), (*way, reference))])
        return held

    def _referred(self, reference: str) -> Any:
        """What a reference within the schema (`#/$defs/speed`) means; `true` for one that leads elsewhere."""
        pointer, value = reference.removeprefix("#"), self.root
        if not reference.startswith("#") or (pointer and not pointer.startswith("/")):
            return True
        for part in pointer.split("/")[1:]:
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
                value = value[int(key)]
            elif isinstance(value, dict) and key in value:
                value = value[key]
            else:
                return True
        return value if isinstance(value, dict | bool) else True


def _declared(types: Any) -> frozenset[str]:
    """Names of types; each number can be a whole one. What older drafts allow beside names may be anything."""
    names = [types] if isinstance(types, str) else types
    if not all(isinstance(name, str) and name in ALL for name in names):
        return ALL
    return frozenset(names) | ({"integer"} if "number" in names else NOTHING)


def _shown(types: frozenset[str]) -> str:
    return " or ".join(sorted(types - {"integer"} if "number" in types else types))
