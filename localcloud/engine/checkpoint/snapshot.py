"""The stack's state while a deployment changes it, written to the checkpoint after every step.

As in Pulumi: the resources done so far come first, in the order they finished (so everything comes after what it
depends on), followed by those of the last deployment that were not touched yet. Operations under way are recorded as
pending before the provider is called; one that is still pending in a checkpoint was cut off.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localcloud.engine.checkpoint.passphrase import Crypter
from localcloud.engine.checkpoint.state import ResourceState

CREATING, UPDATING, DELETING, READING = "creating", "updating", "deleting", "reading"


@dataclass
class StackState:
    """What a checkpoint holds: the resources in dependency order and the operations that were cut off."""

    resources: list[ResourceState] = field(default_factory=list)
    pending: list[tuple[str, ResourceState]] = field(default_factory=list)

    @classmethod
    def parse(cls, raw: dict[str, Any], crypter: Crypter) -> StackState:
        return cls(
            [ResourceState.from_checkpoint(item, crypter.decrypt) for item in raw.get("resources") or []],
            [
                (item["type"], ResourceState.from_checkpoint(item["resource"], crypter.decrypt))
                for item in raw.get("pending_operations") or []
            ],
        )

    def render(self, crypter: Crypter, cache: dict[ResourceState, str] | None = None) -> str:
        """As JSON (apitype.DeploymentV3). The cache keeps each resource's text from one write to the next."""
        from pulumi._version import _VERSION

        version = f"v{_VERSION}"
        manifest = {
            "time": datetime.now(UTC).isoformat(),
            "magic": hashlib.sha256(version.encode()).hexdigest(),
            "version": version,
        }
        secrets = {"type": "passphrase", "state": {"salt": crypter.state}}
        parts = [f'"manifest":{_compact(manifest)}', f'"secrets_providers":{_compact(secrets)}']
        cache = {} if cache is None else cache
        for state in self.resources:
            if state not in cache:
                cache[state] = _compact(state.to_checkpoint(crypter.encrypt))
        if self.resources:
            parts.append(f'"resources":[{",".join(cache[state] for state in self.resources)}]')
        if self.pending:
            operations = [
                {"resource": state.to_checkpoint(crypter.encrypt), "type": kind} for kind, state in self.pending
            ]
            parts.append(f'"pending_operations":{_compact(operations)}')
        return f'{{{",".join(parts)},"metadata":{{}}}}'


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


class Snapshot:
    """Keeps the state of a running deployment and writes it. In a preview (`save` is None) nothing is written."""

    def __init__(self, base: StackState, crypter: Crypter, save: Callable[[str], None] | None) -> None:
        self._base = base
        self._crypter = crypter
        self._save = save
        self._new: list[ResourceState] = []
        self._done: set[ResourceState] = set()
        self._pending: list[tuple[str, ResourceState]] = []
        self._interrupted = list(base.pending)
        self._texts: dict[ResourceState, str] = {}
        self._renamed: dict[str, str] = {}
        self._lock = threading.Lock()
        self._write_lock = threading.Lock()
        self._version = 0
        self._written = 0
        self.changed = False
        """Whether anything is to be written that the last checkpoint does not hold."""

    def begin(self, kind: str, state: ResourceState) -> None:
        """Record an operation before the provider is called."""
        with self._lock:
            self._pending.append((kind, state))
        self._touch()

    def drop_operation(self, state: ResourceState) -> None:
        """An operation ended; what the snapshot holds of the resource stays."""
        with self._lock:
            self._pending = [item for item in self._pending if item[1] is not state]
        self._touch()

    def end(self, old: ResourceState | None, new: ResourceState | None, *, write: bool = True) -> None:
        """An operation ended: `new` takes the place of `old` (either may be missing)."""
        with self._lock:
            self._pending = [item for item in self._pending if item[1] is not old and item[1] is not new]
            if old is not None:
                self._done.add(old)
            if new is not None:
                self._new.append(new)
                self._renamed.update(dict.fromkeys(new.aliases, new.urn))
                # What was cut off while it was being created is now known, and managed.
                self._interrupted = [item for item in self._interrupted if item[1].urn != new.urn]
        if write:
            self._touch()

    def forget(self, state: ResourceState) -> None:
        """A state that is already part of the snapshot was changed; the next write is to hold the change."""
        # Under the write lock, or a write under way could keep the text of before.
        with self._write_lock:
            self._texts.pop(state, None)

    def amend(self, state: ResourceState) -> None:
        """A state that is already part of the snapshot was changed: write it."""
        self.forget(state)
        self._touch()

    def current(self) -> StackState:
        """The state as of now."""
        with self._lock:
            resources = [state for state in (*self._new, *self._base.resources) if state not in self._done]
            return StackState(resources, [*self._pending, *self._interrupted])

    def creations_cut_off(self) -> list[ResourceState]:
        """What an earlier run began to create, and this deployment has not made."""
        with self._lock:
            return [state for kind, state in self._interrupted if kind == CREATING]

    def settle(self) -> None:
        """At the end of a deployment: forget operations cut off earlier, except creations: nobody knows their ids."""
        with self._lock:
            kept = [item for item in self._interrupted if item[0] == CREATING]
            self.changed |= len(kept) < len(self._interrupted)
            self._interrupted = kept
            self._version += 1
        self._write()

    def _touch(self) -> None:
        with self._lock:
            self.changed = True
            self._version += 1
        self._write()

    def _write(self) -> None:
        """Write what is not written yet. Threads that come together share one write, which holds all their changes."""
        if self._save is None:
            return
        with self._lock:
            wanted = self._version
        with self._write_lock:
            if self._written >= wanted:
                return
            with self._lock:
                version = self._version
            deployment = self.current()
            if self._renamed:
                # Those not registered yet still refer to resources by the names they had before.
                deployment.resources = [state.renamed(self._renamed) for state in deployment.resources]
            self._save(deployment.render(self._crypter, self._texts))
            # Renamed states are made anew for each write.
            self._texts = {state: self._texts[state] for state in deployment.resources}
            self._written = version
