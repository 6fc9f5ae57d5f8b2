"""Google's own clients of Dataflow, Dataproc and Cloud Storage, at the endpoints that the stack names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import google.auth
from google.api_core.exceptions import GoogleAPIError
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import dataflow_v1beta3 as dataflow
from google.cloud import dataproc_v1 as dataproc
from google.cloud.dataflow_v1beta3.services.flex_templates_service.transports import FlexTemplatesServiceRestTransport
from google.cloud.dataflow_v1beta3.services.jobs_v1_beta3.transports import JobsV1Beta3RestTransport
from google.cloud.dataflow_v1beta3.services.messages_v1_beta3.transports import MessagesV1Beta3RestTransport
from google.cloud.dataproc_v1.services.workflow_template_service.transports import WorkflowTemplateServiceRestTransport
from google.cloud.storage import Client as StorageClient
from requests.exceptions import RequestException

from pipelines.orchestration.outputs import Outputs

CALL_ERRORS = (GoogleAPIError, GoogleAuthError, RequestException)
"""What a call of a client can raise: a refusal, no credentials, nobody there."""

SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]


@dataclass(frozen=True)
class Clients:
    """Clients of one stack, made on first use, all with the caller's default credentials."""

    outputs: Outputs

    @cached_property
    def credentials(self) -> Credentials:
        credentials, _ = google.auth.default(scopes=SCOPES)
        return credentials

    @cached_property
    def templates(self) -> dataflow.FlexTemplatesServiceClient:
        transport = FlexTemplatesServiceRestTransport(**self._at(self.outputs.endpoints.dataflow))
        return dataflow.FlexTemplatesServiceClient(transport=transport)

    @cached_property
    def jobs(self) -> dataflow.JobsV1Beta3Client:
        return dataflow.JobsV1Beta3Client(
            transport=JobsV1Beta3RestTransport(**self._at(self.outputs.endpoints.dataflow))
        )

    @cached_property
    def messages(self) -> dataflow.MessagesV1Beta3Client:
        transport = MessagesV1Beta3RestTransport(**self._at(self.outputs.endpoints.dataflow))
        return dataflow.MessagesV1Beta3Client(transport=transport)

    @cached_property
    def workflows(self) -> dataproc.WorkflowTemplateServiceClient:
        transport = WorkflowTemplateServiceRestTransport(**self._at(self.outputs.endpoints.dataproc))
        return dataproc.WorkflowTemplateServiceClient(transport=transport)

    @cached_property
    def storage(self) -> StorageClient:
        endpoint = {"api_endpoint": self.outputs.endpoints.storage}
        return StorageClient(project=self.outputs.project, credentials=self.credentials, client_options=endpoint)

    def _at(self, endpoint: str) -> Any:
        address = urlsplit(endpoint.format(region=self.outputs.region))
        return {"host": address.netloc, "url_scheme": address.scheme, "credentials": self.credentials}
