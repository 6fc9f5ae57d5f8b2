"""A service is a folder: what is found, in which order, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import localcloud.services
from localcloud import registry, supervisor
from localcloud.registry import port_offsets, services
from localcloud.settings import LocalCloud


def test_ports_stay_where_they_always_were() -> None:
    assert port_offsets() == {
        "storage": 0,
        "iam": 1,
        "iceberg": 2,
        "bigquery": 3,
        "dataproc": 4,
        "dataflow": 5,
        "kubernetes": 6,
        "gcp_provider": 7,
        "kubernetes_provider": 8,
        "gateway": 9,
    }
    assert registry.port_count() == 10


def test_every_service_has_its_routes_and_an_api_of_its_own() -> None:
    for folder in localcloud.services.__path__:
        for name in services():
            assert (Path(folder) / name / "routes.py").is_file()
    apis = [api for service in services().values() for api in service.apis]
    assert len(apis) == len(set(apis)) == len(services())


def test_declarations_import_nothing_heavy() -> None:
    """`localcloud env` is part of every script."""
    code = "import sys; from localcloud.registry import services; services(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {name.partition(".")[0] for name in loaded}.isdisjoint({"starlette", "google", "pyarrow", "pydantic"})


@pytest.fixture
def strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose folders are services too."""
    monkeypatch.setattr(localcloud.services, "__path__", [*localcloud.services.__path__, str(tmp_path)])
    before = set(sys.modules)
    services.cache_clear()
    port_offsets.cache_clear()
    yield tmp_path
    services.cache_clear()
    port_offsets.cache_clear()
    for name in set(sys.modules) - before:
        del sys.modules[name]


def declare(folder: Path, name: str, declaration: str) -> None:
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text(f"from localcloud.registry import Service\n{declaration}\n")


def test_a_folder_that_declares_itself_is_a_service(strangers: Path) -> None:
    declare(strangers, "pubsub", "SERVICE = Service(11, ('pubsub',), ['PUBSUB_EMULATOR_HOST'])")
    assert list(services())[-1] == "pubsub"
    assert port_offsets()["pubsub"] == 11
    assert registry.port_count() == 12
    environment = supervisor.client_environment(LocalCloud(strangers, 9000))
    assert environment["PUBSUB_EMULATOR_HOST"] == "127.0.0.1:9011"
    assert environment["CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB"] == "http://127.0.0.1:9011/"


def test_a_folder_without_a_declaration_is_named(strangers: Path) -> None:
    declare(strangers, "forgotten", "")
    with pytest.raises(TypeError, match=r"localcloud\.services\.forgotten has no SERVICE"):
        services()


@pytest.mark.parametrize(("offset", "other"), [(0, "storage"), (7, "gcp_provider")])
def test_two_on_one_port_are_named(strangers: Path, offset: int, other: str) -> None:
    declare(strangers, "zzz", f"SERVICE = Service(port_offset={offset})")
    with pytest.raises(ValueError, match=f"{other}.* both have the port offset {offset}"):
        port_offsets()
