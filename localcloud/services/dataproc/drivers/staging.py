"""The bucket of clusters and batches that name none: Dataproc makes one for each region of a project and keeps it."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import Path

from google.api_core.exceptions import Conflict

from localcloud.services.dataproc.drivers.agent import Agent, AgentError, first_line
from localcloud.services.storage_client import STORAGE_ERRORS
from localcloud.settings import OWNER, LocalCloud

LOCATIONS = {"europe": "EU", "asia": "ASIA", "australia": "ASIA"}
DEFAULT_LOCATION = "US"


@dataclass(frozen=True)
class StagingBucket:
    """The default staging bucket of a project's region. The cloud's owner stands for Dataproc's own identity in it.

    Source: https://cloud.google.com/dataproc/docs/concepts/configuring-clusters/staging-bucket; its name as public
    programs have it: dataproc-staging-us-central1-151287915422-novabmnn.
    """

    cloud: LocalCloud
    project: str
    region: str

    @property
    def name(self) -> str:
        digest = hashlib.sha256(f"{self.project}/{self.region}".encode()).digest()
        suffix = base64.b32encode(digest)[:8].decode().lower()
        return f"dataproc-staging-{self.region}-{LocalCloud.project_number(self.project)}-{suffix}"

    def put(self, path: Path, uri: str) -> None:
        """Copy a file to an address in the bucket, which is made if it is not there. Raises AgentError."""
        owner = Agent(self.cloud, OWNER)
        location = LOCATIONS.get(self.region.partition("-")[0], DEFAULT_LOCATION)
        try:
            bucket = owner.client.bucket(self.name)
            bucket.soft_delete_policy.retention_duration_seconds = 0
            with contextlib.suppress(Conflict):
                owner.client.create_bucket(bucket, project=self.project, location=location)
        except (*STORAGE_ERRORS, ValueError) as error:
            raise AgentError(f"can't make the bucket {self.name}: {first_line(error)}") from error
        owner.put(path, uri)
