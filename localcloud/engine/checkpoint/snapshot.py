"""The stack's state while a deployment changes it, written after every step that changes something.

As in Pulumi: the resources done so far come first, in the order they finished (so everything comes after what it
depends on), followed by those of the last deployment that were not touched yet. Operations under way are recorded as
pending before the provider is called; one that is still pending when the next run begins was cut off.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localcloud.engine.checkpoint.journal import Journal
from localcloud.engine.checkpoint.passphrase import Crypter
from localcloud.engine.checkpoint.state import ResourceState

CREATING, UPDATING, DELETING = "creating", "updating", "deleting"

Operation = tuple[str, ResourceState]
"""What is being done to which resource."""


@dataclass
class StackState:
    """What a checkpoint holds: the resources in dependency order and the operations that were cut off."""

    resources: list[ResourceState] = field(default_factory=list)
    pending: list[Operation] = field(default_factory=list)

    @classmethod
    def parse(cls, raw: dict[str, Any], crypter: Crypter) -> StackState:
        return cls(
            [ResourceState.from_checkpoint(item, crypter.decrypt) for item in raw.get("resources") or []],
            [
                (item["type"], ResourceState.from_checkpoint(item["resource"], crypter.decrypt))
                for item in raw.get("pending_operations") or []
            ],
        )

    def render(self, crypter: Crypter, text_of: Callable[[ResourceState | Operation], str]) -> str:
        """As JSON (apitype.DeploymentV3), made of the texts of what it holds."""
        from pulumi._version import _VERSION

        version = f"v{_VERSION}"
        manifest = {
            "time": datetime.now(UTC).isoformat(),
            "magic": hashlib.sha256(version.encode()).hexdigest(),
            "version": version,
        }
        secrets = {"type": "passphrase", "state": {"salt": crypter.state}}
        parts = [f'"manifest":{_compact(manifest)}', f'"secrets_providers":{_compact(secrets)}']
        for key, entries in (("resources", self.resources), ("pending_operations", self.pending)):
            if entries:
                parts.append(f'"{key}":[{",".join(map(text_of, entries))}]')
        return f'{{{",".join(parts)},"metadata":{{}}}}'


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


class Snapshot:
    """Keeps the state of a running deployment and writes it. In a preview (`save` is None) nothing is written."""

    def __init__(self, base: StackState, crypter: Crypter, save: Callable[[str], Journal] | None) -> None:
        self._crypter = crypter
        self._save = save
        self._journal: Journal | None = None
        # Of those below that are dictionaries of nothing, the keys count: sets that keep their order.
        self._old = dict.fromkeys(base.resources)
        self._new: dict[ResourceState, None] = {}
        self._pending: dict[ResourceState, str] = {}
        self._interrupted = dict.fromkeys(base.pending)
        self._renamed: dict[str, str] = {}
        self._texts: dict[ResourceState, str] = {}
        self._numbers: dict[ResourceState | Operation, int] = {}
        self._edits: list[tuple[ResourceState | Operation, ResourceState | Operation | None]] = []
        self._lock = threading.Lock()
        self._write_lock = threading.Lock()
        self._version = 0
        self._written = 0
        self._done = 0
        self.changed = False
        """Whether anything is to be written that the last checkpoint does not hold."""

    def begin(self, kind: str, state: ResourceState) -> None:
        """Record an operation before the provider is called."""
        with self._change():
            self._pending[state] = kind
            self._edits.append(((kind, state), (kind, state)))

    def drop_operation(self, state: ResourceState, *, amended: bool = False) -> None:
        """An operation ended; what the snapshot holds of the resource stays, or is amended."""
        with self._change():
            self._end_operation(state)
            if amended:
                self._edits.append((state, state))

    def end(
        self,
        old: ResourceState | None,
        new: ResourceState | None,
        *,
        amended: ResourceState | None = None,
        write: bool = True,
    ) -> None:
        """An operation ended: `new` takes the place of `old` (either may be missing), and `amended` has changed.

        Without `write` nothing that matters has changed: it will do to have it written with what comes next.
        """
        with self._change(write=write):
            for state in (old, new):
                if state is not None:
                    self._end_operation(state)
            if amended is not None:
                self._edits.append((amended, amended))
            if old is not None:
                self._old.pop(old, None)
                self._new.pop(old, None)
                self._edits.append((old, None if write else new))
            if new is not None:
                self._add(new, edit=write)

    def amend(self, state: ResourceState) -> None:
        """A state that is already part of the snapshot was changed: write it."""
        with self._change():
            self._edits.append((state, state))

    def current(self) -> StackState:
        """The state as of now."""
        with self._lock:
            return self._current()

    def creations_cut_off(self) -> list[ResourceState]:
        """What an earlier run began to create, and this deployment has not made."""
        with self._lock:
            return [state for kind, state in self._interrupted if kind == CREATING]

    def settle(self) -> None:
        """At the end of a deployment: forget operations cut off earlier, except creations: nobody knows their ids."""
        with self._lock:
            kept = dict.fromkeys(item for item in self._interrupted if item[0] == CREATING)
            self.changed |= len(kept) < len(self._interrupted)
            self._interrupted = kept
            self._version += 1
        self._write(whole=True)

    def close(self) -> None:
        """Leave a checkpoint behind that needs no journal."""
        if self._journal is not None and self._journal.is_begun:
            with self._lock:
                self._version += 1
            self._write(whole=True)

    @contextmanager
    def _change(self, *, write: bool = True) -> Iterator[None]:
        with self._lock:
            yield
            if write:
                self.changed = True
                self._version += 1
        if write:
            self._write()

    def _current(self) -> StackState:
        pending = [(kind, state) for state, kind in self._pending.items()]
        return StackState([*self._new, *self._old], [*pending, *self._interrupted])

    def _end_operation(self, state: ResourceState) -> None:
        kind = self._pending.pop(state, None)
        if kind is not None:
            self._edits.append(((kind, state), None))

    def _add(self, new: ResourceState, *, edit: bool) -> None:
        self._new[new] = None
        if edit:
            self._edits.append((new, new))
        # What was cut off while it was being created is now known, and managed.
        for operation in [operation for operation in self._interrupted if operation[1].urn == new.urn]:
            del self._interrupted[operation]
            self._edits.append((operation, None))
        if new.aliases:
            # Those not registered yet still refer to it by the names that it had before.
            self._renamed.update(dict.fromkeys(new.aliases, new.urn))
            self._edits += [(state, state) for state in self._old if not state.edges().isdisjoint(new.aliases)]

    def _write(self, *, whole: bool = False) -> None:
        """Write what is not written yet. Threads that come together share one write, which holds all their changes."""
        if self._save is None:
            return
        with self._lock:
            wanted = self._version
        with self._write_lock:
            if self._written >= wanted:
                return
            whole = whole or self._journal is None or self._journal.is_outgrown
            with self._lock:
                version, edits, self._edits = self._version, self._edits, []
                deployment = self._current() if whole else None
                self._done = len(self._new) if whole else self._done
            for _, entry in edits:
                if isinstance(entry, ResourceState):
                    self._texts.pop(entry, None)
            if deployment is not None:
                self._write_checkpoint(deployment)
            elif self._journal is not None:
                line = f"[{','.join(self._line_of(*edit) for edit in edits)}]"
                self._journal.append(line if self._journal.is_begun else f"{self._done}\n{line}")
            self._written = version

    def _write_checkpoint(self, deployment: StackState) -> None:
        assert self._save is not None
        if self._journal is not None:
            self._journal.close()
        self._journal = self._save(deployment.render(self._crypter, self._text_of))
        entries = [*deployment.resources, *deployment.pending]
        self._numbers = {entry: number for number, entry in enumerate(entries)}
        self._texts = {state: self._texts[state] for state in deployment.resources}

    def _line_of(self, entry: ResourceState | Operation, now: ResourceState | Operation | None) -> str:
        """An edit of the journal."""
        number = self._number_of(entry)
        if now is None:
            return f"[{number},null]"
        return f"[{number},{self._text_of(now) if now is entry or now == entry else self._number_of(now)}]"

    def _number_of(self, entry: ResourceState | Operation) -> int:
        return self._numbers.setdefault(entry, len(self._numbers))

    def _text_of(self, entry: ResourceState | Operation) -> str:
        if isinstance(entry, tuple):
            kind, state = entry
            return f'{{"resource":{self._text_of(state)},"type":"{kind}"}}'
        text = self._texts.get(entry)
        if text is None:
            raw = entry.renamed(self._renamed).to_checkpoint(self._crypter.encrypt)
            text = self._texts[entry] = _compact(raw)
        return text
