"""Runs the deployed jobs; one that is not done in the end is a failed check."""

from __future__ import annotations

from pipelines.orchestration.ingest import launch_ingest
from pipelines.orchestration.runs import Progress, Run, State, new_run_id, wait_for_all
from pipelines.orchestration.workflow import launch_workflow
from tests.e2e.smoke.clients import Clients


def run_ingest(clients: Clients, prefix: str, progress: Progress) -> None:
    """Ingest one prefix of the landing bucket."""
    wait_until_done([launch_ingest(clients.launching, new_run_id(), progress, prefix)], progress)


def run_workflow(clients: Clients, progress: Progress) -> None:
    """Mine and publish."""
    wait_until_done([launch_workflow(clients.launching, new_run_id(), progress)], progress)


def run_side_by_side(clients: Clients, prefix: str, progress: Progress) -> None:
    """Ingest one prefix, and meanwhile mine and publish what is in the tables already."""
    ingest = launch_ingest(clients.launching, new_run_id(), progress, prefix)
    wait_until_done([ingest, launch_workflow(clients.launching, new_run_id(), progress)], progress)


def wait_until_done(runs: list[Run], progress: Progress) -> None:
    """Wait for the runs' end; an AssertionError says how those ended that are not done."""
    failed = [str(outcome) for outcome in wait_for_all(runs, progress) if outcome.state is not State.DONE]
    assert not failed, "; ".join(failed)
