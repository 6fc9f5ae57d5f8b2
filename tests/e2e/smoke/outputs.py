"""What the smoke test knows of an environment: its stack outputs, nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

DEFAULT_PROVIDER = re.compile(r"::pulumi:providers:[a-z]+::default")


class NotDeployedError(Exception):
    """There is no platform to prove."""


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
    image: str
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
        """Parse the JSON that `outputs --json` printed. Raises NotDeployedError if it is not a whole platform's."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except ValidationError as error:
            missing = ", ".join(".".join(map(str, mistake["loc"])) for mistake in error.errors())
            raise NotDeployedError(f"the stack is not deployed, or not whole (outputs: {missing})") from None


def count_resources(state: Path) -> int:
    """Resources in the state that `export` printed, counted as `up` does: without providers that nobody declared."""
    urns = [resource["urn"] for resource in json.loads(state.read_bytes())["deployment"]["resources"]]
    return len([urn for urn in urns if not DEFAULT_PROVIDER.search(urn)])
