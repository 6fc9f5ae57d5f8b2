"""Launches the ingest template over a prefix of landed drive logs."""

from __future__ import annotations

from google.cloud import dataflow_v1beta3 as dataflow

from pipelines.orchestration.clients import Clients
from pipelines.orchestration.runs import Outcome, Progress, State

ENDED = {
    dataflow.JobState.JOB_STATE_DONE: State.DONE,
    dataflow.JobState.JOB_STATE_FAILED: State.FAILED,
    dataflow.JobState.JOB_STATE_CANCELLED: State.CANCELLED,
    dataflow.JobState.JOB_STATE_UPDATED: State.CANCELLED,
}
"""Final states; a job that was updated goes on under another id."""


class IngestRun:
    """A Dataflow job that was launched."""

    def __init__(self, clients: Clients, run_id: str, launched: dataflow.Job, progress: Progress) -> None:
        self.run_id, self.job, self.id = run_id, launched.name, launched.id
        self._clients, self._progress, self._shown = clients, progress, ""

    def poll(self) -> Outcome | None:
        """The outcome; None while the job runs. Tells each new state."""
        job = self._clients.jobs.get_job(dataflow.GetJobRequest(self._place()))
        state = dataflow.JobState(job.current_state)
        word = state.name.removeprefix("JOB_STATE_").lower()
        if word != self._shown:
            self._progress(f"{self.job} {word}")
            self._shown = word
        if state not in ENDED:
            return None
        message = "" if ENDED[state] is State.DONE else self._last_error()
        return Outcome(self.run_id, self.job, ENDED[state], message)

    def cancel(self) -> None:
        """Ask Dataflow to end the job without waiting for its workers."""
        wanted = dataflow.Job(requested_state=dataflow.JobState.JOB_STATE_CANCELLED)
        self._clients.jobs.update_job(dataflow.UpdateJobRequest(self._place(), job=wanted))

    def _last_error(self) -> str:
        importance = dataflow.JobMessageImportance.JOB_MESSAGE_ERROR
        request = dataflow.ListJobMessagesRequest(self._place(), minimum_importance=importance)
        texts = [message.message_text for message in self._clients.messages.list_job_messages(request)]
        return texts[-1] if texts else "it left no error message"

    def _place(self) -> dict[str, str]:
        outputs = self._clients.outputs
        return {"project_id": outputs.project, "location": outputs.region, "job_id": self.id}


def launch_ingest(clients: Clients, run_id: str, progress: Progress, prefix: str | None = None) -> IngestRun:
    """Launch the template over a prefix (`gs://bucket/...`); None: over all of the stack's landed drive logs.

    Raises one of CALL_ERRORS if Dataflow refuses, as it does while a job of the same run_id is active.
    """
    outputs, ingest = clients.outputs, clients.outputs.ingest
    given = ingest.arguments | {"run_id": run_id} | ({"input": prefix} if prefix else {})
    launched = clients.templates.launch_flex_template(
        dataflow.LaunchFlexTemplateRequest(
            project_id=outputs.project,
            location=outputs.region,
            launch_parameter=dataflow.LaunchFlexTemplateParameter(
                job_name=f"ingest-{run_id}",
                container_spec_gcs_path=ingest.template,
                parameters=given,
                environment=dataflow.FlexTemplateRuntimeEnvironment(
                    service_account_email=ingest.identity,
                    temp_location=ingest.temp_location,
                    staging_location=ingest.temp_location,
                    subnetwork=ingest.subnetwork,
                    sdk_container_image=ingest.image,
                    machine_type=ingest.machine_type,
                    max_workers=ingest.maximum_workers,
                    ip_configuration=dataflow.WorkerIPAddressConfiguration.WORKER_IP_PRIVATE,
                ),
            ),
        )
    )
    return IngestRun(clients, run_id, launched.job, progress)
