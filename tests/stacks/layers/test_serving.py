"""Serving: replicas read the published snapshots, and nothing else."""

from __future__ import annotations

from pipelines.snapshots.manifest import LAYOUT_VERSION
from tests.checked_mocks import Deployed

MEMBER = "gcp:storage/bucketIAMMember:BucketIAMMember"


def test_replicas_only_read_what_is_served(deployed: Deployed) -> None:
    (grant,) = [one.inputs for one in deployed.of(MEMBER) if "roadbed-serving@" in one.inputs["member"]]
    assert grant["bucket"].endswith("-serving")
    assert grant["role"] == "roles/storage.objectViewer"


def test_whoever_runs_an_image_may_pull_it(deployed: Deployed) -> None:
    grants = deployed.of("gcp:artifactregistry/repositoryIamMember:RepositoryIamMember")
    assert {grant.inputs["member"].split("@")[0] for grant in grants} == {
        "serviceAccount:roadbed-ingest",
        "serviceAccount:roadbed-serving-nodes",
    }


def test_replicas_listen_where_the_service_sends_to(deployed: Deployed) -> None:
    container = deployed.one("kubernetes:apps/v1:Deployment").inputs["spec"]["template"]["spec"]["containers"][0]
    arguments = dict(zip(container["args"][::2], container["args"][1::2], strict=True))
    (port,) = deployed.one("kubernetes:core/v1:Service").inputs["spec"]["ports"]
    assert arguments["--port"] == str(port["targetPort"]) == str(container["ports"][0]["containerPort"])
    assert arguments["--snapshots"].endswith(f"-serving/snapshots/v{LAYOUT_VERSION}")
