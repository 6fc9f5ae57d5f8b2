"""One local cloud with one cluster for all tests of this folder and a namespace for each test, or no process at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.services.kubernetes.api.store import Store
from tests.localcloud.services.kubernetes.harness import PARENT, Cloud
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.localcloud.services.kubernetes.kube import Kube


@contextlib.contextmanager
def running_cloud(home: Path) -> Iterator[Cloud]:
    cloud = Cloud(home)
    try:
        cloud.start("iam", "kubernetes")
        yield cloud
    finally:
        with contextlib.ExitStack() as stopping:  # each is stopped, also when the end of another fails
            for service in list(cloud.processes):
                stopping.callback(cloud.stop, service)
    assert cloud.processes_of_pods() == []


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """The cloud of all tests: none may stop it."""
    with running_cloud(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def kube(cloud: Cloud) -> Iterator[Kube]:
    """The cluster of all tests, with a pool of ordinary and one of spot nodes."""
    pool = {"name": "main", "initialNodeCount": 1}
    taint = {"key": "cloud.google.com/gke-spot", "value": "true", "effect": "NO_SCHEDULE"}
    spot = {"name": "spot", "config": {"spot": True, "taints": [taint]}}
    operation = cloud.call("POST", f"{PARENT}/clusters", {"cluster": {"name": "one", "nodePools": [pool, spot]}})
    assert operation["status"] == "DONE"
    kube = Kube(cloud, "one")
    yield kube
    for name in kube.namespaces:
        kube.gone(name)


@pytest.fixture
def namespace(kube: Kube, request: pytest.FixtureRequest) -> Iterator[str]:
    """A namespace for one test. It goes while the next test runs; that it does is looked at in the end."""
    name = f"{request.node.originalname.replace('_', '-')[-50:].strip('-')}-{len(kube.namespaces)}"
    kube.make_namespace(name)
    yield name
    kube.core.delete_namespace(name)


@pytest.fixture
def in_process(tmp_path: Path) -> Iterator[InProcess]:
    """A cluster of which nothing runs."""
    found = InProcess(tmp_path)
    yield found
    found.store.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    found = Store(tmp_path / "objects.db")
    yield found
    found.close()
