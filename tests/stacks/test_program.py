"""The whole program of every stack, with every input held against the SDK's types."""

from __future__ import annotations

import json
import runpy
from itertools import chain
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
import yaml

from pipelines.contracts import load_contracts
from policies.cost import rules as cost
from policies.security import rules as security
from stacks.layers.lake import resource_name
from tests.checked_mocks import Deployed, run_checked
from tests.paths import STACKS

BUCKET = "gcp:storage/bucket:Bucket"
MEMBER = "gcp:storage/bucketIAMMember:BucketIAMMember"


def configuration(stack: str) -> dict[str, Any]:
    config = yaml.safe_load((STACKS / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


@pytest.fixture(scope="module", params=sorted(path.name.split(".")[1] for path in STACKS.glob("Pulumi.*.yaml")))
def deployed(request: pytest.FixtureRequest) -> Deployed:
    pulumi.runtime.set_all_config(configuration(request.param))
    return run_checked(lambda: runpy.run_path(str(STACKS / "__main__.py"), run_name="__main__") and None)


def test_every_contract_table_is_an_iceberg_table_and_a_view(deployed: Deployed) -> None:
    declared = {(table.namespace, table.name) for table in load_contracts(STACKS / "datasets").tables}
    tables = {
        (table.inputs["namespace"], table.inputs["name"])
        for table in deployed.of("gcp:biglake/icebergTable:IcebergTable")
    }
    views = {(view.inputs["datasetId"], view.inputs["tableId"]) for view in deployed.of("gcp:bigquery/table:Table")}
    assert tables == declared
    assert views == declared


def test_every_job_has_an_identity_of_its_own_and_no_grant_is_wider_than_a_resource(deployed: Deployed) -> None:
    accounts = {r.inputs["accountId"] for r in deployed.of("gcp:serviceaccount/account:Account")}
    assert accounts == {
        "roadbed-ingest",
        "roadbed-launcher",
        "roadbed-spark",
        "roadbed-serving",
        "roadbed-serving-nodes",
    }
    assert not [r for r in deployed.resources if r.type.startswith("gcp:projects/iAM")]
    serving = [r.inputs for r in deployed.of(MEMBER) if "roadbed-serving@" in r.inputs["member"]]
    assert [grant["role"] for grant in serving] == ["roles/storage.objectViewer"]


def test_everything_billed_names_owner_and_payer(deployed: Deployed) -> None:
    for bucket in deployed.of(BUCKET):
        assert {"owner", "cost-center", "environment"} <= bucket.inputs["labels"].keys()


def test_no_policy_is_violated(deployed: Deployed) -> None:
    resources = [SimpleNamespace(resource_type=one.type, props=one.inputs) for one in deployed.resources]
    for rules in (cost, security):
        for name, rule in vars(rules).items():
            if name.startswith(("require_", "forbid_", "limit_")):
                of_stack = name == "require_budget"
                found = rule(SimpleNamespace(resources=resources)) if of_stack else chain(*map(rule, resources))
                assert list(found) == [], name


def test_whoever_runs_an_image_may_pull_it(deployed: Deployed) -> None:
    grants = deployed.of("gcp:artifactregistry/repositoryIamMember:RepositoryIamMember")
    assert {grant.inputs["member"].split("@")[0] for grant in grants} == {
        "serviceAccount:roadbed-ingest",
        "serviceAccount:roadbed-serving-nodes",
    }


def test_readers_of_one_name_in_two_places_are_two() -> None:
    assert resource_name("user:x@a.example") != resource_name("group:x@a.example")
    assert resource_name("user:x@a.example") != resource_name("user:x@b.example")
