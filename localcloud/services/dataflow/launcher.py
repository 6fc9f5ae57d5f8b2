"""Launching Flex Templates, and the processes of the jobs that run."""

from __future__ import annotations

import re
import subprocess
import threading

from google.cloud import dataflow_v1beta3 as dataflow

from localcloud.images.registry import Process
from localcloud.services import lifeline
from localcloud.services.common import GoogleError
from localcloud.services.dataflow.job_command import job_process, pipeline_options
from localcloud.services.dataflow.store import ENDED, Importance, State, Store, new_job_id
from localcloud.services.dataflow.template import check_parameters, read_spec
from localcloud.services.protobuf import now
from localcloud.settings import OWNER, LocalCloud

JOB_NAME = re.compile(r"[a-z]([-a-z0-9]{0,1022}[a-z0-9])?")
LOST = "worker lost: the Dataflow service stopped while the job ran; launch it again"


class Launcher:
    """flexTemplates.launch, and the end of running jobs."""

    def __init__(self, cloud: LocalCloud, store: Store) -> None:
        self.cloud = cloud
        self.store = store
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._lose_jobs()

    def _lose_jobs(self) -> None:
        for job in self.store.all():
            if job.current_state not in ENDED:
                self.store.change(job.id, State.JOB_STATE_FAILED, LOST, Importance.JOB_MESSAGE_ERROR)

    def launch(self, request: dataflow.LaunchFlexTemplateRequest) -> dataflow.LaunchFlexTemplateResponse:
        launch = request.launch_parameter
        spec = self._checked(launch)
        identity = launch.environment.service_account_email or OWNER
        job = dataflow.Job(
            id=new_job_id(),
            project_id=request.project_id,
            location=request.location,
            name=launch.job_name,
            type_=dataflow.JobType.JOB_TYPE_STREAMING if spec.metadata.streaming else dataflow.JobType.JOB_TYPE_BATCH,
            current_state=State.JOB_STATE_QUEUED,
            current_state_time=now(),
            create_time=now(),
            labels=launch.environment.additional_user_labels,
            environment=dataflow.Environment(
                service_account_email=identity, temp_storage_prefix=launch.environment.temp_location
            ),
        )
        options = pipeline_options(request.project_id, request.location, launch, spec.metadata.streaming)
        process = job_process(self.cloud, spec, identity, options, self.store.metrics_file(job.id))
        with self.store.lock:
            self._check_name_is_free(job)
            if request.validate_only:
                return dataflow.LaunchFlexTemplateResponse()
            self.store.jobs.create(job.id, job)
            self.store.say(job.id, f"Launching {spec.image} as {identity}", Importance.JOB_MESSAGE_BASIC)
            threading.Thread(target=self._run, args=(job.id, process), name=job.id, daemon=True).start()
        return dataflow.LaunchFlexTemplateResponse(job=job)

    def _checked(self, launch: dataflow.LaunchFlexTemplateParameter) -> dataflow.ContainerSpec:
        if not JOB_NAME.fullmatch(launch.job_name):
            message = f"launchParameter.jobName: {launch.job_name!r} must match {JOB_NAME.pattern}"
            raise GoogleError(400, message, "badRequest")
        if launch.update:
            message = "launchParameter.update: jobs can't be updated here: cancel the job and launch it again"
            raise GoogleError(400, message, "badRequest")
        if launch.container_spec_gcs_path:
            spec = read_spec(self.cloud, launch.container_spec_gcs_path)
        elif "container_spec" in launch and launch.container_spec.image:
            spec = launch.container_spec
        else:
            message = "launchParameter: set containerSpecGcsPath, or containerSpec with an image"
            raise GoogleError(400, message, "badRequest")
        check_parameters(spec.metadata, launch.parameters)
        return spec

    def _check_name_is_free(self, job: dataflow.Job) -> None:
        for other in self.store.all():
            same = (other.project_id, other.location, other.name) == (job.project_id, job.location, job.name)
            if same and other.current_state not in ENDED:
                message = (
                    f"({other.id}): There is already an active job named {job.name}. "
                    "If you want to submit a second job, try again by setting a different name."
                )
                raise GoogleError(409, message, "alreadyExists")

    def _run(self, job_id: str, process: Process) -> None:
        """Run a job's process to its end; the job's state says how it went."""
        running = self._start(job_id, process)
        if running is None:
            return
        code = running.wait()
        lifeline.kill(running)
        with self.store.lock:
            del self.processes[job_id]
        if code == 0:
            self.store.change(job_id, State.JOB_STATE_DONE, "Pipeline finished", Importance.JOB_MESSAGE_BASIC)
        else:
            reason = f"Workflow failed. Causes: {self._last_line(job_id)} (exit code {code})"
            self.store.change(job_id, State.JOB_STATE_FAILED, reason, Importance.JOB_MESSAGE_ERROR)

    def _start(self, job_id: str, process: Process) -> subprocess.Popen[bytes] | None:
        """Start a queued job's process; None if the job has ended before, or ends because that fails."""
        with self.store.lock:
            job = self.store.jobs.require(job_id)
            if job.current_state in ENDED:
                return None  # cancelled while it was queued
            try:
                running = lifeline.start(process.argv, process.env, process.cwd, self.store.log(job_id))
            except OSError as error:
                reason = f"the worker could not start: {error}"
                self.store.change(job_id, State.JOB_STATE_FAILED, reason, Importance.JOB_MESSAGE_ERROR)
                return None
            self.processes[job_id] = running
            job.start_time = now()
            self.store.jobs.put(job_id, job)
            message = "Worker configuration: the pipeline runs in a process of this machine"
            self.store.change(job_id, State.JOB_STATE_RUNNING, message, Importance.JOB_MESSAGE_BASIC)
            return running

    def _last_line(self, job_id: str) -> str:
        """The last line of a job's output that is not a part of a traceback's frames."""
        lines = self.store.log(job_id).read_text("utf-8", "replace").splitlines()
        return next((line.strip() for line in reversed(lines) if line.strip() and not line[0].isspace()), "no output")

    def cancel(self, job_id: str) -> dataflow.Job:
        """End a job's process at once. A job that has ended stays as it is."""
        with self.store.lock:
            running = self.processes.get(job_id)
            job = self.store.change(
                job_id, State.JOB_STATE_CANCELLED, "Cancelled by request", Importance.JOB_MESSAGE_BASIC
            )
        if running is not None:
            lifeline.kill(running)
        return job

    def close(self) -> None:
        """End every process; the jobs that are not done are lost."""
        with self.store.lock:
            self._lose_jobs()  # first: the thread that waits for a killed process would call it the job's own failure
            running = list(self.processes.values())
        for process in running:
            lifeline.kill(process)
