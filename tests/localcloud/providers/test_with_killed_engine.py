"""`up` killed by SIGKILL on real services, several times: the next one carries on, and makes nothing twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from localcloud.providers.gcp.package import GcpPackage
from localcloud.providers.package import Properties
from localcloud.providers.session import Subject
from localcloud.settings import LocalCloud
from tests.localcloud.providers.conftest import served
from tests.paths import REPOSITORY
from tests.waiting import PATIENCE_S

PROGRAM = """\
import pulumi
import pulumi_gcp as gcp

lake = gcp.storage.Bucket("lake", name="killed-lake", location="US", force_destroy=True)
catalog = gcp.biglake.IcebergCatalog("lake", name=lake.name, catalog_type="CATALOG_TYPE_GCS_BUCKET")
namespace = gcp.biglake.IcebergNamespace("drive-logs", catalog=catalog.name, namespace_id="drive_logs")
for number in range(6):
    field = {"id": 1, "name": "drive_id", "required": True, "type": "string"}
    gcp.biglake.IcebergTable(
        f"table-{number}",
        catalog=catalog.name,
        namespace=namespace.namespace_id,
        name=f"table_{number}",
        schema={"fields": [field]},
    )
for number in range(5):
    bucket = gcp.storage.Bucket(f"zone-{number}", location="US", force_destroy=True)
    account = gcp.serviceaccount.Account(f"job-{number}", account_id=f"job-number-{number}", disabled=number == 0)
    gcp.storage.BucketIAMMember(
        f"grant-{number}", bucket=bucket.name, role="roles/storage.objectViewer", member=account.member
    )
    gcp.storage.BucketObject(f"file-{number}", bucket=bucket.name, content="x" * 10)
"""
ZONES, TABLES = 5, 6
RESOURCES = 1 + 3 + TABLES + 4 * ZONES
"""The stack, the lake with its catalogue, namespace and tables, and the zones."""
KILLS = ((1, "after"), (2, "before"), (7, "after"), (4, "before"), (9, "after"))
"""At which creation of a run its engine is killed: before the service is called, or after it has answered."""
BUCKETS = "/storage/v1/b"
NAMESPACE = "/iceberg/v1/restcatalog/v1/projects/killed/catalogs/killed-lake/namespaces/drive_logs"


@dataclass
class Killer:
    """Kills the engine at a creation, in the midst of the provider's call."""

    engine: subprocess.Popen[bytes] | None = None
    number: int = 0
    moment: str = ""
    seen: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reach(self, moment: str) -> None:
        with self.lock:
            if self.engine is None or moment != self.moment:
                return
            self.seen += 1
            if self.seen == self.number:
                self.engine.kill()
                self.engine.wait()


class Killing(GcpPackage):
    killer: Killer

    def create(self, subject: Subject, inputs: Properties) -> tuple[str, Properties]:
        self.killer.reach("before")
        made = super().create(subject, inputs)
        self.killer.reach("after")
        return made


@pytest.fixture(scope="module")
def package(services: LocalCloud) -> Iterator[Killing]:
    """The gcp provider in this process, over real services."""
    package = Killing(services)
    package.killer = Killer()
    with served(package):
        yield package


@dataclass
class Workspace:
    folder: Path
    environment: dict[str, str]

    def command(self, command: str) -> list[str]:
        place = ["--cwd", str(self.folder), "--stack", "local", "--config", "gcp:project=killed"]
        return [sys.executable, "-m", "localcloud.engine", command, *place]

    def run(self, command: str) -> str:
        result = subprocess.run(
            self.command(command), env=self.environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def killed_up(self, killer: Killer, number: int, moment: str) -> None:
        killer.number, killer.moment, killer.seen = number, moment, 0
        with killer.lock:
            killer.engine = subprocess.Popen(
                self.command("up"), env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        assert killer.engine.wait(timeout=PATIENCE_S) == -9
        killer.engine = None


@pytest.fixture
def workspace(tmp_path: Path, services: LocalCloud) -> Workspace:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: killed\nruntime: python\n")
    (folder / "__main__.py").write_text(PROGRAM)
    own = {
        "PYTHONPATH": str(REPOSITORY),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_DEBUG_PROVIDERS": f"gcp:{services.port_of('gcp_provider')}",
    }
    return Workspace(folder, {**os.environ, **own})


def test_the_next_up_carries_on(package: Killing, workspace: Workspace) -> None:
    for number, moment in KILLS:
        workspace.killed_up(package.killer, number, moment)
    workspace.run("up")
    deployment = json.loads(workspace.run("export"))["deployment"]
    assert "pending_operations" not in deployment
    assert_everything_is_there_once(package, [item["id"] for item in deployment["resources"] if item.get("id")])
    assert f"Resources: {RESOURCES} unchanged" in workspace.run("up")
    assert package.ledger.of(deployment["resources"][-1]["urn"]) == []
    assert list((package.cloud.home / "providers" / "gcp").iterdir()) == []


def assert_everything_is_there_once(package: Killing, identifiers: list[str]) -> None:
    """What the services have is what the state has."""
    services = package.services
    buckets = [item["name"] for item in services.get("storage", BUCKETS, params={"project": "killed"})["items"]]
    assert len(buckets) == 1 + ZONES
    assert set(buckets) <= set(identifiers)
    accounts: list[dict[str, Any]] = services.get("iam", "/v1/projects/killed/serviceAccounts")["accounts"]
    wanted = {f"job-number-{number}@killed.iam.gserviceaccount.com" for number in range(ZONES)}
    assert {item["email"] for item in accounts if item["email"].startswith("job-")} == wanted
    assert [item["email"].split("@")[0] for item in accounts if item.get("disabled")] == ["job-number-0"]
    assert len(services.get("iceberg", f"{NAMESPACE}/tables")["identifiers"]) == TABLES
    for bucket in set(buckets) - {"killed-lake"}:
        assert len(services.get("storage", f"{BUCKETS}/{bucket}/o")["items"]) == 1
        policy = services.get("storage", f"{BUCKETS}/{bucket}/iam")
        viewers = [item["members"] for item in policy["bindings"] if item["role"] == "roles/storage.objectViewer"]
        assert len(viewers) == 1
        assert len(viewers[0]) == 1
