from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from localcloud.providers.__main__ import serve as serve_provider
from localcloud.providers.gcp.package import GcpPackage
from localcloud.providers.kubernetes.package import KubernetesPackage
from localcloud.settings import OWNER, LocalCloud
from localcloud.wire.typed import Secret
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google import FakeGoogle, serve
from tests.localcloud.providers.fake_kubernetes import TOKEN, FakeCluster
from tests.localcloud.providers.fake_kubernetes import serve as serve_cluster
from tests.ports import free_port_base

PROJECT = "test-project"


@pytest.fixture(scope="session")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


@pytest.fixture
def cloud(tmp_path: Path, private_key: str) -> LocalCloud:
    """A cloud whose owner has a key file, as the IAM service writes it."""
    cloud = LocalCloud(home=tmp_path, port=free_port_base(), project=PROJECT)
    path = cloud.credentials(OWNER)
    path.parent.mkdir(parents=True)
    key = {"type": "service_account", "client_email": OWNER, "private_key": private_key, "private_key_id": "1"}
    path.write_text(json.dumps({**key, "token_uri": f"{cloud.url('iam')}/token", "project_id": PROJECT}))
    return cloud


@pytest.fixture
def google(cloud: LocalCloud) -> Iterator[FakeGoogle]:
    google = FakeGoogle()
    servers = serve(google, cloud)
    yield google
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def gcp_port(cloud: LocalCloud) -> Iterator[int]:
    port = cloud.port_of("gcp_provider")
    server = serve_provider(GcpPackage(cloud), port)
    yield port
    server.stop(None).wait()


@pytest.fixture
def gcp(gcp_port: int) -> Iterator[Engine]:
    """An engine with a configured gcp provider."""
    engine = Engine(gcp_port)
    engine.configure(project=PROJECT, region="us-central1")
    yield engine
    engine.channel.close()


@pytest.fixture
def kubernetes_port(cloud: LocalCloud) -> Iterator[int]:
    port = cloud.port_of("kubernetes_provider")
    server = serve_provider(KubernetesPackage(cloud), port)
    yield port
    server.stop(None).wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[FakeCluster]:
    cluster = FakeCluster()
    server = serve_cluster(cluster, tmp_path)
    yield cluster
    server.shutdown()
    server.server_close()


@pytest.fixture
def kubeconfig(cluster: FakeCluster) -> str:
    return kubeconfig_of(cluster)


def kubeconfig_of(cluster: FakeCluster) -> str:
    """As the GKE stack writes it: certificate authority inline, a token from a plugin."""
    credential = {"kind": "ExecCredential", "status": {"token": TOKEN, "expirationTimestamp": "2099-01-01T00:00:00Z"}}
    plugin = {"command": sys.executable, "args": ["-c", f"print({json.dumps(json.dumps(credential))})"]}
    authority = base64.b64encode(cluster.authority.encode()).decode()
    place = {"server": f"https://127.0.0.1:{cluster.port}", "certificate-authority-data": authority}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": place}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {"exec": plugin}}],
    }
    return json.dumps(document)


@pytest.fixture
def kubernetes(kubernetes_port: int, kubeconfig: str) -> Iterator[Engine]:
    """An engine whose provider is configured for the cluster."""
    engine = Engine(kubernetes_port)
    engine.configure(kubeconfig=Secret(kubeconfig))
    yield engine
    engine.channel.close()
