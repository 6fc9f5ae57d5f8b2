"""pyiceberg's suite led to the local cloud: its modules, its catalogues, its Spark, and the lake it works in."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.schema import Schema
from pyspark.sql import SparkSession

from localcloud.services.iam.accounts import ensure_owner
from localcloud.settings import OWNER, LocalCloud
from tests.localcloud.services.processes import running
from tests.peers.plugins.conftest import Load
from tests.ports import free_port_base

MODULE = """
files = [f"s3://warehouse/default/v{n}.parquet" for n in (1, 2)]
other = "s3://bucket/stats.puffin"
"""
PROVISION = """
catalogs = {"rest": "here", "hive": "nowhere"}
made = []
for name, catalog in catalogs.items():
    made.append((name, catalog, "s3://warehouse/x"))
"""


@pytest.fixture
def plugin(load: Load) -> ModuleType:
    addresses = {"STORAGE": "http://storage", "CATALOG": "http://catalog", "JARS": "/jars"}
    return load("iceberg_lake", **addresses, GOOGLE_CLOUD_PROJECT="p", GOOGLE_APPLICATION_CREDENTIALS="/key")


def test_modules_of_the_suite_are_read_with_local_files(
    plugin: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("suite", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"module_of_{folder}.py").write_text(MODULE)
        monkeypatch.syspath_prepend(tmp_path / folder)
    monkeypatch.setattr(sys, "meta_path", [plugin.LocalFinder(tmp_path / "suite"), *sys.meta_path])
    inside = importlib.import_module("module_of_suite")
    assert inside.files == [f"gs://{plugin.BUCKET}/default/v1.parquet", f"gs://{plugin.BUCKET}/default/v2.parquet"]
    assert inside.other == "gs://bucket/stats.puffin"
    assert not list((tmp_path / "suite").rglob("*.pyc"))
    assert importlib.import_module("module_of_other").other == "s3://bucket/stats.puffin"


def test_tables_are_made_without_hives(plugin: ModuleType) -> None:
    names: dict[str, Any] = {}
    exec(plugin.provisioning(PROVISION), names)
    assert names["made"] == [("rest", "here", f"gs://{plugin.BUCKET}/x")]


def test_sparks_configuration(plugin: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_CONF_DIR", "elsewhere")  # put back after the test
    plugin.spark_defaults(tmp_path)
    assert plugin.os.environ["SPARK_CONF_DIR"] == str(tmp_path)
    lines = (tmp_path / "spark-defaults.conf").read_text().splitlines()
    assert "spark.sql.catalog.rest.uri http://catalog" in lines
    assert f"spark.sql.catalog.rest.warehouse gs://{plugin.BUCKET}" in lines
    assert "spark.hadoop.fs.gs.storage.root.url http://storage/" in lines


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[LocalCloud]:
    made = LocalCloud(tmp_path, free_port_base())
    ensure_owner(made)
    with running(made, "iam"), running(made, "storage"), running(made, "iceberg"):
        yield made


def test_a_lake_for_as_long_as_the_suite_runs(load: Load, cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for patched in ((sys, "meta_path"), (RestCatalog, "__init__"), (SparkSession.Builder, "remote")):
        monkeypatch.setattr(*patched, getattr(*patched))  # put back after the test
    plugin = load(
        "iceberg_lake",
        STORAGE=cloud.url("storage"),
        CATALOG=f"{cloud.url('iceberg')}/iceberg/v1/restcatalog",
        JARS="/jars",
        GOOGLE_CLOUD_PROJECT=cloud.project,
        GOOGLE_APPLICATION_CREDENTIALS=str(cloud.credentials(OWNER)),
    )
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    plugin.pytest_sessionstart()
    catalog = RestCatalog("rest", uri="http://localhost:8181", **{"s3.endpoint": "http://localhost:9000"})
    catalog.create_namespace("default")
    table = catalog.create_table("default.table", Schema())
    assert table.location() == f"gs://{plugin.BUCKET}/default/table"
    lake = plugin.Lake()
    assert lake.call("GET", f"{lake.bucket}/o")["items"]
    plugin.pytest_sessionfinish()
    assert not lake.call("GET", f"{plugin.STORAGE}/storage/v1/b", project=cloud.project).get("items")
    assert lake.call("GET", plugin.CATALOGS)["iceberg-catalogs"] == []
