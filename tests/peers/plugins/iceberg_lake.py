"""A pytest plugin: a catalogue of the local cloud, and a Spark that knows it, in the place of pyiceberg's containers.

The suite writes the addresses of its own containers into its files: a REST catalogue and an object store that speaks
S3's API, with everything below s3://warehouse. Here catalogues lead to the local cloud whatever address they are given,
and the suite's modules are read with gs:// in the place of s3://. Its own dev/provision.py makes the tables that some
tests read; the half of it that is for Hive is left out.

$CATALOG is the address of the catalogue's service, $STORAGE the object store's, $JARS the folder of Spark's jars.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any
from urllib.parse import quote

import google.auth
import pytest
from google.auth.transport.requests import AuthorizedSession
from pyiceberg.catalog.rest import RestCatalog
from pyspark.sql import SparkSession

BUCKET = f"peers-{os.getpid()}"  # one of a run that was cut off may be there still
WAREHOUSE = f"gs://{BUCKET}"
STORAGE = os.environ["STORAGE"]
CATALOG = os.environ["CATALOG"]
PROJECT = os.environ["GOOGLE_CLOUD_PROJECT"]
CATALOGS = f"{CATALOG}/extensions/projects/{PROJECT}/catalogs"
SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]
PROVISION = Path("dev/provision.py")
PROPERTIES = {
    "uri": CATALOG,
    "warehouse": WAREHOUSE,
    "auth": {"type": "google"},
    "supports_nested_namespaces": "false",  # which the suite itself asks before it makes some
}
SPARK = {
    "spark.driver.extraClassPath": f"{os.environ['JARS']}/*",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",  # which short work is quicker with
    "spark.sql.shuffle.partitions": "1",
    "spark.hadoop.fs.gs.impl": "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFileSystem",
    "spark.hadoop.fs.gs.storage.root.url": f"{STORAGE}/",
    "spark.hadoop.fs.gs.project.id": PROJECT,
    "spark.hadoop.fs.gs.auth.type": "SERVICE_ACCOUNT_JSON_KEYFILE",
    "spark.hadoop.fs.gs.auth.service.account.json.keyfile": os.environ["GOOGLE_APPLICATION_CREDENTIALS"],
    # As the suite's dev/spark/spark-defaults.conf has it.
    "spark.sql.ansi.enabled": "false",
    "spark.sql.defaultCatalog": "rest",
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.rest": "org.apache.iceberg.spark.SparkCatalog",
    "spark.sql.catalog.rest.type": "rest",
    "spark.sql.catalog.rest.uri": CATALOG,
    "spark.sql.catalog.rest.warehouse": WAREHOUSE,
    "spark.sql.catalog.rest.io-impl": "org.apache.iceberg.hadoop.HadoopFileIO",
    "spark.sql.catalog.rest.cache-enabled": "false",
}

_rest_catalog = RestCatalog.__init__
_remote = SparkSession.Builder.remote


def local(source: str) -> str:
    """A module of the suite with its files in the local cloud."""
    return source.replace("s3://warehouse", WAREHOUSE).replace("s3://", "gs://")


class LocalLoader(SourceFileLoader):
    """Reads a module of the suite as `local` has it, and keeps no bytecode of that."""

    def path_stats(self, path: Any) -> Any:
        raise OSError

    def source_to_code(self, data: Any, path: Any, **options: Any) -> CodeType:  # pyright: ignore[reportIncompatibleMethodOverride]
        return super().source_to_code(local(bytes(data).decode()).encode(), path, **options)


class LocalFinder(MetaPathFinder):
    """Finds the modules below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path)
        if spec is None or not isinstance(spec.loader, SourceFileLoader) or spec.origin is None:
            return None
        if not Path(spec.origin).is_relative_to(self.folder):
            return None
        spec.loader = LocalLoader(fullname, spec.origin)
        return spec


def _local_catalog(self: RestCatalog, name: str, **properties: Any) -> None:
    _rest_catalog(self, name, **properties | PROPERTIES)


def _local_spark(self: Any, url: str) -> Any:
    return _remote(self, "local[2]")


def spark_defaults(folder: Path) -> None:
    """Write Spark's configuration where the JVM that Spark starts reads it."""
    (folder / "spark-defaults.conf").write_text("".join(f"{key} {value}\n" for key, value in SPARK.items()))
    os.environ["SPARK_CONF_DIR"] = str(folder)


def provisioning(script: str) -> str:
    """The suite's script that makes tables, without its half for Hive."""
    return local(script).replace("catalogs.items()", '[("rest", catalogs["rest"])]')


def pytest_sessionstart() -> None:
    sys.meta_path.insert(0, LocalFinder(Path("tests").absolute()))
    RestCatalog.__init__ = _local_catalog
    SparkSession.Builder.remote = _local_spark
    lake = Lake()
    lake.create()


@pytest.fixture(scope="session", autouse=True)
def provisioned(tmp_path_factory: pytest.TempPathFactory) -> None:
    spark_defaults(tmp_path_factory.mktemp("spark"))
    exec(compile(provisioning(PROVISION.read_text()), PROVISION, "exec"), {"__name__": "provision"})


def pytest_sessionfinish() -> None:
    Lake().delete()


class Lake:
    """The bucket of the suite's files and the catalogue over it."""

    def __init__(self) -> None:
        credentials, _ = google.auth.default(scopes=SCOPES)
        self.session = AuthorizedSession(credentials)
        self.bucket = f"{STORAGE}/storage/v1/b/{BUCKET}"

    def call(self, method: str, address: str, body: Any = None, **parameters: str) -> Any:
        answer = self.session.request(method, address, json=body, params=parameters)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def create(self) -> None:
        self.call("POST", f"{STORAGE}/storage/v1/b", {"name": BUCKET}, project=PROJECT)
        kind = {"catalog-type": "CATALOG_TYPE_GCS_BUCKET"}
        self.call("POST", CATALOGS, kind, **{"iceberg-catalog-id": BUCKET})

    def delete(self) -> None:
        catalog = RestCatalog("peers")
        for namespace in catalog.list_namespaces():
            for table in catalog.list_tables(namespace):
                catalog.drop_table(table)
            catalog.drop_namespace(namespace)
        self.call("DELETE", f"{CATALOGS}/{BUCKET}")
        while found := self.call("GET", f"{self.bucket}/o", fields="items/name").get("items"):
            for item in found:
                self.call("DELETE", f"{self.bucket}/o/{quote(item['name'], safe='')}")
        self.call("DELETE", self.bucket)
