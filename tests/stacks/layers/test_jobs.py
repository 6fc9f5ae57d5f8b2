"""Jobs: an identity each with narrow grants, and no more code than the jobs import."""

from __future__ import annotations

from stacks.import_closure import import_closure
from stacks.layers.jobs import MINING, PUBLISH
from stacks.stack_file import ROOT
from tests.checked_mocks import Deployed

MEMBER = "gcp:storage/bucketIAMMember:BucketIAMMember"


def test_every_job_has_an_identity_of_its_own_and_no_grant_is_wider_than_a_resource(deployed: Deployed) -> None:
    accounts = {one.inputs["accountId"] for one in deployed.of("gcp:serviceaccount/account:Account")}
    assert accounts == {
        "roadbed-ingest",
        "roadbed-launcher",
        "roadbed-spark",
        "roadbed-serving",
        "roadbed-serving-nodes",
    }
    assert not [one for one in deployed.resources if one.type.startswith("gcp:projects/iAM")]


def test_the_workflow_mines_before_it_publishes(deployed: Deployed) -> None:
    mining, publish = deployed.one("gcp:dataproc/workflowTemplate:WorkflowTemplate").inputs["jobs"]
    assert mining["pysparkJob"]["mainPythonFileUri"].endswith("-scratch/code/pipelines/mining/main.py")
    assert publish["prerequisiteStepIds"] == ["mining"]
    arguments = publish["pysparkJob"]["args"]
    given = dict(zip(arguments[::2], arguments[1::2], strict=True))
    assert given["--output"].endswith("-serving/snapshots/v3")
    assert given["--contracts"].endswith("-scratch/contracts/contracts.json")


def test_spark_reads_the_contracts_and_writes_what_is_served(deployed: Deployed) -> None:
    grants = [one.inputs for one in deployed.of(MEMBER) if "roadbed-spark@" in one.inputs["member"]]
    roles = {grant["bucket"].rpartition("-")[2]: grant["role"] for grant in grants}
    assert roles == dict.fromkeys(("curated", "serving", "scratch"), "roles/storage.objectUser")


def test_the_jobs_code_is_what_they_import_and_no_more() -> None:
    code = import_closure(ROOT, (MINING, PUBLISH))
    assert {MINING, PUBLISH, "pipelines/__init__.py", "pipelines/mining/scenarios/hard_brake.sql"} <= set(code)
    assert all(path.startswith("pipelines/") for path in code)
    others = ("pipelines/ingest", "pipelines/serving", "pipelines/sources")
    assert not [path for path in code if path.startswith(others)]
