"""Preview, up and destroy of a stack."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

from localcloud.engine.checkpoint.locks import locked
from localcloud.engine.commands.passes import Pass
from localcloud.engine.commands.session import Options, Session
from localcloud.engine.display.display import Display, Op
from localcloud.engine.plugins.analyzers import PolicyPacks, start_packs
from localcloud.engine.protocols.engine_service import EngineService
from localcloud.engine.protocols.monitor import Monitor
from localcloud.engine.protocols.server import Server

INTERRUPTED = 130
"""Exit code after an interrupt, as shells have it."""

_HISTORY_NAMES = {
    Op.SAME: "same",
    Op.CREATE: "create",
    Op.UPDATE: "update",
    Op.REPLACE: "replace",
    Op.DELETE: "delete",
    Op.FORGET: "discard",
}


def preview(options: Options) -> int:
    """Show what `up` would do. Nothing is changed."""
    with _operation(Session(options)) as operation:
        operation.run_program(f"Previewing {operation.name}", preview=True)
        return operation.verdict()


def up(options: Options) -> int:
    """Bring the stack to what the program says. With policy packs, a whole preview is judged first."""
    session = Session(options)
    with locked(session.files) as cleared, _operation(session) as operation:
        for message in cleared:
            operation.display.warn(message)
        done = False
        if options.policy_packs:
            checked = operation.run_program(f"Checking policies on {operation.name}", preview=True, quiet=True)
            done = checked.failed or checked.changes_nothing
            if checked.failed:
                operation.display.info("stopped before anything was changed")
        if not done:
            operation.run_program(f"Updating {operation.name}", preview=False)
        operation.record("update")
        return operation.verdict()


def destroy(options: Options) -> int:
    """Delete everything the stack has; the empty stack stays."""
    session = Session(options)
    if not session.exists:
        Display(preview=False).summary()
        return 0
    with locked(session.files) as cleared, _operation(session) as operation:
        for message in cleared:
            operation.display.warn(message)
        operation.destroy()
        operation.record("destroy")
        return operation.verdict()


class Operation:
    """The passes of one command, with what they share: server, policy packs, interrupts."""

    def __init__(self, session: Session, resources: ExitStack) -> None:
        self._session = session
        self._resources = resources
        self._began = int(time.time())
        self._pass: Pass | None = None
        self._packs: PolicyPacks | None = None
        self._interrupted = False
        self.display = Display(preview=False)
        self._server = Server(Monitor(session.stack), EngineService(self.display), session.options.parallel)
        resources.callback(self._server.stop)

    @property
    def name(self) -> str:
        return f"{self._session.project.name}/{self._session.options.stack}"

    def run_program(self, title: str, *, preview: bool, quiet: bool = False) -> Pass:
        self._session.project.require_program()
        current = self._begin(title, preview=preview, quiet=quiet)
        packs = self._start_packs(preview=preview)
        current.run_program(packs)
        if current.failed or current.changes_nothing:
            self.display.release()
        if not current.failed and (not quiet or current.changes_nothing):
            self.display.outputs(current.outputs)
        return current

    def destroy(self) -> None:
        current = self._begin(f"Destroying {self.name}", preview=False, quiet=False)
        current.delete_everything()

    def record(self, kind: str) -> None:
        """Add what was done to the stack's history."""
        counts = {name: self.display.counts[op] for op, name in _HISTORY_NAMES.items() if self.display.counts[op]}
        self._session.files.add_history(
            {
                "kind": kind,
                "startTime": self._began,
                "message": "",
                "environment": {"exec.kind": "localcloud"},
                "config": self._session.stack.configuration.raw,
                "version": 0,
                "result": "failed" if self._failed else "succeeded",
                "endTime": int(time.time()),
                "resourceChanges": counts,
            }
        )

    def verdict(self) -> int:
        """Show the summary; the exit code."""
        self.display.close()
        self.display.summary()
        if self._session.options.expect_no_changes and self.display.changes:
            self.display.error("no changes were expected")
            return INTERRUPTED if self._interrupted else 1
        return INTERRUPTED if self._interrupted else int(self._failed)

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        """First signal: start nothing more, wait for what is under way. Second: end at once, the state is on disk."""
        self.display.close()
        if self._interrupted:
            os._exit(INTERRUPTED)
        self._interrupted = True
        self.display.error(
            "interrupted: waiting for what is under way; run it again to carry on (a second interrupt ends at once)"
        )
        if self._pass is not None:
            self._pass.interrupt()

    @property
    def _failed(self) -> bool:
        return self._interrupted or self.display.errors > 0 or (self._pass is not None and self._pass.failed)

    def _begin(self, title: str, *, preview: bool, quiet: bool) -> Pass:
        self.display.close()
        self.display = Display(preview=preview, quiet=quiet, show_secrets=self._session.options.show_secrets)
        self._server.engine.display = self.display
        self._pass = Pass(self._session, self._server, self.display, preview=preview)
        self.display.heading(title)
        if self._interrupted:
            self._pass.interrupt()
        return self._pass

    def _start_packs(self, *, preview: bool) -> PolicyPacks | None:
        options = self._session.options
        if self._packs is None and options.policy_packs:
            stack = self._session.stack
            self._packs = start_packs(options.policy_packs, self._server.address, stack, self.display)
            self._resources.callback(self._packs.stop)
        if self._packs is not None:
            self._packs.begin(self.display, preview=preview)
        return self._packs


@contextmanager
def _operation(session: Session) -> Iterator[Operation]:
    with ExitStack() as resources:
        operation = Operation(session, resources)
        resources.callback(lambda: operation.display.close())
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                before = signal.signal(number, operation.interrupt)
                resources.callback(signal.signal, number, before)
        yield operation
