"""Jobs: the Beam ingest template and the Spark workflow, each with an identity that reaches just what it uses."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import pulumi

from components.flex_template import FlexTemplate, FlexTemplateArgs
from components.job_identity import JobIdentity, JobIdentityArgs
from components.spark_runtime import SparkRuntime, SparkRuntimeArgs, SparkStep
from pipelines.ingest.template import TITLE, description, parameters
from stacks.import_closure import import_closure
from stacks.layers.environment import Environment
from stacks.layers.foundation import Foundation
from stacks.layers.lake import Lake
from stacks.stack_file import ROOT

CATALOG = "lake"
ICEBERG_EXTENSIONS = "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
RUN_ID = "RUN_ID"
MINING, PUBLISH = "pipelines/mining/main.py", "pipelines/publish/main.py"
DRIVE_LOGS = "drive_logs"


@dataclass(frozen=True, kw_only=True)
class Jobs:
    """The deployed jobs, and what a launch of the ingest template passes.

    ingest_image: for the launcher and the workers alike.  launcher: the identity that launches the template.
    """

    ingest: FlexTemplate
    ingest_image: pulumi.Output[str]
    launcher: JobIdentity
    ingest_identity: JobIdentity
    ingest_arguments: dict[str, pulumi.Output[str] | str]
    spark: SparkRuntime


def build_jobs(environment: Environment, foundation: Foundation, lake: Lake) -> Jobs:
    """Make the identities, the Flex Template and the Spark workflow."""
    launcher = JobIdentity(
        "launcher",
        JobIdentityArgs(
            account_id="roadbed-launcher",
            purpose="Launches the ingest template",
            bucket_roles={"scratch": (foundation.zones.scratch, "roles/storage.objectViewer")},
        ),
    )
    ingest_identity = identity_of_ingest(foundation, lake, launcher)
    foundation.images.allow_pull("ingest", ingest_identity.member)
    image = environment.image(foundation.images.url, "ingest")
    return Jobs(
        ingest=ingest_template(environment, foundation, image),
        ingest_image=image,
        launcher=launcher,
        ingest_identity=ingest_identity,
        ingest_arguments=ingest_arguments(environment, foundation, lake),
        spark=spark_runtime(environment, foundation, lake),
    )


def identity_of_ingest(foundation: Foundation, lake: Lake, launcher: JobIdentity) -> JobIdentity:
    zones = foundation.zones
    return JobIdentity(
        "ingest",
        JobIdentityArgs(
            account_id="roadbed-ingest",
            purpose="Reads landed drive logs, writes lake tables and quarantine",
            bucket_roles={
                "landing": (zones.landing, "roles/storage.objectViewer"),
                "curated": (zones.curated, "roles/storage.objectUser"),
                "quarantine": (zones.quarantine, "roles/storage.objectUser"),
                "scratch": (zones.scratch, "roles/storage.objectUser"),
            },
            catalog_roles={"catalog": (lake.lakehouse.catalog, "roles/biglake.editor")},
            impersonators={"launcher": launcher.member},
        ),
    )


def ingest_template(environment: Environment, foundation: Foundation, image: pulumi.Output[str]) -> FlexTemplate:
    return FlexTemplate(
        "ingest",
        FlexTemplateArgs(
            image=image,
            folder=foundation.zones.templates,
            title=TITLE,
            description=description(environment.contracts),
            parameters=parameters(environment.contracts),
        ),
    )


def ingest_arguments(
    environment: Environment, foundation: Foundation, lake: Lake
) -> dict[str, pulumi.Output[str] | str]:
    """Values of the template's parameters; a launch adds its run_id."""
    return {
        "input": foundation.zones.landing_of(DRIVE_LOGS),
        "quarantine": foundation.zones.quarantine_of(DRIVE_LOGS),
        "contracts": lake.contracts_uri,
        "catalog_uri": environment.settings.catalog.uri,
        "catalog_properties": json.dumps(environment.settings.catalog.beam_properties),
        "warehouse": lake.lakehouse.warehouse,
    }


def spark_runtime(environment: Environment, foundation: Foundation, lake: Lake) -> SparkRuntime:
    zones = foundation.zones
    identity = JobIdentity(
        "spark",
        JobIdentityArgs(
            account_id="roadbed-spark",
            purpose="Mines scenarios and publishes serving snapshots",
            bucket_roles={
                "curated": (zones.curated, "roles/storage.objectUser"),
                "serving": (zones.serving, "roles/storage.objectUser"),
                "scratch": (zones.scratch, "roles/storage.objectUser"),
            },
            catalog_roles={"catalog": (lake.lakehouse.catalog, "roles/biglake.editor")},
        ),
    )
    common = ("--catalog", CATALOG, "--run_id", RUN_ID)
    publish_arguments = [*common, "--contracts", lake.contracts_uri, "--output", zones.snapshots.uri]
    return SparkRuntime(
        "spark",
        SparkRuntimeArgs(
            region=environment.region,
            bucket=zones.scratch,
            code_folder=zones.code,
            code=pulumi.AssetArchive({**assets(import_closure(ROOT, (MINING, PUBLISH)))}),
            mains=assets((MINING, PUBLISH)),
            steps=[
                SparkStep(name="mining", main=MINING, arguments=common),
                SparkStep(name="publish", main=PUBLISH, arguments=publish_arguments, after=["mining"]),
            ],
            parameters=[RUN_ID],
            identity=identity.ready,
            subnetwork=environment.settings.network.subnetwork,
            properties=catalog_properties(environment, lake),
            labels=environment.labels.of("spark"),
            **environment.settings.spark,
        ),
    )


def assets(paths: Iterable[str]) -> dict[str, pulumi.Asset]:
    """Files of the repository, by path."""
    return {path: pulumi.FileAsset(str(ROOT / path)) for path in paths}


def catalog_properties(environment: Environment, lake: Lake) -> dict[str, pulumi.Input[str]]:
    """Cluster properties that give Spark the Iceberg catalogue under the name `lake`."""
    prefix = f"spark:spark.sql.catalog.{CATALOG}"
    extra = environment.settings.catalog.spark_properties
    return {
        "spark:spark.sql.extensions": ICEBERG_EXTENSIONS,
        prefix: "org.apache.iceberg.spark.SparkCatalog",
        f"{prefix}.type": "rest",
        f"{prefix}.uri": environment.settings.catalog.uri,
        f"{prefix}.warehouse": lake.lakehouse.warehouse,
        **{f"{prefix}.{key}": value for key, value in extra.items()},
    }
