"""Single steps: call the provider, record what came of it, show it.

Every step that changes something is recorded as pending before the provider is called and as done after it, so that
nothing that was made is lost, whenever the process ends.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from localcloud.engine.checkpoint import snapshot as pending
from localcloud.engine.checkpoint.snapshot import Snapshot
from localcloud.engine.checkpoint.state import ResourceState
from localcloud.engine.display.display import Display, Op
from localcloud.engine.plugins.provider_client import Diff, Provider
from localcloud.engine.plugins.provider_connection import InitializationError
from localcloud.engine.plugins.registry import Registry
from localcloud.errors import LocalCloudError
from localcloud.wire import urns, values


class DeploymentStoppedError(Exception):
    """The deployment failed or was interrupted; its reason is already reported, so nobody need report this one."""


class Steps:
    """Carries out steps, at most `parallel` provider operations at a time; none after a failure or an interrupt."""

    def __init__(self, registry: Registry, snapshot: Snapshot, display: Display, parallel: int) -> None:
        self.registry = registry
        self.snapshot = snapshot
        self.display = display
        self.preview = registry.preview
        self.parallel = parallel
        self._slots = threading.BoundedSemaphore(parallel)
        self._stopped = threading.Event()

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def stop(self) -> None:
        """Start no further step; those under way end and are recorded."""
        self._stopped.set()

    def check_running(self) -> None:
        if self.stopped:
            raise DeploymentStoppedError

    def fail(self, urn: str, message: str) -> DeploymentStoppedError:
        """Report a failure and stop the deployment; to be raised by the caller."""
        self.display.error(message, urn)
        self.stop()
        return DeploymentStoppedError()

    def provider_of(self, state: ResourceState) -> Provider | Registry | None:
        """Who manages a resource: its provider, the registry for a provider, nobody for a component."""
        if urns.is_provider(state.type):
            return self.registry
        return self.registry.get(state.provider) if state.custom else None

    def same(self, old: ResourceState, new: ResourceState) -> None:
        """Nothing to do for the provider; options and dependencies of the state may still have changed."""
        new.id, new.outputs, new.import_id = old.id, old.outputs, old.import_id
        new.created, new.modified = old.created, old.modified
        if urns.is_provider(new.type):
            self.registry.same(new, old)
        mark_secret_outputs(new)
        self.snapshot.end(old, new, write=_differs(old, new))
        self.display.finished(Op.SAME, new)

    def create(self, new: ResourceState, replaced: ResourceState | None = None, diff: Diff | None = None) -> None:
        """Make a resource, maybe in the place of another one, which is then marked for deletion (unless it is gone)."""
        op = Op.CREATE if replaced is None else Op.REPLACE
        with self._operation(op, pending.CREATING, new) as provider:
            failure = None
            try:
                new.id, new.outputs = provider.create(new) if provider else ("", {})
            except InitializationError as error:
                failure, new.id, new.outputs, new.init_errors = error, error.id, error.properties, error.reasons
            new.created = new.modified = now()
            mark_secret_outputs(new)
            if replaced is not None and not replaced.pending_replacement:
                replaced.delete = True
                self.snapshot.end(None, new, amended=replaced)
            else:
                self.snapshot.end(replaced, new)
            if failure is not None:
                raise failure
            self.display.finished(op, new, diff.paths if diff else ())

    def update(self, old: ResourceState, new: ResourceState, diff: Diff) -> None:
        new.id, new.created, new.modified, new.import_id = old.id, old.created, old.modified, old.import_id
        with self._operation(Op.UPDATE, pending.UPDATING, new) as provider:
            failure = None
            try:
                new.outputs = provider.update(old, new) if provider else old.outputs
            except InitializationError as error:
                failure, new.outputs, new.init_errors = error, error.properties, error.reasons
            new.modified = now()
            mark_secret_outputs(new)
            self.snapshot.end(old, new)
            if failure is not None:
                raise failure
            self.display.finished(Op.UPDATE, new, diff.paths)

    def delete(self, old: ResourceState, condemned: set[str], *, successor_follows: bool = False) -> None:
        """Delete a resource. With `successor_follows` its state stays until its successor is made.

        The provider is not asked for what it does not own, is to be retained, or goes with another one in `condemned`.
        """
        op = Op.DELETE_REPLACED if old.delete or successor_follows else Op.FORGET if old.external else Op.DELETE
        with self._operation(op, pending.DELETING, old) as provider:
            untouched = old.external or old.retain_on_delete or old.deleted_with in condemned
            if provider and not self.preview and not untouched:
                provider.delete(old)
            if successor_follows:
                old.pending_replacement = True
                self.snapshot.drop_operation(old, amended=True)
            else:
                self.snapshot.end(old, None)
            kept = old.custom and old.retain_on_delete
            self.display.finished(op, old, note="(kept in the cloud)" if kept else "")

    def read(self, old: ResourceState | None, new: ResourceState) -> None:
        """Read a resource that is managed elsewhere. Also done in a preview, unless its id is not known yet.

        One that was read before, and is as it was, is neither shown nor written.
        """
        with self._operation(Op.READ, None, new) as provider:
            if not values.is_unknown(new.id):
                assert provider is not None
                id_, new.outputs = provider.read(new)
                if not id_:
                    raise LocalCloudError(f"resource {new.id!r} does not exist")
                new.id = id_
            mark_secret_outputs(new)
            if old is not None:
                unchanged = (old.inputs, old.outputs) == (new.inputs, new.outputs)
                new.created, new.modified = old.created, old.modified if unchanged else now()
            differs = old is None or _differs(old, new)
            if old is not None and not old.external and old.id != new.id:
                old.delete = True
                self.snapshot.end(None, new, amended=old)
            else:
                self.snapshot.end(old, new, write=differs)
            self.display.finished(Op.READ, new, shown=differs)

    @contextmanager
    def _operation(self, op: Op, kind: str | None, state: ResourceState) -> Iterator[Provider | Registry | None]:
        with self._slots:
            self.check_running()
            try:
                provider = self.provider_of(state)
                if kind is not None and state.custom:
                    self.snapshot.begin(kind, state)
                self.display.started(op, state)
                yield provider
            except LocalCloudError as error:
                self.snapshot.drop_operation(state)
                self.display.failed(op, state)
                raise self.fail(state.urn, str(error)) from None


def now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).isoformat()


def mark_secret_outputs(state: ResourceState) -> None:
    """Outputs become secret if the program said so, or if the input of the same name is."""
    names = {*state.additional_secret_outputs, *(key for key, value in state.inputs.items() if values.is_secret(value))}
    marked = {key: values.secret(state.outputs[key]) for key in names - {"id"} if key in state.outputs}
    if marked:
        state.outputs = {**state.outputs, **marked}


def _differs(old: ResourceState, new: ResourceState) -> bool:
    """Whether an unchanged resource has something new to be written, leaving aside where in the program it is made."""

    def essence(state: ResourceState) -> dict[str, object]:
        fields = dict(vars(state))
        for name in ("source_position", "other", "aliases", "init_errors"):
            del fields[name]
        fields["dependencies"] = sorted(state.dependencies)
        fields["property_dependencies"] = {
            key: sorted(urns_) for key, urns_ in state.property_dependencies.items() if urns_
        }
        return fields

    return essence(old) != essence(new)
