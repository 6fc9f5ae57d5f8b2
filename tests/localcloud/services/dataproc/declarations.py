"""A workflow template to declare, of two steps."""

from __future__ import annotations

from typing import Any

from google.cloud import dataproc_v1 as dataproc

MANAGED = {"managed_cluster": {"cluster_name": "mining", "config": {}}}


def step(step_id: str, *after: str) -> dict[str, Any]:
    job = {"main_python_file_uri": "gs://code/main.py", "args": ["--run_id", "none"]}
    return {"step_id": step_id, "pyspark_job": job, "prerequisite_step_ids": list(after)}


def template(**changes: Any) -> dataproc.WorkflowTemplate:
    return dataproc.WorkflowTemplate(
        {"id": "nightly", "placement": MANAGED, "jobs": [step("mine"), step("publish", "mine")], **changes}
    )
