"""Deleted objects that can be restored for as long as their bucket's policy said when they were deleted."""

from __future__ import annotations

import json
import time
from sqlite3 import Connection
from typing import Any

from localcloud.services.storage.times import as_text


def keep_deleted(
    connection: Connection, policy: dict[str, Any], key: tuple[str, str, int], resource: dict[str, Any]
) -> bool:
    """Keep a version (bucket, name, generation) that is about to be deleted for good; False if it need not be."""
    seconds = int(policy["retentionDurationSeconds"])
    if not seconds:
        return False
    now = time.time()
    kept = json.dumps(resource | {"softDeleteTime": as_text(now), "hardDeleteTime": as_text(now + seconds)})
    query = """INSERT INTO soft_deleted SELECT bucket, name, generation, 0, content, ?, data, ? FROM objects
        WHERE bucket = ? AND name = ? AND generation = ?"""
    connection.execute(query, (kept, int(now) + seconds, *key))
    return True


def forget_expired(connection: Connection, bucket: str | None = None) -> list[str | None]:
    """Forget what can't be restored any more, or all of a bucket that goes. Gives the contents no row names now."""
    condition, argument = ("hard_delete <= ?", int(time.time())) if bucket is None else ("bucket = ?", bucket)
    contents = connection.execute(f"SELECT content FROM soft_deleted WHERE {condition}", (argument,)).fetchall()
    if contents:
        connection.execute(f"DELETE FROM soft_deleted WHERE {condition}", (argument,))
    return [content for (content,) in contents]
