"""Runs the deployed jobs; one that is not done in the end is a failed check."""

from __future__ import annotations

from pipelines.orchestration.ingest import launch_ingest
from pipelines.orchestration.runs import Progress, Run, State, new_run_id, wait
from pipelines.orchestration.workflow import launch_workflow
from tests.e2e.smoke.clients import Clients


def run_ingest(clients: Clients, prefix: str, progress: Progress) -> None:
    """Ingest one prefix of the landing bucket."""
    wait_until_done(launch_ingest(clients.launching, new_run_id(), progress, prefix), progress)


def run_workflow(clients: Clients, progress: Progress) -> None:
    """Mine and publish."""
    wait_until_done(launch_workflow(clients.launching, new_run_id(), progress), progress)


def wait_until_done(run: Run, progress: Progress) -> None:
    """Wait for a run's end; an AssertionError says how it ended if it is not done."""
    outcome = wait(run, progress)
    assert outcome.state is State.DONE, str(outcome)
