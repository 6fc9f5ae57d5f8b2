"""What the programs' tests share: one Spark session, and services with Google's storage and catalogue APIs.

Spark has the Iceberg runtime if LOCALCLOUD_JARS holds it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from google.cloud import storage
    from pyspark.sql import SparkSession

    from localcloud.settings import LocalCloud

JARS_VARIABLE = "LOCALCLOUD_JARS"
"""The folder of the jars that Spark needs, as scripts/install makes it."""

CATALOG = "lake"


def iceberg_jars() -> list[Path]:
    """The Iceberg runtime, if it is installed."""
    folder = os.environ.get(JARS_VARIABLE)
    return sorted(Path(folder).glob("iceberg-spark-runtime-*.jar")) if folder else []


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """Spark on two cores; its catalogue `lake` keeps Iceberg tables in a temporary folder if the runtime is there."""
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    builder = (
        SparkSession.builder.master("local[2]")
        .appName("roadbed-tests")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
    )
    if iceberg_jars():
        builder = (
            builder.config("spark.jars", ",".join(str(jar) for jar in iceberg_jars()))
            .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
            .config(f"spark.sql.catalog.{CATALOG}", "org.apache.iceberg.spark.SparkCatalog")
            .config(f"spark.sql.catalog.{CATALOG}.type", "hadoop")
            .config(f"spark.sql.catalog.{CATALOG}.warehouse", (folder / "lake").as_uri())
            .config(f"spark.sql.catalog.{CATALOG}.cache-enabled", "false")
        )
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture
def lake(spark: SparkSession) -> SparkSession:
    """The session with empty tables in its catalogue `lake`; skipped where no Iceberg runtime is at hand."""
    if not iceberg_jars():
        pytest.skip(f"needs the Iceberg runtime in {JARS_VARIABLE}: run through scripts/test")
    from tests.pipelines.lake_tables import create_tables

    create_tables(spark)
    return spark


@pytest.fixture(scope="session")
def google_apis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A local cloud whose IAM, storage and Iceberg services run; with the owner's key file."""
    from localcloud.services.iam.accounts import ensure_owner
    from localcloud.settings import LocalCloud
    from tests.localcloud.services.processes import end, start
    from tests.ports import free_port_base

    cloud = LocalCloud(home=tmp_path_factory.mktemp("cloud"), port=free_port_base())
    ensure_owner(cloud)
    processes = [start(cloud, service) for service in ("iam", "storage", "iceberg")]
    yield cloud
    for process in reversed(processes):
        end(process)


@pytest.fixture
def job_environment(google_apis: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What a job's process sees; this process sees the same, so that its clients need nothing else."""
    from localcloud.settings import OWNER

    for name, value in google_apis.job_environment(OWNER).items():
        monkeypatch.setenv(name, value)
    return dict(os.environ)


@pytest.fixture
def storage_client(job_environment: dict[str, str]) -> storage.Client:
    """The owner's client of Cloud Storage."""
    from pipelines.storage import client

    return client()
