"""What the smoke test knows of an environment: its stack outputs, nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Endpoints(Model):
    storage: str
    dataproc: str
    dataflow: str
    bigquery: str


class Buckets(Model):
    landing: str
    curated: str
    serving: str
    quarantine: str
    scratch: str


class Ingest(Model):
    template: str
    arguments: dict[str, str]
    identity: str
    temp_location: str
    subnetwork: str
    machine_type: str
    maximum_workers: int


class Serving(Model):
    kubeconfig: str
    namespace: str
    selector: str
    url: str


class Outputs(Model):
    """The stack outputs that stacks/__main__.py exports."""

    project: str
    region: str
    environment: str
    endpoints: Endpoints
    buckets: Buckets
    ingest: Ingest
    workflow_template: str
    serving: Serving

    @classmethod
    def read(cls, path: Path) -> Self:
        """Parse the JSON that `outputs --json` printed."""
        return cls.model_validate(json.loads(path.read_text()))
