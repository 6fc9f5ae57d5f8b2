"""Launches the deployed jobs and waits for them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.e2e.smoke.clients import Clients

JOB_TIMEOUT_S = 1800.0
POLL_S = 0.5
FINAL_STATES = {"JOB_STATE_DONE", "JOB_STATE_FAILED", "JOB_STATE_CANCELLED", "JOB_STATE_UPDATED"}


class JobFailedError(AssertionError):
    """A launched job did not end well; the message is the job's own."""


def run_id() -> str:
    """A name for one run, sortable by time."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:6]}"


def run_ingest(clients: Clients, prefix: str, progress: Callable[[str], None]) -> str:
    """Launch the Flex Template over one prefix of the landing bucket; returns the run's id once it is done."""
    from google.cloud import dataflow_v1beta3 as dataflow

    outputs, run = clients.outputs, run_id()
    launched = clients.flex_templates.launch_flex_template(
        dataflow.LaunchFlexTemplateRequest(
            project_id=outputs.project,
            location=outputs.region,
            launch_parameter=dataflow.LaunchFlexTemplateParameter(
                job_name=f"ingest-{run}",
                container_spec_gcs_path=outputs.ingest.template,
                parameters={**outputs.ingest.arguments, "input": prefix, "run_id": run},
                environment=dataflow.FlexTemplateRuntimeEnvironment(
                    service_account_email=outputs.ingest.identity,
                    temp_location=outputs.ingest.temp_location,
                    staging_location=outputs.ingest.temp_location,
                    subnetwork=outputs.ingest.subnetwork,
                    sdk_container_image=outputs.ingest.image,
                    machine_type=outputs.ingest.machine_type,
                    max_workers=outputs.ingest.maximum_workers,
                    ip_configuration=dataflow.WorkerIPAddressConfiguration.WORKER_IP_PRIVATE,
                ),
            ),
        )
    )
    wait_for_dataflow(clients, launched.job.id, progress)
    return run


def wait_for_dataflow(clients: Clients, job_id: str, progress: Callable[[str], None]) -> None:
    """Wait for a job's final state; raises JobFailedError with its last error message if that is not DONE."""
    from google.cloud import dataflow_v1beta3 as dataflow

    outputs, shown = clients.outputs, ""
    deadline = time.monotonic() + JOB_TIMEOUT_S
    while time.monotonic() < deadline:
        job = clients.dataflow_jobs.get_job(
            dataflow.GetJobRequest(project_id=outputs.project, location=outputs.region, job_id=job_id)
        )
        state = dataflow.JobState(job.current_state).name
        if state != shown:
            progress(f"{job.name} {state.removeprefix('JOB_STATE_').lower()}")
            shown = state
        if state == "JOB_STATE_DONE":
            return
        if state in FINAL_STATES:
            raise JobFailedError(f"{job.name} is {state}: {last_error(clients, job_id)}")
        time.sleep(POLL_S)
    raise JobFailedError(f"Dataflow job {job_id} was not done after {JOB_TIMEOUT_S:.0f} s")


def last_error(clients: Clients, job_id: str) -> str:
    from google.cloud import dataflow_v1beta3 as dataflow

    outputs = clients.outputs
    messages = clients.dataflow_messages.list_job_messages(
        dataflow.ListJobMessagesRequest(
            project_id=outputs.project,
            location=outputs.region,
            job_id=job_id,
            minimum_importance=dataflow.JobMessageImportance.JOB_MESSAGE_ERROR,
        )
    )
    texts = [message.message_text for message in messages]
    return texts[-1] if texts else "it left no error message"


def run_workflow(clients: Clients, progress: Callable[[str], None]) -> dict[str, str]:
    """Instantiate the Spark workflow template and wait; returns the state of each step."""
    from google.api_core.exceptions import GoogleAPICallError

    outputs = clients.outputs
    name = f"projects/{outputs.project}/regions/{outputs.region}/workflowTemplates/{outputs.workflow_template}"
    operation = clients.workflow_templates.instantiate_workflow_template(name=name, parameters={"RUN_ID": run_id()})
    deadline, shown = time.monotonic() + JOB_TIMEOUT_S, {}
    while not operation.done():
        shown = show_steps(operation.metadata, shown, progress)
        if time.monotonic() > deadline:
            operation.cancel()
            raise JobFailedError(f"workflow {name} was not done after {JOB_TIMEOUT_S:.0f} s")
        time.sleep(POLL_S)
    try:
        operation.result()
    except GoogleAPICallError as error:
        raise JobFailedError(f"workflow {outputs.workflow_template} failed: {error.message}") from None
    return show_steps(operation.metadata, shown, progress)


def show_steps(metadata: Any, shown: dict[str, str], progress: Callable[[str], None]) -> dict[str, str]:
    """Report each step whose state changed since `shown`; returns the states now."""
    if metadata is None:
        return shown
    states = {node.step_id: node.state.name.lower() for node in metadata.graph.nodes}
    for step, state in states.items():
        if shown.get(step) != state:
            progress(f"{step} {state}")
    return states
