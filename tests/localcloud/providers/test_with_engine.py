"""The embedded engine with the real providers: several instances of a package, and assets of the program's folder."""

from __future__ import annotations

import hashlib
import json
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from localcloud.engine.checkpoint import passphrase
from localcloud.engine.cli import main
from localcloud.settings import LocalCloud
from tests.localcloud.providers.conftest import kubeconfig_of
from tests.localcloud.providers.fake_google.server import FakeGoogle
from tests.localcloud.providers.fake_kubernetes import FakeCluster
from tests.localcloud.providers.fake_kubernetes import serve as serve_cluster


@dataclass
class Workspace:
    folder: Path
    capsys: pytest.CaptureFixture[str]

    def up(self, program: str) -> dict[str, Any]:
        """Deploy; the stack's outputs."""
        (self.folder / "program" / "__main__.py").write_text(textwrap.dedent(program))
        place = ["--cwd", str(self.folder), "--stack", "local"]
        assert main(["up", *place, "--config", "gcp:project=by-default"]) == 0, self.capsys.readouterr().err
        self.capsys.readouterr()
        assert main(["outputs", "--json", *place]) == 0
        return json.loads(self.capsys.readouterr().out)


@pytest.fixture
def workspace(
    tmp_path: Path,
    cloud: LocalCloud,
    gcp_port: int,
    kubernetes_port: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Workspace:
    (tmp_path / "project" / "program").mkdir(parents=True)
    (tmp_path / "project" / "Pulumi.yaml").write_text("name: demo\nruntime: python\nmain: program\n")
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path / 'state'}")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "correct horse")
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", f"gcp:{gcp_port},kubernetes:{kubernetes_port}")
    monkeypatch.setattr(passphrase, "ROUNDS", 1000)
    # Byte code is told stale by whole seconds and size: a test rewrites its program faster than that.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return Workspace(tmp_path / "project", capsys)


def test_each_provider_keeps_its_own_settings(workspace: Workspace) -> None:
    """Two explicit ones and the default one, whose resources are made in turns."""
    outputs = workspace.up("""
        import pulumi
        import pulumi_gcp as gcp

        providers = {
            "default": None,
            "one": gcp.Provider("one", project="by-one", region="europe-west1", default_labels={"from": "one"}),
            "two": gcp.Provider("two", project="by-two", region="us-east1", default_labels={"from": "two"}),
        }
        last = None
        for round in range(2):
            for name, provider in providers.items():
                last = gcp.kms.KeyRing(
                    f"{name}-{round}",
                    name="ring",
                    location="global",
                    opts=pulumi.ResourceOptions(provider=provider, depends_on=[last] if last else None),
                )
                pulumi.export(f"{name}-{round}", last.id)
        for name, provider in providers.items():
            repository = gcp.artifactregistry.Repository(
                name,
                repository_id="images",
                format="DOCKER",
                location="us",
                opts=pulumi.ResourceOptions(provider=provider),
            )
            labels = pulumi.Output.unsecret(repository.effective_labels)
            pulumi.export(f"labels-{name}", labels.apply(lambda labels: labels.get("from", "nobody")))
    """)
    for name, project in (("default", "by-default"), ("one", "by-one"), ("two", "by-two")):
        for number in range(2):
            assert outputs[f"{name}-{number}"] == f"projects/{project}/locations/global/keyRings/ring"
    assert [outputs[f"labels-{name}"] for name in ("default", "one", "two")] == ["nobody", "one", "two"]


def test_objects_go_to_the_cluster_of_their_provider(
    workspace: Workspace, cluster: FakeCluster, kubeconfig: str, tmp_path: Path
) -> None:
    other = FakeCluster()
    (tmp_path / "other").mkdir()
    server = serve_cluster(other, tmp_path / "other")
    (workspace.folder / "one.json").write_text(kubeconfig)
    (workspace.folder / "two.json").write_text(kubeconfig_of(other))
    program = """
        from pathlib import Path
        import pulumi
        import pulumi_kubernetes as kubernetes

        for name in ("one", "two"):
            provider = kubernetes.Provider(name, kubeconfig=Path(f"../{name}.json").read_text())
            options = pulumi.ResourceOptions(provider=provider)
            kubernetes.core.v1.ConfigMap(name, metadata={"name": name}, opts=options)
    """
    try:
        workspace.up(program)
        assert list(cluster.objects) == ["/api/v1/namespaces/default/configmaps/one"]
        assert list(other.objects) == ["/api/v1/namespaces/default/configmaps/two"]
        # The first cluster takes the place of the second: what was there goes, over the settings of then.
        (workspace.folder / "two.json").write_text(kubeconfig)
        workspace.up(program)
        assert sorted(cluster.objects) == [f"/api/v1/namespaces/default/configmaps/{name}" for name in ("one", "two")]
        assert list(other.objects) == []
    finally:
        server.shutdown()
        server.server_close()


def test_relative_paths_start_at_the_programs_folder(workspace: Workspace, google: FakeGoogle) -> None:
    program = workspace.folder / "program"
    (program / "job.py").write_text("print()")
    (program / "package").mkdir()
    (program / "package" / "__init__.py").write_text("")
    outputs = workspace.up("""
        import pulumi
        import pulumi_gcp as gcp

        bucket = gcp.storage.Bucket("jobs", name="jobs", location="US")
        job = gcp.storage.BucketObject("job", bucket=bucket.name, name="job.py", source=pulumi.FileAsset("job.py"))
        package = gcp.storage.BucketObject(
            "package", bucket=bucket.name, name="package.zip", source=pulumi.FileArchive("package")
        )
        pulumi.export("job", job.md5hexhash)
        pulumi.export("package", package.generation)
    """)
    assert outputs["job"] == hashlib.md5(b"print()").hexdigest()
    assert outputs["package"]
