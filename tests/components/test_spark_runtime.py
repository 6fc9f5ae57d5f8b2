"""SparkRuntime: staged code, bounded clusters, jobs in order."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.folder import Folder
from components.spark_runtime import SparkRuntime, SparkRuntimeArgs, SparkStep
from tests.checked_mocks import Deploy

MAINS = {"a.py": pulumi.StringAsset("a"), "b.py": pulumi.StringAsset("b")}
STEPS = [
    SparkStep(name="first", main="a.py"),
    SparkStep(name="second", main="b.py", arguments=["--x"], after=["first"]),
]


def arguments(**changes: Any) -> SparkRuntimeArgs:
    known: dict[str, Any] = {
        "region": "us-central1",
        "bucket": "scratch",
        "code_folder": Folder("scratch", "code"),
        "code": pulumi.AssetArchive({"pipelines/__init__.py": pulumi.StringAsset("")}),
        "mains": MAINS,
        "steps": STEPS,
        "identity": "spark@x.iam.gserviceaccount.com",
        "properties": {"spark:spark.sql.catalog.lake.type": "rest"},
    }
    return SparkRuntimeArgs(**{**known, **changes})


def test_the_workflow_runs_its_jobs_in_order_as_its_identity(deploy: Deploy) -> None:
    deployed = deploy(lambda: SparkRuntime("spark", arguments()))
    workflow = deployed.one("gcp:dataproc/workflowTemplate:WorkflowTemplate").inputs
    first, second = workflow["jobs"]
    assert first["pysparkJob"]["mainPythonFileUri"] == "gs://scratch/code/a.py"
    assert second["prerequisiteStepIds"] == ["first"]
    assert second["pysparkJob"]["args"] == ["--x"]
    config = workflow["placement"]["managedCluster"]["config"]
    assert config["gceClusterConfig"]["serviceAccount"] == "spark@x.iam.gserviceaccount.com"
    assert config["gceClusterConfig"]["internalIpOnly"] is True
    assert config["autoscalingConfig"]["policy"] == "policies/spark-autoscaling"
    assert config["lifecycleConfig"]["idleDeleteTtl"] == "900s"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"minimum_workers": 5, "maximum_workers": 2}, "workers: the minimum 5"),
        ({"maximum_spot_workers": -1}, "maximum_spot_workers must be 0 or more"),
        ({"minimum_workers": 1}, "minimum_workers must be at least 2"),
        ({"steps": [SparkStep(name="x", main="a.py", after=["gone"])]}, r"step x waits for \['gone'\]"),
        ({"steps": [SparkStep(name="x", main="c.py")]}, "c.py is not among the main files"),
    ],
)
def test_refusals_say_what_to_change(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(pulumi.RunError, match=message):
        arguments(**changes)
