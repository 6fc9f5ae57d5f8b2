"""Google's own clients, pointed at the endpoints that the stack names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from google.auth.credentials import Credentials

from pipelines.orchestration.clients import Clients as LaunchClients
from tests.e2e.smoke.outputs import Outputs


@dataclass(frozen=True)
class Clients:
    """Clients of one environment, made on first use, all with the caller's default credentials."""

    outputs: Outputs

    @cached_property
    def launching(self) -> LaunchClients:
        return LaunchClients(self.outputs)

    @property
    def credentials(self) -> Credentials:
        return self.launching.credentials

    def blob(self, uri: str) -> Any:
        """The object of an address, `gs://bucket/name`."""
        from google.cloud import storage

        return storage.Blob.from_uri(uri, client=self.launching.storage)

    @cached_property
    def bigquery(self) -> Any:
        from google.cloud import bigquery

        return bigquery.Client(
            project=self.outputs.project,
            credentials=self.credentials,
            client_options={"api_endpoint": self.outputs.endpoints.bigquery},
        )

    @cached_property
    def kubernetes(self) -> Any:
        import yaml
        from kubernetes import client, config

        loader = config.new_client_from_config_dict(yaml.safe_load(self.outputs.serving.kubeconfig))
        return client.CoreV1Api(loader)
