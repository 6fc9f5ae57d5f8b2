"""Launches the Spark workflow template: mining, then publish."""

from __future__ import annotations

from typing import Any

from google.cloud import dataproc_v1 as dataproc
from google.rpc import code_pb2

from pipelines.orchestration.clients import Clients
from pipelines.orchestration.runs import Outcome, Progress, State

RUN_ID_PARAMETER = "RUN_ID"


class WorkflowRun:
    """A workflow that was instantiated."""

    def __init__(self, clients: Clients, run_id: str, operation: Any, progress: Progress) -> None:
        self.run_id, self.job = run_id, clients.outputs.workflow_template
        self._clients, self._operation, self._progress = clients, operation, progress
        self._shown: dict[str, str] = {}

    def poll(self) -> Outcome | None:
        """The outcome; None while the workflow runs. Tells each step's new state."""
        done = self._operation.done()
        self._show_steps()
        if not done:
            return None
        error = self._operation.operation.error
        if not error.code:
            return Outcome(self.run_id, self.job, State.DONE, steps=self._shown)
        state = State.CANCELLED if error.code == code_pb2.CANCELLED else State.FAILED
        return Outcome(self.run_id, self.job, state, error.message, self._shown)

    def cancel(self) -> None:
        """Ask Dataproc to cancel the running step and to delete the cluster."""
        # Not operation.cancel(): over REST it takes a body that Dataproc's client doesn't give it (a KeyError).
        self._clients.workflows.cancel_operation({"name": self._operation.operation.name})

    def _show_steps(self) -> None:
        metadata: dataproc.WorkflowMetadata | None = self._operation.metadata
        if metadata is None:
            return
        states = {node.step_id: node.state.name.lower() for node in metadata.graph.nodes}
        for step, state in states.items():
            if self._shown.get(step) != state:
                self._progress(f"{step} {state}")
        self._shown = states


def launch_workflow(clients: Clients, run_id: str, progress: Progress) -> WorkflowRun:
    """Instantiate the stack's template; a run_id that runs already is not started a second time.

    Raises one of CALL_ERRORS if Dataproc refuses.
    """
    outputs = clients.outputs
    operation = clients.workflows.instantiate_workflow_template(
        dataproc.InstantiateWorkflowTemplateRequest(
            name=f"projects/{outputs.project}/regions/{outputs.region}/workflowTemplates/{outputs.workflow_template}",
            parameters={RUN_ID_PARAMETER: run_id},
            request_id=run_id,
        )
    )
    return WorkflowRun(clients, run_id, operation, progress)
