"""What the Dataflow service remembers of its jobs, all of it on disk: the jobs, their messages, logs and metrics."""

from __future__ import annotations

import json
import random
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from google.cloud import dataflow_v1beta3 as dataflow

from localcloud.files import write_atomic
from localcloud.services.common import GoogleError
from localcloud.services.dataflow import metrics_file
from localcloud.services.protobuf import MessageStore, now, parse, to_json

State = dataflow.JobState
ENDED = (
    *(State.JOB_STATE_DONE, State.JOB_STATE_FAILED, State.JOB_STATE_CANCELLED),
    *(State.JOB_STATE_UPDATED, State.JOB_STATE_DRAINED),
)
Importance = dataflow.JobMessageImportance


def new_job_id() -> str:
    """As Dataflow's: the time of creation, so that ids sort by it, and a random number."""
    return f"{datetime.now(UTC):%Y-%m-%d_%H_%M_%S}-{random.randrange(10**18, 10**19)}"


class Store:
    """Jobs by id, each with a folder. `lock` guards each read-modify-write."""

    def __init__(self, folder: Path) -> None:
        self.lock = threading.RLock()
        self.jobs = MessageStore(folder / "records", dataflow.Job)
        self.folder = folder / "jobs"

    def job_folder(self, job_id: str) -> Path:
        path = self.folder / job_id
        path.mkdir(parents=True, exist_ok=True)
        return path

    def log(self, job_id: str) -> Path:
        return self.job_folder(job_id) / "output.log"

    def metrics_file(self, job_id: str) -> Path:
        return self.job_folder(job_id) / "metrics.json"

    def require(self, project: str, job_id: str, location: str = "") -> dataflow.Job:
        """A job of a project (and location, if one is named), or Dataflow's 404."""
        job = self.jobs.get(job_id)
        if job is None or job.project_id != project or location not in ("", job.location):
            raise GoogleError(404, f"({job_id}): Information about job {job_id} could not be found in our system.")
        return job

    def all(self) -> list[dataflow.Job]:
        """Every job, the newest first."""
        return sorted(self.jobs.list(""), key=lambda job: job.id, reverse=True)

    def change(self, job_id: str, state: State, message: str, importance: Importance) -> dataflow.Job:
        """Put a job into a state and say so in its messages. One that ended stays as it is."""
        with self.lock:
            job = self.jobs.require(job_id)
            if job.current_state in ENDED:
                return job
            job.current_state, job.current_state_time = state, now()
            self.say(job_id, message, importance)
            return self.jobs.put(job_id, job)

    def say(self, job_id: str, text: str, importance: Importance) -> None:
        """Add a message to a job's."""
        with self.lock:
            records = self._message_records(job_id)
            message = dataflow.JobMessage(
                id=f"{job_id}-{len(records):04}", time=now(), message_text=text, message_importance=importance
            )
            records.append(to_json(message))
            write_atomic(self._messages_file(job_id), json.dumps(records).encode())

    def messages(self, job_id: str) -> list[dataflow.JobMessage]:
        return [parse(record, dataflow.JobMessage()) for record in self._message_records(job_id)]

    def metrics(self, job_id: str) -> list[dataflow.MetricUpdate]:
        """What the job's pipeline counted; empty until it is done."""
        found = metrics_file.read(self.metrics_file(job_id))
        return [parse(record, dataflow.MetricUpdate()) for record in found]

    def _messages_file(self, job_id: str) -> Path:
        return self.job_folder(job_id) / "messages.json"

    def _message_records(self, job_id: str) -> list[dict[str, Any]]:
        path = self._messages_file(job_id)
        return json.loads(path.read_bytes()) if path.is_file() else []
