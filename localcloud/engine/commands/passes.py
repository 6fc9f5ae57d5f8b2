"""One pass over a stack: the program's preview, its deployment, or the deletion of everything."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from localcloud.engine.checkpoint.snapshot import CREATING, Snapshot
from localcloud.engine.commands.program import ProgramError, run_program
from localcloud.engine.commands.session import Session
from localcloud.engine.display.display import Display
from localcloud.engine.plan.deployment import Deployment
from localcloud.engine.plan.steps import DeploymentStoppedError, Steps
from localcloud.engine.plugins.analyzers import PolicyPacks
from localcloud.engine.plugins.provider_connection import Host
from localcloud.engine.plugins.registry import Registry
from localcloud.engine.protocols.server import Server
from localcloud.errors import LocalCloudError
from localcloud.wire.urns import STACK_TYPE
from localcloud.wire.values import Properties

CARRIED_ON = "if the program still has it, it is made now, or carried on if its provider remembers it"
CARRIED_ON_LATER = "if the program still has it, `up` makes it, or carries on if its provider remembers it"
LEFT_BY_DESTROY = "it may exist although the stack does not have it: run `up` first, or delete it by hand"


class Pass:
    """A preview changes nothing, and its state is thrown away."""

    def __init__(self, session: Session, server: Server, display: Display, *, preview: bool) -> None:
        self.display = display
        self._session = session
        self._server = server
        self._preview = preview
        self._last = session.last_state()
        host = Host(server.address, session.project, session.outputs_of)
        self._registry = Registry(host, self._last.resources, preview=preview)
        self._snapshot = Snapshot(self._last, session.crypter, None if preview else session.files.save)
        self.outputs: Properties = {}
        self._steps = Steps(self._registry, self._snapshot, display, session.options.parallel)
        self._canceller: threading.Thread | None = None

    @property
    def failed(self) -> bool:
        return bool(self.display.errors) or self._steps.stopped

    @property
    def changes_nothing(self) -> bool:
        """Whether the stack is, to the last detail of its state, as the program wants it."""
        return not self._snapshot.changed and not self.display.changes

    def interrupt(self) -> None:
        """Start no further step, and have those under way end soon. Called by a signal handler."""
        self._steps.stop()
        self._canceller = threading.Thread(target=self._registry.cancel, daemon=True)
        self._canceller.start()

    def run_program(self, packs: PolicyPacks | None) -> None:
        """Let the program register what it wants, and bring it about."""
        self._report_interrupted(CARRIED_ON_LATER if self._preview else CARRIED_ON)
        deployment = self._deployment(packs)
        self._server.monitor.serve(deployment)
        succeeded = False
        with self._ending():
            if not self._preview:
                deployment.retire()
            try:
                run_program(self._session, self._server, preview=self._preview)
                succeeded = not self._steps.stopped
            except ProgramError as error:
                # After a stop the program only reports that its engine is gone.
                if not self._steps.stopped:
                    self.display.error(str(error))
            deployment.finish(succeeded=succeeded)
            if succeeded:
                self._snapshot.settle()
                self._report_unclaimed()
        stack = next((state for state in deployment.news.values() if state.type == STACK_TYPE), None)
        self.outputs = stack.outputs if stack is not None else {}

    def delete_everything(self) -> None:
        self._report_interrupted(LEFT_BY_DESTROY)
        with self._ending():
            self._deployment(None).delete_everything()
            self._snapshot.settle()

    def _report_interrupted(self, of_a_creation: str) -> None:
        """Tell of operations that an earlier run did not see the end of, and what becomes of creations."""
        for kind, state in self._last.pending:
            hint = f": {of_a_creation}" if kind == CREATING else ""
            self.display.warn(f"an earlier run was interrupted while {kind} this resource{hint}", state.urn)

    def _report_unclaimed(self) -> None:
        """Tell of creations that were cut off, and that the program did not ask for again."""
        for state in self._snapshot.creations_cut_off():
            self.display.warn(
                "its creation was cut off, and the program no longer has it: if it exists, delete it by hand", state.urn
            )

    def _deployment(self, packs: PolicyPacks | None) -> Deployment:
        return Deployment(self._session.stack, self._last, self._steps, packs)

    @contextmanager
    def _ending(self) -> Iterator[None]:
        """Failures that are reported already end the pass, others are reported here; connections are closed."""
        try:
            try:
                yield
            finally:
                self._snapshot.close()
        except DeploymentStoppedError:
            self._steps.stop()
        except LocalCloudError as error:
            self._steps.fail("", str(error))
        finally:
            if self._canceller is not None:
                self._canceller.join()
            self._registry.close()
