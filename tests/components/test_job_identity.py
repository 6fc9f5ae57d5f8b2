"""JobIdentity: one account, grants on resources, never a basic role."""

from __future__ import annotations

import pulumi
import pytest

from components.job_identity import JobIdentity, JobIdentityArgs
from tests.checked_mocks import Deploy

EMAIL = "ingest-job@test-project.iam.gserviceaccount.com"


def test_grants_are_on_the_named_resources(deploy: Deploy) -> None:
    args = JobIdentityArgs(
        account_id="ingest-job",
        bucket_roles={"landing": ("fleet-landing", "roles/storage.objectViewer")},
        catalog_roles={"catalog": ("fleet-curated", "roles/biglake.editor")},
        impersonators={"launcher": "serviceAccount:launcher@x.iam.gserviceaccount.com"},
        workload_identity=["test-project.svc.id.goog[serving/serving]"],
    )
    deployed = deploy(lambda: JobIdentity("ingest", args))
    bucket = deployed.one("gcp:storage/bucketIAMMember:BucketIAMMember").inputs
    assert bucket == {
        "bucket": "fleet-landing",
        "role": "roles/storage.objectViewer",
        "member": f"serviceAccount:{EMAIL}",
    }
    catalog = deployed.one("gcp:biglake/icebergCatalogIamMember:IcebergCatalogIamMember").inputs
    assert catalog == {"name": "fleet-curated", "role": "roles/biglake.editor", "member": f"serviceAccount:{EMAIL}"}
    members = {r.inputs["role"]: r.inputs["member"] for r in deployed.of("gcp:serviceaccount/iAMMember:IAMMember")}
    assert members == {
        "roles/iam.serviceAccountUser": "serviceAccount:launcher@x.iam.gserviceaccount.com",
        "roles/iam.workloadIdentityUser": "serviceAccount:test-project.svc.id.goog[serving/serving]",
    }


def test_a_basic_role_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match="not a basic one"):
        JobIdentityArgs(account_id="ingest-job", bucket_roles={"all": ("bucket", "roles/editor")})


@pytest.mark.parametrize("account_id", ["short", "x" * 31])
def test_an_account_id_that_google_refuses_is_refused_first(account_id: str) -> None:
    with pytest.raises(pulumi.RunError, match="6 to 30 characters"):
        JobIdentityArgs(account_id=account_id)
