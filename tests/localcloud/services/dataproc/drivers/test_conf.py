"""Spark's settings: image, cluster, machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.cloud import dataproc_v1 as dataproc

from localcloud.services.dataproc.drivers.conf import cluster_conf, cluster_variables, complete_conf, identity_of
from localcloud.settings import OWNER, LocalCloud


def test_a_clusters_properties_reach_spark_hadoop_and_the_environment() -> None:
    """Source: https://cloud.google.com/dataproc/docs/concepts/configuring-clusters/cluster-properties"""
    properties = {
        "spark:spark.executor.cores": "2",
        "core:fs.gs.block.size": "1024",
        "hdfs:dfs.replication": "1",
        "spark-env:LEVEL": "7",
        "dataproc:pip.packages": "pyarrow==1.0",
        "zeppelin:port": "1",
    }
    assert cluster_conf(properties) == {
        "spark.executor.cores": "2",
        "spark.hadoop.fs.gs.block.size": "1024",
        "spark.hadoop.dfs.replication": "1",
    }
    assert cluster_variables(properties) == {"LEVEL": "7"}


def test_what_is_declared_wins_over_the_image_and_the_machine_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCALCLOUD_SPARK_MEMORY", "600m")
    monkeypatch.setenv("LOCALCLOUD_JARS", "/jars")
    cloud = LocalCloud(tmp_path, port=15000)
    declared = {
        "spark.sql.shuffle.partitions": "200",
        "spark.driver.memory": "64g",
        "spark.driver.extraClassPath": "/own.jar",
        "spark.driver.extraJavaOptions": "-Dx=y",
    }
    conf = complete_conf(cloud, "a@b", declared)
    assert conf["spark.sql.shuffle.partitions"] == "200"
    assert conf["spark.sql.session.timeZone"] == "UTC"
    assert conf["spark.driver.memory"] == "600m"
    own, *jars = conf["spark.driver.extraClassPath"].split(":")
    assert (own, {Path(jar).parent for jar in jars}) == ("/own.jar", {Path("/jars")})
    assert conf["spark.driver.extraJavaOptions"].startswith("-Dx=y -XX:")
    assert conf["spark.hadoop.fs.gs.storage.root.url"] == "http://127.0.0.1:15000/"


def test_the_owner_stands_for_the_default_service_account() -> None:
    assert identity_of(dataproc.ClusterConfig()) == OWNER
    config = dataproc.ClusterConfig({"gce_cluster_config": {"service_account": "a@b"}})
    assert identity_of(config) == "a@b"
