"""Dataproc as the tests meet it: with real Spark beside IAM and storage, with drivers without Spark, and in parts."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from localcloud.services.dataproc.drivers.staging import StagingBucket
from localcloud.services.iam.accounts import Accounts, ensure_owner
from localcloud.settings import LocalCloud
from localcloud.spark import jars
from localcloud.spark.java import find_java
from tests.localcloud.services.buckets import Buckets
from tests.localcloud.services.dataproc.clients import Dataproc
from tests.localcloud.services.dataproc.parts import Parts, parts_of
from tests.localcloud.services.dataproc.programs import NO_SPARK, PROGRAMS, helpers
from tests.localcloud.services.processes import running
from tests.paths import REPOSITORY
from tests.ports import free_port_base

_numbers = itertools.count()

NewCluster = Callable[..., str]


@pytest.fixture(scope="session")
def jars_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Spark's jars: those of LOCALCLOUD_JARS, else of the repository's own local cloud; downloaded if missing."""
    folder = Path(os.environ.get(jars.FOLDER_VARIABLE, REPOSITORY / ".localcloud" / "jars"))
    jars.fetch(folder, find_java(LocalCloud(tmp_path_factory.mktemp("java"))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(jars.FOLDER_VARIABLE, str(folder))
        yield folder


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    """The service's parts in this process, with stand-ins for drivers; no output leaves this machine."""
    monkeypatch.setattr(StagingBucket, "put", lambda *_: None)
    cloud = LocalCloud(tmp_path / "home", project="a-project")
    ensure_owner(cloud)
    program = tmp_path / "main.py"
    program.write_text("")
    return parts_of(cloud, program)


@pytest.fixture(scope="session")
def programs_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs as files, and below `no-spark` a package that stands in for pyspark."""
    folder = tmp_path_factory.mktemp("programs")
    files = {f"{name}.py": text for name, text in PROGRAMS.items()}
    files |= {f"no-spark/pyspark/{name}": text for name, text in NO_SPARK.items()}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="session")
def service(jars_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataproc]:
    """A Dataproc service for declarations, and for jobs that need a driver but no Spark."""
    cloud = LocalCloud(home=tmp_path_factory.mktemp("dataproc"), port=free_port_base())
    ensure_owner(cloud)
    with running(cloud, "iam"), running(cloud, "storage"), running(cloud, "dataproc") as process:
        yield Dataproc(cloud, process)


@pytest.fixture(scope="session")
def no_spark(programs_folder: Path) -> dict[str, Any]:
    """A cluster's settings with which its drivers have the stand-in for Spark: they start at once."""
    return {"software_config": {"properties": {"spark-env:PYTHONPATH": str(programs_folder / "no-spark")}}}


@pytest.fixture
def cluster(service: Dataproc, no_spark: dict[str, Any]) -> Iterator[str]:
    """A cluster of `service` whose drivers have no Spark, with its name as the label pool; its name."""
    name = f"light-{next(_numbers)}"
    yield service.create_cluster(name, no_spark, pool=name)
    service.delete_cluster(name)


@pytest.fixture(scope="session")
def spark(jars_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataproc]:
    """A Dataproc service with real Spark, beside IAM and storage.

    Clusters of equal settings share one JVM as long as each is deleted before the next needs it.
    """
    cloud = LocalCloud(home=tmp_path_factory.mktemp("spark"), port=free_port_base())
    ensure_owner(cloud)
    with running(cloud, "iam"), running(cloud, "storage"), running(cloud, "dataproc") as process:
        yield Dataproc(cloud, process)


@pytest.fixture(scope="session")
def job_identity(spark: Dataproc) -> str:
    """A service account for jobs."""
    return Accounts(spark.cloud).create(spark.cloud.project, "mining-job", {})["email"]


@pytest.fixture(scope="session")
def code(spark: Dataproc, job_identity: str) -> Buckets:
    """Buckets: code (may be read), data and staging (may be written), foreign (may not be touched)."""
    buckets = Buckets(spark.cloud)
    buckets.create("code", objectViewer=job_identity)
    buckets.create("data", objectAdmin=job_identity)
    buckets.create("staging", objectAdmin=job_identity)
    buckets.create("foreign")
    for name, text in PROGRAMS.items():
        buckets.write(f"gs://code/{name}.py", text)
    buckets.write("gs://code/one/helpers.zip", helpers(10))
    buckets.write("gs://code/two/helpers.zip", helpers(20))
    buckets.write("gs://foreign/secret.txt", "secret\n")
    return buckets


@pytest.fixture(scope="session")
def config(job_identity: str, code: Buckets) -> dict[str, Any]:
    """A cluster's settings: jobs run as the identity, their output goes to gs://staging."""
    properties = {"spark:spark.sql.shuffle.partitions": "3", "dataproc:pip.packages": "pyarrow==1.0"}
    return {
        "config_bucket": "staging",
        "gce_cluster_config": {"service_account": job_identity},
        "software_config": {"properties": properties},
    }


@pytest.fixture
def new_cluster(spark: Dataproc, config: dict[str, Any]) -> Iterator[NewCluster]:
    """Make a cluster with real Spark, of the usual settings but for those given; its name. Deleted with the test."""
    made: list[str] = []

    def make(**changes: Any) -> str:
        made.append(spark.create_cluster(f"spark-{next(_numbers)}", {**config, **changes}))
        return made[-1]

    yield make
    for name in set(made) & spark.cluster_names():
        spark.delete_cluster(name)


@pytest.fixture(scope="session")
def values(code: Buckets) -> str:
    """The address of a Parquet file of the values 10, 11, 12."""
    content = pa.BufferOutputStream()
    pq.write_table(pa.table({"value": pa.array([10, 11, 12], pa.int32())}), content)
    return code.write("gs://data/given/values.parquet", content.getvalue().to_pybytes())
