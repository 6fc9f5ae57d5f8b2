"""All objects of one cluster: in memory, written through to one SQLite file, with an ordered stream of changes.

Everything here runs on the event loop's thread, so a read followed by a write is atomic as long as nothing is awaited
in between. Objects handed out are the store's own: copy before changing (`modify` does it for you).
"""

from __future__ import annotations

import copy
import json
import logging
import sqlite3
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.errors import ApiError, already_exists, conflict, not_found

log = logging.getLogger(__name__)
Object = dict[str, Any]
Key = tuple[str, str, str]  # resource key, namespace ("" if cluster-wide), name
HISTORY = 4096  # changes kept for watches that start in the past; an older start is answered 410, as etcd does

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    resource TEXT, namespace TEXT, name TEXT, body TEXT, PRIMARY KEY (resource, namespace, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS revision (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER);
"""


@dataclass(frozen=True)
class Change:
    """One change: `type` is ADDED, MODIFIED or DELETED, `previous` the object before it (None for ADDED)."""

    version: int
    type: str
    resource: str
    object: Object
    previous: Object | None


def key_of(resource: str, obj: Object) -> Key:
    return resource, obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


class Store:
    """Objects by resource key, namespace and name; every write gets the next resourceVersion."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # autocommit with a write-ahead log: a write is there after a kill -9, and costs no disk flush
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(SCHEMA)
        self._objects: dict[str, dict[tuple[str, str], Object]] = {key: {} for key in RESOURCES}
        for resource, namespace, name, body in self._database.execute("SELECT * FROM objects"):
            self._objects.setdefault(resource, {})[namespace, name] = json.loads(body)
        row = self._database.execute("SELECT version FROM revision").fetchone()
        self.version: int = row[0] if row else 1
        self.oldest_version = self.version
        self._history: deque[Change] = deque()
        self._listeners: list[Callable[[Change], None]] = []

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        return self._objects[resource].get((namespace, name))

    def require(self, resource: str, namespace: str, name: str) -> Object:
        """The object, or a 404."""
        found = self.get(resource, namespace, name)
        if found is None:
            raise not_found(resource, name)
        return found

    def list(self, resource: str, namespace: str = "", version: int | None = None) -> list[Object]:
        """All objects of a resource, of one namespace or (with "") of all, in the order of their names; those of a past
        version if one is given, 410 if it is no longer known."""
        found = self._objects[resource]
        if version is not None:
            found = dict(found)
            for change in reversed(self.since(version)):
                key = key_of(change.resource, change.object)[1:]
                if change.resource == resource and change.previous is None:
                    del found[key]
                elif change.resource == resource and change.previous is not None:
                    found[key] = change.previous
        return [found[key] for key in sorted(found) if not namespace or key[0] == namespace]

    def everything(self) -> list[tuple[str, Object]]:
        return [(resource, obj) for resource, found in self._objects.items() for obj in found.values()]

    def create(self, resource: str, obj: Object) -> Object:
        """Add a new object; 409 if there is one of that name."""
        _, namespace, name = key_of(resource, obj)
        if self.get(resource, namespace, name) is not None:
            raise already_exists(resource, name)
        return self._write("ADDED", resource, obj, None)

    def update(self, resource: str, obj: Object) -> Object:
        """Replace an object; 409 if the given resourceVersion (when there is one) isn't the present one."""
        _, namespace, name = key_of(resource, obj)
        previous = self.require(resource, namespace, name)
        given = obj["metadata"].get("resourceVersion")
        if given and given != previous["metadata"]["resourceVersion"]:
            raise conflict(resource, name)
        if obj == previous:
            return previous
        return self._write("MODIFIED", resource, obj, previous)

    def modify(self, resource: str, namespace: str, name: str, change: Callable[[Object], None]) -> Object:
        """Apply `change` to a copy and store it; nothing is written (nor announced) if it changed nothing."""
        obj = copy.deepcopy(self.require(resource, namespace, name))
        change(obj)
        return self.update(resource, obj)

    def remove(self, resource: str, namespace: str, name: str) -> Object:
        previous = self.require(resource, namespace, name)
        return self._write("DELETED", resource, copy.deepcopy(previous), previous)

    def _write(self, kind: str, resource: str, obj: Object, previous: Object | None) -> Object:
        version = self.version + 1
        obj["metadata"]["resourceVersion"] = str(version)
        key = key_of(resource, obj)
        self._write_through(version, key, None if kind == "DELETED" else json.dumps(obj))
        self.version = version
        if kind == "DELETED":
            del self._objects[resource][key[1:]]
        else:
            self._objects[resource][key[1:]] = obj
        self._announce(Change(version, kind, resource, obj, previous))
        return obj

    def _write_through(self, version: int, key: Key, body: str | None) -> None:
        """One object (None: it is gone) and the version, both or neither."""
        database = self._database
        try:
            database.execute("BEGIN")
            if body is None:
                database.execute("DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?", key)
            else:
                database.execute("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)", (*key, body))
            database.execute("INSERT OR REPLACE INTO revision VALUES (1, ?)", (version,))
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise

    def _announce(self, change: Change) -> None:
        self._history.append(change)
        if len(self._history) > HISTORY:
            self.oldest_version = self._history.popleft().version
        for listener in list(self._listeners):
            try:
                listener(change)
            except Exception:  # the write has been done, and the others have to hear of it
                log.exception("a listener failed at %s of %s", change.type, change.resource)

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` at every change, before the write returns; returns how to stop it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def since(self, version: int) -> list[Change]:
        """The changes after a resourceVersion; 410 if they are no longer known."""
        if version < self.oldest_version:
            raise ApiError(410, "Expired", f"too old resource version: {version} ({self.oldest_version})")
        return [change for change in self._history if change.version > version]

    def close(self) -> None:
        self._database.close()
