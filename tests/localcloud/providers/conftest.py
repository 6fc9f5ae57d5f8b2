from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from localcloud.providers.__main__ import serve as serve_provider
from localcloud.providers.gcp import operations
from localcloud.providers.gcp.package import GcpPackage
from localcloud.providers.gcp.resources import storage_iam
from localcloud.providers.kubernetes import await_ready
from localcloud.providers.kubernetes.package import KubernetesPackage
from localcloud.providers.package import Package
from localcloud.settings import OWNER, LocalCloud
from localcloud.wire.typed import Secret
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle, Handler, serve
from tests.localcloud.providers.fake_kubernetes import TOKEN, FakeCluster
from tests.localcloud.providers.fake_kubernetes import serve as serve_cluster
from tests.localcloud.services.processes import running
from tests.ports import free_port_base

STARTED = ("iam", "storage", "iceberg", "bigquery", "dataproc", "kubernetes")
PROJECT, REGION = "test-project", "us-central1"


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small services are done with anything at once, so that nobody has to wait long for the next look."""
    monkeypatch.setattr(operations, "POLL_S", 0.01)
    monkeypatch.setattr(await_ready, "POLL_S", 0.01)
    monkeypatch.setattr(storage_iam, "WAIT_S", 0.01)


@pytest.fixture(scope="session")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


@pytest.fixture(scope="session")
def google_servers() -> Iterator[tuple[int, type[Handler]]]:
    """The small Google's servers for all tests: the first port of the cloud that they are of, and what answers."""
    port = free_port_base()
    handler, servers = serve(LocalCloud(home=Path(), port=port))
    yield port, handler
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def cloud(tmp_path: Path, private_key: str, google_servers: tuple[int, type[Handler]]) -> LocalCloud:
    return cloud_at(google_servers[0], tmp_path, private_key)


def cloud_at(port: int, home: Path, private_key: str) -> LocalCloud:
    """A cloud whose owner has a key file, as the IAM service writes it."""
    cloud = LocalCloud(home=home, port=port, project=PROJECT)
    path = cloud.credentials(OWNER)
    path.parent.mkdir(parents=True)
    key = {"type": "service_account", "client_email": OWNER, "private_key": private_key, "private_key_id": "1"}
    path.write_text(json.dumps({**key, "token_uri": f"{cloud.url('iam')}/token", "project_id": PROJECT}))
    return cloud


@pytest.fixture
def google(google_servers: tuple[int, type[Handler]]) -> FakeGoogle:
    """A Google with nothing in it yet."""
    google_servers[1].google = FakeGoogle()
    return google_servers[1].google


@contextmanager
def served(package: Package) -> Iterator[int]:
    """The port of a provider that is served meanwhile."""
    port = package.cloud.port_of(f"{package.name}_provider")
    server = serve_provider(package, port)
    try:
        yield port
    finally:
        server.stop(None).wait()


@contextmanager
def engine_at(port: int, **settings: Any) -> Iterator[Engine]:
    """An engine with a configured provider."""
    engine = Engine(port)
    engine.configure(**settings)
    yield engine
    engine.channel.close()


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A cloud with real services, for all tests; what one makes there goes, or has a name of its own."""
    cloud = LocalCloud(home=tmp_path_factory.mktemp("cloud"), port=free_port_base(), project=PROJECT)
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: stack.enter_context(running(cloud, name)), STARTED))
        yield cloud


@pytest.fixture
def gcp_port(cloud: LocalCloud) -> Iterator[int]:
    with served(GcpPackage(cloud)) as port:
        yield port


@pytest.fixture
def gcp(gcp_port: int) -> Iterator[Engine]:
    with engine_at(gcp_port, project=PROJECT, region=REGION) as engine:
        yield engine


@pytest.fixture
def kubernetes_port(cloud: LocalCloud) -> Iterator[int]:
    with served(KubernetesPackage(cloud)) as port:
        yield port


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
    plugin = {"command": "echo", "args": [json.dumps(credential)]}
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
    with engine_at(kubernetes_port, kubeconfig=Secret(kubeconfig)) as engine:
        yield engine
