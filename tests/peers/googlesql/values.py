"""Values as GoogleSQL's compliance files write them: `ARRAY<STRUCT<a INT64, STRING>>[{1, "x"}, ...]`.

Read as plain Python: a struct is a tuple, an array a list (a Bag if its order is unknown), a scalar (kind, text).
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field
from typing import Any

SCALAR = re.compile(r"[^,\]}]*")
STRING = re.compile(r"""b?("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""", re.S)


class UnreadableError(Exception):
    """A value of a form that is not read here."""


class Bag(list[Any]):
    """An array whose order is not known."""


@dataclass
class Kind:
    """A type: STRUCT's `inner` are its fields' types, ARRAY's its element's; `names` the fields' names."""

    name: str
    inner: list[Kind] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


class Reader:
    """Reads one value from the beginning of a text."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def _skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def _take(self, what: str) -> bool:
        self._skip()
        found = self.text.startswith(what, self.at)
        self.at += len(what) if found else 0
        return found

    def _need(self, what: str) -> None:
        if not self._take(what):
            raise UnreadableError(f"{what!r} expected: {self.text[self.at : self.at + 40]!r}")

    def kind(self) -> Kind:
        self._skip()
        name = re.compile(r"[\w.]+").match(self.text, self.at)
        if name is None:
            raise UnreadableError(f"a type expected: {self.text[self.at : self.at + 40]!r}")
        self.at = name.end()
        made = Kind(name[0].upper())
        if made.name in ("ARRAY", "STRUCT") and self._take("<"):
            while not self._take(">"):
                self._member(made)
                self._take(",")
        elif self._take("<") or self._take("("):
            raise UnreadableError(f"type {made.name}")
        return made

    def _member(self, made: Kind) -> None:
        named = re.compile(r"\s*(`[^`]*`|[\w$]+)\s+(?=\w)").match(self.text, self.at) if made.name == "STRUCT" else None
        if named:
            self.at = named.end()
        made.names.append(named[1] if named else "")
        made.inner.append(self.kind())

    def value(self, kind: Kind) -> Any:
        self._skip()
        if self._take("NULL"):
            return None
        if kind.name == "ARRAY":
            return self._array(kind)
        if kind.name == "STRUCT":
            return self._struct(kind)
        if kind.name == "JSON":
            return self._json()
        if kind.name in ("STRING", "BYTES"):
            found = STRING.match(self.text, self.at)
            if found is None:
                raise UnreadableError("a string")
            self.at = found.end()
            return (kind.name, _unescaped(found[0]))
        text = SCALAR.match(self.text, self.at)
        assert text is not None
        self.at = text.end()
        return (kind.name, text[0].strip())

    def _array(self, kind: Kind) -> Any:
        if self.text.startswith("ARRAY<", self.at):
            kind = self.kind()
        if self._take("(NULL)"):
            return None
        self._need("[")
        unknown = self._take("unknown order:")
        self._take("known order:")
        items: list[Any] = Bag() if unknown else []
        element = kind.inner[0] if kind.inner else Kind("")
        while not self._take("]"):
            items.append(self.value(element))
            self._take(",")
        return items

    def _struct(self, kind: Kind) -> Any:
        if self.text.startswith("STRUCT<", self.at):
            kind = self.kind()
        self._need("{")
        parts: list[Any] = []
        while not self._take("}"):
            if len(parts) == len(kind.inner):
                raise UnreadableError("more fields than the type has")
            parts.append(self.value(kind.inner[len(parts)]))
            self._take(",")
        return tuple(parts)

    def _json(self) -> Any:
        try:
            value, self.at = json.JSONDecoder().raw_decode(self.text, self.at)
        except ValueError as error:
            raise UnreadableError("JSON") from error
        return ("JSON", value)


def _unescaped(text: str) -> str | bytes:
    try:
        return ast.literal_eval(text.replace("\n", "\\n"))
    except (SyntaxError, ValueError):
        if text.startswith("b"):
            return ast.literal_eval("b" + repr(text[2:-1].encode())[1:].replace("\\\\", "\\"))
        raise UnreadableError(text) from None


def read(text: str) -> tuple[Kind, Any]:
    """The type and the value of a whole text."""
    reader = Reader(text)
    kind = reader.kind()
    return kind, reader.value(kind)
