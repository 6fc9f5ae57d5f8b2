"""Google's own clients, pointed at the endpoints that the stack names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import google.auth
from google.auth.credentials import Credentials

from tests.e2e.smoke.outputs import Outputs

SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]


@dataclass(frozen=True)
class Clients:
    """Clients of one environment, made on first use, all with the caller's default credentials."""

    outputs: Outputs

    @cached_property
    def credentials(self) -> Credentials:
        credentials, _ = google.auth.default(scopes=SCOPES)
        return credentials

    @cached_property
    def storage(self) -> Any:
        from google.cloud import storage

        return storage.Client(
            project=self.outputs.project,
            credentials=self.credentials,
            client_options={"api_endpoint": self.outputs.endpoints.storage},
        )

    @cached_property
    def bigquery(self) -> Any:
        from google.cloud import bigquery

        return bigquery.Client(
            project=self.outputs.project,
            credentials=self.credentials,
            client_options={"api_endpoint": self.outputs.endpoints.bigquery},
        )

    @cached_property
    def flex_templates(self) -> Any:
        from google.cloud.dataflow_v1beta3 import FlexTemplatesServiceClient
        from google.cloud.dataflow_v1beta3.services.flex_templates_service.transports import (
            FlexTemplatesServiceRestTransport,
        )

        return FlexTemplatesServiceClient(
            transport=self._rest(FlexTemplatesServiceRestTransport, self.outputs.endpoints.dataflow)
        )

    @cached_property
    def dataflow_jobs(self) -> Any:
        from google.cloud.dataflow_v1beta3 import JobsV1Beta3Client
        from google.cloud.dataflow_v1beta3.services.jobs_v1_beta3.transports import JobsV1Beta3RestTransport

        return JobsV1Beta3Client(transport=self._rest(JobsV1Beta3RestTransport, self.outputs.endpoints.dataflow))

    @cached_property
    def dataflow_messages(self) -> Any:
        from google.cloud.dataflow_v1beta3 import MessagesV1Beta3Client
        from google.cloud.dataflow_v1beta3.services.messages_v1_beta3.transports import (
            MessagesV1Beta3RestTransport,
        )

        return MessagesV1Beta3Client(
            transport=self._rest(MessagesV1Beta3RestTransport, self.outputs.endpoints.dataflow)
        )

    @cached_property
    def workflow_templates(self) -> Any:
        from google.cloud.dataproc_v1 import WorkflowTemplateServiceClient
        from google.cloud.dataproc_v1.services.workflow_template_service.transports import (
            WorkflowTemplateServiceRestTransport,
        )

        endpoint = self.outputs.endpoints.dataproc.format(region=self.outputs.region)
        return WorkflowTemplateServiceClient(transport=self._rest(WorkflowTemplateServiceRestTransport, endpoint))

    @cached_property
    def kubernetes(self) -> Any:
        import yaml
        from kubernetes import client, config

        loader = config.new_client_from_config_dict(yaml.safe_load(self.outputs.serving.kubeconfig))
        return client.CoreV1Api(loader)

    def _rest(self, transport: Any, endpoint: str) -> Any:
        address = urlsplit(endpoint)
        return transport(host=address.netloc, url_scheme=address.scheme, credentials=self.credentials)
