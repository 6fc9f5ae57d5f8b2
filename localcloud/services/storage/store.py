"""The disk below the object store: metadata and small contents in SQLite, other contents in a file each.

A content file gets a random name nobody knows until the row of its object version is committed: that commit is what
makes an object appear, whole, or replaces it. A kill at any moment leaves at worst a content file without a row, which
the next start removes.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

UPLOAD_LIFETIME_S = 7 * 24 * 3600  # a resumable upload's, as in Google's documentation

SCHEMA = """
CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, project TEXT, resource TEXT, policy TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT, name TEXT, generation INTEGER, live INTEGER, content TEXT, resource TEXT, data BLOB,
    PRIMARY KEY (bucket, name, generation)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS live_objects ON objects (bucket, name) WHERE live;
CREATE TABLE IF NOT EXISTS soft_deleted (
    bucket TEXT, name TEXT, generation INTEGER, live INTEGER, content TEXT, resource TEXT, data BLOB,
    hard_delete INTEGER, PRIMARY KEY (bucket, name, generation)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS soft_deleted_ends ON soft_deleted (hard_delete);
CREATE VIEW IF NOT EXISTS restorable AS
    SELECT * FROM soft_deleted WHERE hard_delete > CAST(strftime('%s', 'now') AS INTEGER);
CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, bucket TEXT, name TEXT, made INTEGER, state TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS parts (
    upload TEXT, number INTEGER, content TEXT, size INTEGER, etag TEXT, made TEXT, PRIMARY KEY (upload, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notifications (bucket TEXT, id INTEGER, resource TEXT, PRIMARY KEY (bucket, id));
CREATE TABLE IF NOT EXISTS last_generation (only INTEGER PRIMARY KEY CHECK (only = 1), value INTEGER);
INSERT OR IGNORE INTO last_generation VALUES (1, 0);
"""


class Store:
    """Rows and content files below one folder. Safe to use from many threads; one process at a time."""

    def __init__(self, folder: Path) -> None:
        self._content = folder / "content"
        for number in range(256):
            (self._content / f"{number:02x}").mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        database = folder / "metadata.sqlite"
        self._connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(SCHEMA)
        self._recover()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the changes made inside, durably, or none of them; one transaction runs at a time."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # SQLite itself rolls back when the disk is full
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(query, arguments).fetchall()

    def row(self, query: str, *arguments: Any) -> tuple[Any, ...] | None:
        with self._lock:
            return self._connection.execute(query, arguments).fetchone()

    @staticmethod
    def next_generation(connection: sqlite3.Connection) -> int:
        """A generation greater than any given before (microseconds, as Google's look), even if the clock steps back."""
        (last,) = connection.execute("SELECT value FROM last_generation").fetchone()
        value = max(last + 1, time.time_ns() // 1000)
        connection.execute("UPDATE last_generation SET value = ?", (value,))
        return value

    @staticmethod
    def new_content_id() -> str:
        return secrets.token_hex(16)

    def content_path(self, content_id: str) -> Path:
        return self._content / content_id[:2] / content_id

    def discard(self, content_ids: Iterable[str | None]) -> None:
        """Remove content files no row names any more (None: a content without a file)."""
        for content_id in content_ids:
            if content_id is not None:
                self.content_path(content_id).unlink(missing_ok=True)

    def _recover(self) -> None:
        """Forget uploads past their lifetime and remove content files that no row names."""
        with self.transaction() as connection:
            oldest = int(time.time()) - UPLOAD_LIFETIME_S
            connection.execute("DELETE FROM uploads WHERE made < ?", (oldest,))
            connection.execute("DELETE FROM parts WHERE upload NOT IN (SELECT id FROM uploads)")
        contents = (f"SELECT content FROM {table}" for table in ("objects", "soft_deleted", "parts"))
        known = " UNION ".join([*contents, "SELECT id FROM uploads"])
        named = {content_id for (content_id,) in self.rows(known)}
        self.discard(path.name for path in self._content.glob("*/*") if path.name not in named)
