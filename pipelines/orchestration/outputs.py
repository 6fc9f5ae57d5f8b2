"""What these programs know of a stack: its outputs, as `pulumi stack output --json` prints them."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError


class NotDeployedError(Exception):
    """There is no platform to work with; the message says which outputs are missing."""


class Model(BaseModel):
    """Outputs that nobody here reads are left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Endpoints(Model):
    """Roots of Google's APIs; `{region}` in one stands for the stack's region."""

    storage: str
    bigquery: str
    dataflow: str
    dataproc: str


class Ingest(Model):
    """A launch of the ingest template: its spec, the values of its parameters, and where its workers run."""

    template: str
    image: str
    arguments: dict[str, str]
    identity: str
    temp_location: str
    subnetwork: str
    machine_type: str
    maximum_workers: int


class Outputs(Model):
    """Of the outputs that stacks/__main__.py exports, those that a launch needs."""

    project: str
    region: str
    endpoints: Endpoints
    ingest: Ingest
    workflow_template: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Parse a file of outputs. Raises NotDeployedError if it is not a whole platform's, OSError if unreadable."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except ValidationError as error:
            missing = ", ".join(".".join(map(str, mistake["loc"])) or "no JSON" for mistake in error.errors())
            raise NotDeployedError(f"the stack is not deployed, or not whole (outputs: {missing})") from None


class Serving(Model):
    """The address of the snapshots that are served."""

    snapshots: str


class ServingOutputs(Outputs):
    """Beside them, what it takes to look after the snapshots."""

    serving: Serving
