"""A run of a job: its identity, how it ended as data, and the wait until then."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from pipelines.orchestration.clients import CALL_ERRORS

TIMEOUT_S = 1800.0
POLL_S = 0.5
RUN_ID = re.compile(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?")
"""Part of a Dataflow job's name (small letters, digits, -), and a Dataproc request id of at most 40 characters."""

Progress = Callable[[str], None]


class State(StrEnum):
    """How a run ended."""

    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Outcome:
    """The end of a run. message: the job's own words if it is not done.  steps: states of a workflow's steps."""

    run_id: str
    job: str
    state: State
    message: str = ""
    steps: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.job} (run {self.run_id}) is {self.state}{f': {self.message}' if self.message else ''}"


class Run(Protocol):
    """A run that was launched."""

    run_id: str
    job: str

    def poll(self) -> Outcome | None:
        """The outcome; None while the run goes on."""
        ...

    def cancel(self) -> None:
        """Ask for the run's end."""
        ...


def new_run_id() -> str:
    """A name for one run, sortable by time."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:6]}"


def wait(run: Run, progress: Progress, timeout_s: float = TIMEOUT_S, poll_s: float = POLL_S) -> Outcome:
    """Wait for a run's end, as wait_for_all does."""
    return wait_for_all([run], progress, timeout_s, poll_s)[0]


def wait_for_all(
    runs: Sequence[Run], progress: Progress, timeout_s: float = TIMEOUT_S, poll_s: float = POLL_S
) -> list[Outcome]:
    """Wait for the end of every run. Those over their time, or whose wait is interrupted, are cancelled.

    Raises KeyboardInterrupt after that, and CALL_ERRORS if a run can't be asked for; then they go on.
    """
    deadline = time.monotonic() + timeout_s
    outcomes: dict[Run, Outcome] = {}
    try:
        while True:
            for run in runs:
                if run in outcomes:
                    continue
                outcome = run.poll()
                if outcome is None and time.monotonic() > deadline:
                    message = f"it was not done after {timeout_s:g} s; {cancelled(run)}"
                    outcome = Outcome(run.run_id, run.job, State.OVERDUE, message)
                if outcome is not None:
                    outcomes[run] = outcome
            if len(outcomes) == len(runs):
                return [outcomes[run] for run in runs]
            time.sleep(poll_s)
    except KeyboardInterrupt:
        for run in runs:
            if run not in outcomes:
                progress(f"{run.job} (run {run.run_id}): interrupted; {cancelled(run)}")
        raise


def cancelled(run: Run) -> str:
    """Cancel a run and say so. A refusal is told, and hides nothing of why the run is cancelled."""
    try:
        run.cancel()
    except CALL_ERRORS as error:
        return f"cancelling it failed: {one_line(error)}"
    return "it was cancelled"


def one_line(error: Exception) -> str:
    """An error's text for people."""
    return " ".join(str(error).split())
