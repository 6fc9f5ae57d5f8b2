"""The kubernetes provider's own settings."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from localcloud.providers.errors import ProviderError
from localcloud.providers.kubernetes.client import KubernetesClient
from localcloud.providers.kubernetes.kubeconfig import read_kubeconfig
from localcloud.wire.typed import Unknown

DEFAULT_NAMESPACE = "default"


@dataclass
class KubernetesSettings:
    """One provider instance: a cluster (unknown in a preview that still has to make it) and a default namespace."""

    values: dict[str, Any]
    environment: dict[str, str]

    @property
    def namespace(self) -> str:
        wanted = self.values.get("namespace")
        return wanted if isinstance(wanted, str) and wanted else DEFAULT_NAMESPACE

    @cached_property
    def client(self) -> KubernetesClient:
        """Errors: ProviderError if there is no usable kubeconfig. The user's own kubeconfig is never looked for."""
        text = self.values.get("kubeconfig")
        if isinstance(text, Unknown):
            raise ProviderError("the provider's kubeconfig is not known yet")
        if not text:
            raise ProviderError("no cluster: make a kubernetes.Provider with a kubeconfig, and pass it to the resource")
        return KubernetesClient(read_kubeconfig(str(text), self.values.get("context"), self.environment))

    @cached_property
    def place(self) -> str:
        """What tells the cluster from all others, even from a later one at the same address."""
        try:
            cluster = self.client.cluster
        except ProviderError:
            return "no cluster"
        return f"{cluster.server} {hashlib.sha256((cluster.authority or '').encode()).hexdigest()[:16]}"


def cluster_of(kubeconfig: str) -> tuple[str, str | None]:
    """Server and authority of a kubeconfig; its text if it is none, so that a change is still seen."""
    try:
        cluster = read_kubeconfig(kubeconfig)
    except ProviderError:
        return kubeconfig, None
    return cluster.server, cluster.authority
