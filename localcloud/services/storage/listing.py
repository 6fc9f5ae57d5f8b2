"""Listings of a bucket: prefix, delimiter, offsets, glob, versions, pages."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any

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


def _token(name: str, generation: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([name, generation]).encode()).decode()


def _position(token: str) -> tuple[str, int]:
    """Where the page before ended. Errors: 400 for a token that was not given out here."""
    if not token:
        return "", -1
    try:
        name, generation = json.loads(base64.urlsafe_b64decode(token))
        return str(name), int(generation)
    except (ValueError, TypeError) as error:
        raise GoogleError(400, f"Invalid page token {token!r}", "invalid") from error


def page(store: Store, query: Query) -> Page:
    """One page. A prefix is passed over by one seek, however many objects are below it."""
    name, generation = _position(query.page_token)
    start = max(query.start, query.prefix, key=str.encode)
    if start.encode() > name.encode():
        name, generation = start, -1
    matches = glob_pattern(query.glob).fullmatch if query.glob else None
    size = max(1, min(query.page_size, LARGEST_PAGE))
    found = Page()
    while rows := _rows_after(store, query, name, generation):
        for row in rows:
            if not row[1].startswith(query.prefix) or (query.end and row[1].encode() >= query.end.encode()):
                return found
            common = _common_prefix(row[1], query)
            is_item = common is None or (query.include_trailing_delimiter and row[1] == common)
            # A generation tells that the position is a row already passed, not where the listing is to begin.
            is_new_prefix = common is not None and not (generation >= 0 and name.startswith(common))
            if (is_item or is_new_prefix) and (matches is None or matches(row[1] if is_item else common or "")):
                if len(found) >= size:
                    found.next_token = _token(name, generation)
                    return found
                if is_item:
                    found.items.append(ObjectVersion.of(row))
                if common is not None and is_new_prefix:
                    found.prefixes.append(common)
            if common is None or is_item:
                name, generation = row[1], row[2]
            else:
                name, generation = common + LAST_CHARACTER, 0
                break  # the rows that follow are most likely below this prefix
    return found


def _rows_after(store: Store, query: Query, name: str, generation: int) -> list[tuple[Any, ...]]:
    limit = SEEK_ROWS if query.delimiter else LARGEST_PAGE + 1
    live = "" if query.versions else "AND live"
    where = f"bucket = ? AND (name, generation) > (?, ?) {live}"
    sql = f"SELECT {COLUMNS} FROM objects WHERE {where} ORDER BY name, generation LIMIT ?"
    return store.rows(sql, query.bucket, name, generation, limit)


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
