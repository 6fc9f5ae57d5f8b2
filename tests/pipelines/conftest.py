"""One Spark session for all tests of the jobs; with the Iceberg runtime if ROADBED_SPARK_JARS names it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

JARS_VARIABLE = "ROADBED_SPARK_JARS"
"""Jars or folders of jars, separated by commas or colons; among them iceberg-spark-runtime."""

CATALOG = "lake"


def spark_jars() -> list[Path]:
    """The jars that the environment names."""
    places = os.environ.get(JARS_VARIABLE, "").replace(":", ",").split(",")
    paths = [Path(place) for place in places if place]
    return [jar for path in paths for jar in (sorted(path.glob("*.jar")) if path.is_dir() else [path])]


def iceberg_jars() -> list[Path]:
    """The Iceberg runtime among them."""
    return [jar for jar in spark_jars() if jar.name.startswith("iceberg-spark-runtime") and jar.is_file()]


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
        pytest.skip(f"needs the Iceberg runtime: name its jar in {JARS_VARIABLE}")
    from tests.pipelines.lake_tables import create_tables

    create_tables(spark)
    return spark
