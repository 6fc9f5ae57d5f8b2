"""Listings of a bucket: prefix, delimiter, offsets, glob, versions, pages."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from localcloud.services.common import GoogleError
from localcloud.services.storage.objects import COLUMNS, ObjectVersion
from localcloud.services.storage.store import Store

LARGEST_PAGE = 1000
SEEK_ROWS = 64  # read at once when most rows may be below prefixes
LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True)
class Query:
    """What to list. Names are compared by their UTF-8 bytes; `start` is included, `end` is not."""

    bucket: str
    prefix: str = ""
    delimiter: str = ""
    include_trailing_delimiter: bool = False
    start: str = ""
    end: str = ""
    glob: str = ""
    versions: bool = False
    deleted: bool = False
    """Those that can be restored, in the place of those that are there."""
    page_size: int = LARGEST_PAGE
    page_token: str = ""


@dataclass
class Page:
    """Items and prefixes in order of name; `next_token` is empty on the last page."""

    items: list[ObjectVersion] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    next_token: str = ""

    def __len__(self) -> int:
        return len(self.items) + len(self.prefixes)


class Position(NamedTuple):
    """How far a listing has come: behind this row, or behind all generations of a name that was not passed (-1)."""

    name: str
    generation: int = -1

    @classmethod
    def of(cls, token: str) -> Position:
        """Where the page before ended. Errors: 400 for a token that was not given out here."""
        try:
            name, generation = json.loads(base64.urlsafe_b64decode(token)) if token else ("", -1)
            return cls(str(name), int(generation))
        except (ValueError, TypeError) as error:
            raise GoogleError(400, f"Invalid page token {token!r}", "invalid") from error

    @property
    def token(self) -> str:
        return base64.urlsafe_b64encode(json.dumps(self).encode()).decode()

    def has_passed(self, prefix: str) -> bool:
        """Whether a row below the prefix was passed: a listing that only begins there has not given it yet."""
        return self.generation >= 0 and self.name.startswith(prefix)


class Entry(NamedTuple):
    """What a listing gives at one place: a row's item, a prefix, or both where an object is named as the prefix."""

    name: str
    row: tuple[Any, ...] | None
    prefix: str | None
    position: Position


def page(store: Store, query: Query) -> Page:
    """One page."""
    matches = glob_pattern(query.glob).fullmatch if query.glob else None
    start = Position(max(query.start, query.prefix, key=str.encode))
    position = max(Position.of(query.page_token), start, key=lambda one: one.name.encode())
    size = max(1, min(query.page_size, LARGEST_PAGE))
    found = Page()
    for entry in _entries(store, query, position):
        if matches is None or matches(entry.name):
            if len(found) >= size:
                found.next_token = position.token
                return found
            if entry.row is not None:
                found.items.append(ObjectVersion.of(entry.row))
            if entry.prefix is not None:
                found.prefixes.append(entry.prefix)
        position = entry.position
    return found


def _entries(store: Store, query: Query, position: Position) -> Iterator[Entry]:
    """What is behind a position. A prefix is passed over by one seek, however many objects are below it."""
    while rows := _rows_after(store, query, position):
        for row in rows:
            name = row[1]
            if not name.startswith(query.prefix) or (query.end and name.encode() >= query.end.encode()):
                return
            prefix = _common_prefix(name, query)
            new = None if prefix is None or position.has_passed(prefix) else prefix
            if prefix is None or (query.include_trailing_delimiter and name == prefix):
                position = Position(name, row[2])
                yield Entry(name, row, new, position)
                continue
            position = Position(prefix + LAST_CHARACTER, 0)
            if new is not None:
                yield Entry(prefix, None, new, position)
            break  # the rows that follow are most likely below this prefix


def _rows_after(store: Store, query: Query, position: Position) -> list[tuple[Any, ...]]:
    limit = SEEK_ROWS if query.delimiter else LARGEST_PAGE + 1
    table, live = ("restorable", "") if query.deleted else ("objects", "" if query.versions else "AND live")
    where = f"bucket = ? AND (name, generation) > (?, ?) {live}"
    sql = f"SELECT {COLUMNS} FROM {table} WHERE {where} ORDER BY name, generation LIMIT ?"
    return store.rows(sql, query.bucket, *position, limit)


def _common_prefix(name: str, query: Query) -> str | None:
    if not query.delimiter:
        return None
    end = name.find(query.delimiter, len(query.prefix))
    return None if end < 0 else name[: end + len(query.delimiter)]


def glob_pattern(glob: str) -> re.Pattern[str]:
    """A regular expression for Google's matchGlob: `*` within a folder, `**` across, `?`, `[set]`, `{one,other}`."""
    parts: list[str] = []
    depth = 0
    for token in re.findall(r"\*\*/|\*\*|\[[!^]?[^]]+\]|\\.|.", glob, re.DOTALL):
        if token == "**/":
            parts.append("(?:.*/)?")
        elif token == "**":
            parts.append(".*")
        elif token == "*":
            parts.append("[^/]*")
        elif token == "?":
            parts.append("[^/]")
        elif token[0] == "[" and len(token) > 1:
            negated = "^" if token[1] in "!^" else ""
            members = token[1:-1].lstrip("!^") if negated else token[1:-1]
            parts.append(f"[{negated}{members.replace(chr(92), chr(92) * 2)}]")
        elif token == "{":
            depth += 1
            parts.append("(?:")
        elif token == "}" and depth:
            depth -= 1
            parts.append(")")
        elif token == "," and depth:
            parts.append("|")
        else:
            parts.append(re.escape(token[-1]))
    try:
        return re.compile("".join(parts), re.DOTALL)
    except re.error as error:
        raise GoogleError(400, f"Invalid matchGlob {glob!r}: {error}", "invalid") from error
