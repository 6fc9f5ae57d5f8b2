"""The wait for a run: what is over its time or interrupted is cancelled, and a refusal to cancel hides nothing."""

from __future__ import annotations

import pytest

from pipelines.orchestration.clients import Clients
from pipelines.orchestration.ingest import launch_ingest
from pipelines.orchestration.runs import RUN_ID, Outcome, State, new_run_id, wait, wait_for_all
from pipelines.orchestration.workflow import launch_workflow
from tests.pipelines.orchestration.fake_google import JOB, OPERATION, FakeGoogle, operation


def test_run_ids_are_unique_sortable_and_fit_dataflow_and_dataproc():
    first, second = new_run_id(), new_run_id()
    assert first != second
    assert first[:15] <= second[:15]
    assert RUN_ID.fullmatch(first)
    for unfit in ("", "-a", "a-", "A", "a.b", "a" * 41):
        assert not RUN_ID.fullmatch(unfit)


def test_an_overdue_workflow_is_cancelled_and_says_so(clients: Clients, google: FakeGoogle):
    google.operations = [operation(done=False, mining="RUNNING")]
    outcome = wait(launch_workflow(clients, "r1", print), print, timeout_s=0, poll_s=0)
    assert outcome.state is State.OVERDUE
    assert outcome.message == "it was not done after 0 s; it was cancelled"
    assert google.sent("POST", f"/v1/{OPERATION}:cancel")


def test_an_overdue_job_is_cancelled_and_says_so(clients: Clients, google: FakeGoogle):
    google.states = ["JOB_STATE_RUNNING"]
    outcome = wait(launch_ingest(clients, "r1", print), print, timeout_s=0, poll_s=0)
    assert str(outcome) == "ingest-r1 (run r1) is overdue: it was not done after 0 s; it was cancelled"
    assert google.sent("PUT", f"/jobs/{JOB}")


def test_a_refusal_to_cancel_hides_nothing(clients: Clients, google: FakeGoogle):
    google.operations = [operation(done=False)]
    google.refused = {":cancel": (400, "it is being deleted")}
    outcome = wait(launch_workflow(clients, "r1", print), print, timeout_s=0, poll_s=0)
    assert outcome.state is State.OVERDUE
    assert outcome.message.startswith("it was not done after 0 s; cancelling it failed: 400 ")
    assert "it is being deleted" in outcome.message


def test_an_interrupted_wait_cancels_the_run(clients: Clients, google: FakeGoogle):
    google.operations = [operation(done=False, mining="RUNNING")]
    told: list[str] = []

    def interrupt(line: str) -> None:
        """Ctrl-C, as soon as a step is told of."""
        told.append(line)
        if line == "mining running":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wait(launch_workflow(clients, "r1", interrupt), interrupt)
    assert told == ["mining running", "spark-workflow (run r1): interrupted; it was cancelled"]
    assert google.sent("POST", f"/v1/{OPERATION}:cancel")


def test_runs_side_by_side_end_each_in_their_own_way(clients: Clients, google: FakeGoogle):
    google.states = ["JOB_STATE_RUNNING", "JOB_STATE_FAILED"]
    google.messages = ["no such bucket"]
    google.operations = [operation(done=False), operation(done=False), operation(done=False), operation(done=True)]
    runs = [launch_ingest(clients, "r1", print), launch_workflow(clients, "r2", print)]
    ingest, workflow = wait_for_all(runs, print, poll_s=0)
    assert ingest == Outcome("r1", "ingest-r1", State.FAILED, "no such bucket")
    assert workflow == Outcome("r2", "spark-workflow", State.DONE)
    assert len([path for _, path, _ in google.asked if path.endswith(f"/jobs/{JOB}")]) == 2


def test_an_interrupted_wait_cancels_each_run_that_goes_on(clients: Clients, google: FakeGoogle):
    google.states = ["JOB_STATE_RUNNING"]
    google.operations = [operation(done=False), operation(done=False, mining="RUNNING")]
    told: list[str] = []

    def interrupt(line: str) -> None:
        """Ctrl-C, as soon as a step is told of."""
        told.append(line)
        if line == "mining running":
            raise KeyboardInterrupt

    runs = [launch_ingest(clients, "r1", interrupt), launch_workflow(clients, "r2", interrupt)]
    with pytest.raises(KeyboardInterrupt):
        wait_for_all(runs, interrupt, poll_s=0)
    assert told[-2:] == [
        "ingest-r1 (run r1): interrupted; it was cancelled",
        "spark-workflow (run r2): interrupted; it was cancelled",
    ]
    assert google.sent("PUT", f"/jobs/{JOB}")
    assert google.sent("POST", f"/v1/{OPERATION}:cancel")


def test_an_outcome_is_one_line():
    assert str(Outcome("r1", "ingest-r1", State.DONE)) == "ingest-r1 (run r1) is done"
