"""One local cloud with one cluster for all tests of this folder, a namespace for each test."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tests.localcloud.services.kubernetes.harness import APP, PARENT, Cloud, Kube, build


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    home = tmp_path_factory.mktemp("cloud")
    cloud = Cloud(home)
    try:
        cloud.start("iam")
        cloud.start("kubernetes")
        for colour in ("blue", "green"):
            build(cloud, f"{APP}:{colour}", colour)
        yield cloud
    finally:
        with contextlib.ExitStack() as stopping:  # each is stopped, also when the end of another fails
            for service in list(cloud.processes):
                stopping.callback(cloud.stop, service)
    assert cloud.processes_of_pods() == []


@pytest.fixture(scope="session")
def kube(cloud: Cloud) -> Kube:
    pool = {"name": "main", "initialNodeCount": 1}
    taint = {"key": "cloud.google.com/gke-spot", "value": "true", "effect": "NO_SCHEDULE"}
    spot = {"name": "spot", "config": {"spot": True, "taints": [taint]}}
    operation = cloud.call("POST", f"{PARENT}/clusters", {"cluster": {"name": "one", "nodePools": [pool, spot]}})
    assert operation["status"] == "DONE"
    return Kube(cloud, "one")


@pytest.fixture
def namespace(kube: Kube, request: pytest.FixtureRequest) -> Iterator[str]:
    name = request.node.originalname.replace("_", "-")[-50:].strip("-")
    kube.core.create_namespace({"metadata": {"name": name}})
    yield name
    kube.core.delete_namespace(name)
    kube.gone(name)
