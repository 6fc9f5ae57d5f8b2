"""Lookups of many values at once: what a body asks for, and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from pipelines.serving.lookups import find
from pipelines.serving.parameters import DEFAULT_LIMIT, limit_of
from pipelines.serving.search import SEPARATOR, Point, Query
from pipelines.serving.snapshot import MappedTable, Work
from pipelines.serving.values import Value, from_json
from pipelines.snapshots.served_table import ServedTable

MOST_KEYS = 1000
PARTS = ("by", "keys", "limit")


@dataclass(frozen=True)
class Batch:
    """keys as they were sent, and as databases have them; limit: rows of each at most."""

    by: str
    keys: list[Any]
    values: list[Value]
    limit: int


def asked(table: ServedTable, body: bytes) -> Batch:
    """What a body asks for. ValueError, in one line, by the name of what is wrong with it."""
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"the body is no JSON: {error}") from None
    if not isinstance(sent, dict):
        raise ValueError('the body is no object like {"keys": ["a", "b"]}')
    if unknown := [name for name in sent if name not in PARTS]:
        raise ValueError(f"{unknown[0][:80]!r} is nothing that a batch has; there are {', '.join(PARTS)}")
    by, keys = sent.get("by", table.key), sent.get("keys")
    if by not in table.by:
        raise ValueError(f"by: {str(by)[:80]!r} is none of {', '.join(table.by)}")
    if not isinstance(keys, list) or len(keys) > MOST_KEYS:
        raise ValueError(f"keys: give a list of at most {MOST_KEYS}")
    name = "keys"
    try:
        values = [from_json(table.type_of(by), key) for key in keys]
        name = "limit"
        return Batch(by, keys, values, limit_of(sent.get("limit", DEFAULT_LIMIT)))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def found(mapped: MappedTable, batch: Batch, work: Work) -> tuple[bytes, bytes]:
    """The JSON body, and all rows as in Page.rows. TooMuchWorkError if it would take more than `work`."""
    texts = _texts(mapped, batch, work)
    name = orjson.dumps(mapped.table.name)
    pairs = zip(batch.keys, texts, strict=True)
    results = [b'{"key":%b,%b:[%b]}' % (orjson.dumps(key), name, text) for key, text in pairs]
    return b'{"results":[%b]}' % SEPARATOR.join(results), SEPARATOR.join(filter(None, texts))


def _texts(mapped: MappedTable, batch: Batch, work: Work) -> list[bytes]:
    """The rows of each value."""
    point = Point(batch.by)
    by_key = batch.by == mapped.table.key
    texts: list[bytes] = []
    for value in batch.values:
        shards = mapped.shards_of(value) if by_key else mapped.shards
        if len(shards) != 1:
            texts.append(find(mapped, Query({batch.by: value}, limit=batch.limit), work).rows)
            continue
        with shards[0].reader() as reader:
            texts.append(point.rows(reader, work, value, batch.limit)[1] or b"")
    return texts
