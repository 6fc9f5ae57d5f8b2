"""The catalogue's one source of truth, in SQLite: catalogs, namespaces, and which metadata file each table points to.

A commit is the swap of a pointer from the location it was computed from to the new one. Metadata files are immutable
and written before the swap, so a kill at any moment leaves every table at a complete version: at worst an unreferenced
metadata file stays behind.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.services.iceberg.errors import IcebergError, already_exists, no_such_namespace, no_such_table

TABLES = """
CREATE TABLE IF NOT EXISTS catalogs (name TEXT PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS namespaces (
    catalog TEXT NOT NULL REFERENCES catalogs (name), name TEXT NOT NULL, properties TEXT NOT NULL,
    PRIMARY KEY (catalog, name)
);
CREATE TABLE IF NOT EXISTS tables (
    catalog TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, metadata_location TEXT NOT NULL,
    PRIMARY KEY (catalog, namespace, name),
    FOREIGN KEY (catalog, namespace) REFERENCES namespaces (catalog, name)
);
"""


@dataclass(frozen=True)
class TableName:
    """`catalog` is a resource name, projects/{project}/catalogs/{catalog}."""

    catalog: str
    namespace: str
    table: str

    def __str__(self) -> str:
        return f"{self.namespace}.{self.table}"


@dataclass(frozen=True)
class Swap:
    """Move a table's pointer from `old` (None: the table does not exist yet) to `new`."""

    name: TableName
    old: str | None
    new: str


class PointerMoved(Exception):  # noqa: N818 - a condition the committer acts on, not an error of its caller
    """A pointer was not where the swap expected it; nothing was changed."""


class CatalogStore:
    """Catalogs, namespaces and table pointers. Safe for threads and for several processes on one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._of_thread = threading.local()
        self._connection().execute("PRAGMA journal_mode = WAL")
        self._connection().executescript(TABLES)

    def _connection(self) -> sqlite3.Connection:
        """This thread's own; it is closed when the thread ends."""
        known: sqlite3.Connection | None = getattr(self._of_thread, "connection", None)
        if known is None:
            known = sqlite3.connect(self.path, isolation_level=None, timeout=60)
            known.execute("PRAGMA foreign_keys = ON")
            self._of_thread.connection = known
        return known

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One write transaction; IMMEDIATE, so that what it reads can't change before it writes."""
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # SQLite itself rolls back when the disk is full
                connection.execute("ROLLBACK")
            raise

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        return self._connection().execute(query, values).fetchall()

    # Catalogs

    def catalogs(self) -> list[tuple[str, dict[str, Any]]]:
        rows = self._rows("SELECT name, record FROM catalogs ORDER BY name")
        return [(name, json.loads(record)) for name, record in rows]

    def catalog(self, name: str) -> dict[str, Any] | None:
        rows = self._rows("SELECT record FROM catalogs WHERE name = ?", name)
        return json.loads(rows[0][0]) if rows else None

    def create_catalog(self, name: str, record: dict[str, Any]) -> bool:
        """False if there is one of that name."""
        with self._transaction() as connection:
            inserted = connection.execute("INSERT OR IGNORE INTO catalogs VALUES (?, ?)", (name, json.dumps(record)))
            return inserted.rowcount == 1

    def update_catalog(self, name: str, record: dict[str, Any]) -> None:
        with self._transaction() as connection:
            connection.execute("UPDATE catalogs SET record = ? WHERE name = ?", (json.dumps(record), name))

    def delete_catalog(self, name: str) -> bool:
        """False, and nothing deleted, if it still has namespaces."""
        with self._transaction() as connection:
            try:
                connection.execute("DELETE FROM catalogs WHERE name = ?", (name,))
            except sqlite3.IntegrityError:
                return False
            return True

    # Namespaces

    def namespaces(self, catalog: str) -> list[str]:
        rows = self._rows("SELECT name FROM namespaces WHERE catalog = ? ORDER BY name", catalog)
        return [name for (name,) in rows]

    def namespace(self, catalog: str, name: str) -> dict[str, str]:
        """The namespace's properties, or a 404."""
        rows = self._rows("SELECT properties FROM namespaces WHERE catalog = ? AND name = ?", catalog, name)
        if not rows:
            raise no_such_namespace(name)
        return json.loads(rows[0][0])

    def create_namespace(self, catalog: str, name: str, properties: dict[str, str]) -> None:
        with self._transaction() as connection:
            row = (catalog, name, json.dumps(properties))
            if connection.execute("INSERT OR IGNORE INTO namespaces VALUES (?, ?, ?)", row).rowcount == 0:
                raise already_exists(f"Namespace {name}")

    def update_namespace(
        self, catalog: str, name: str, removals: Sequence[str], updates: dict[str, str]
    ) -> tuple[list[str], list[str]]:
        """Change properties; which of the removals were there, and which were missing."""
        with self._transaction() as connection:
            query = "SELECT properties FROM namespaces WHERE catalog = ? AND name = ?"
            row = connection.execute(query, (catalog, name)).fetchone()
            if row is None:
                raise no_such_namespace(name)
            properties = json.loads(row[0])
            removed = [key for key in removals if key in properties]
            missing = [key for key in removals if key not in properties]
            kept = {key: value for key, value in properties.items() if key not in removed} | updates
            update = "UPDATE namespaces SET properties = ? WHERE catalog = ? AND name = ?"
            connection.execute(update, (json.dumps(kept), catalog, name))
            return removed, missing

    def drop_namespace(self, catalog: str, name: str) -> None:
        with self._transaction() as connection:
            try:
                deleted = connection.execute("DELETE FROM namespaces WHERE catalog = ? AND name = ?", (catalog, name))
            except sqlite3.IntegrityError as error:
                message = f"Namespace is not empty: {name}"
                raise IcebergError(409, "NamespaceNotEmptyException", message) from error
            if deleted.rowcount == 0:
                raise no_such_namespace(name)

    # Tables

    def tables(self, catalog: str, namespace: str) -> list[str]:
        self.namespace(catalog, namespace)
        query = "SELECT name FROM tables WHERE catalog = ? AND namespace = ? ORDER BY name"
        return [name for (name,) in self._rows(query, catalog, namespace)]

    def location(self, name: TableName) -> str | None:
        """The current metadata file of a table; None if there is no such table."""
        query = "SELECT metadata_location FROM tables WHERE catalog = ? AND namespace = ? AND name = ?"
        rows = self._rows(query, name.catalog, name.namespace, name.table)
        return rows[0][0] if rows else None

    def swap(self, swaps: Sequence[Swap]) -> None:
        """Move all the pointers in one transaction, or none and raise PointerMoved."""
        with self._transaction() as connection:
            for swap in swaps:
                if not _swap_one(connection, swap):
                    raise PointerMoved(str(swap.name))

    def drop_table(self, name: TableName) -> str:
        """Forget a table; the metadata file it pointed to."""
        with self._transaction() as connection:
            query = "DELETE FROM tables WHERE catalog = ? AND namespace = ? AND name = ? RETURNING metadata_location"
            row = connection.execute(query, (name.catalog, name.namespace, name.table)).fetchone()
        if row is None:
            raise no_such_table(str(name))
        return row[0]

    def rename_table(self, source: TableName, destination: TableName) -> None:
        self.namespace(destination.catalog, destination.namespace)
        query = "UPDATE tables SET namespace = ?, name = ? WHERE catalog = ? AND namespace = ? AND name = ?"
        names = (destination.namespace, destination.table, source.catalog, source.namespace, source.table)
        with self._transaction() as connection:
            try:
                renamed = connection.execute(query, names).rowcount
            except sqlite3.IntegrityError as error:
                raise already_exists(f"Table {destination}") from error
        if renamed == 0:
            raise no_such_table(str(source))


def _swap_one(connection: sqlite3.Connection, swap: Swap) -> bool:
    key = (swap.name.catalog, swap.name.namespace, swap.name.table)
    if swap.old is None:
        try:
            query = "INSERT INTO tables VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
            return connection.execute(query, (*key, swap.new)).rowcount == 1
        except sqlite3.IntegrityError as error:
            raise no_such_namespace(swap.name.namespace) from error
    query = """UPDATE tables SET metadata_location = ?
               WHERE catalog = ? AND namespace = ? AND name = ? AND metadata_location = ?"""
    return connection.execute(query, (swap.new, *key, swap.old)).rowcount == 1
