"""One Spark session for all tests of the jobs; with the Iceberg runtime if LOCALCLOUD_JARS holds it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

JARS_VARIABLE = "LOCALCLOUD_JARS"
"""The folder of the jars that Spark needs, as scripts/install makes it."""

CATALOG = "lake"


def iceberg_jars() -> list[Path]:
    """The Iceberg runtime, if it is installed."""
    folder = os.environ.get(JARS_VARIABLE)
    return sorted(Path(folder).glob("iceberg-spark-runtime-*.jar")) if folder else []


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator:
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
def lake(spark):
    """The session with empty tables in its catalogue `lake`; skipped where no Iceberg runtime is at hand."""
    if not iceberg_jars():
        pytest.skip(f"needs the Iceberg runtime in {JARS_VARIABLE}: run through scripts/test")
    from tests.pipelines.lake_tables import create_tables

    create_tables(spark)
    return spark
