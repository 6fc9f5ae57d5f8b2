"""The Spark settings of a cluster: what the image brings, what the cluster's properties say, what this machine needs.

Later ones win. In the cloud the first and last come from Dataproc's image and machine types; here they come from this
file, so that a cluster's declaration needs nothing that is only for this place.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from google.cloud import dataproc_v1 as dataproc

from localcloud.settings import OWNER, LocalCloud
from localcloud.spark.jars import JARS, jars_folder

MAX_CORES = 2
MEMORY_VARIABLE = "LOCALCLOUD_SPARK_MEMORY"
DEFAULT_MEMORY = "1g"

# Hadoop's own files: their properties reach it through Spark's conf.
HADOOP_PREFIXES = ("core", "hdfs", "mapred", "yarn", "hive")

# What the JVM takes when it starts; everything else can differ from one job to the next.
LAUNCH_KEYS = (
    *("spark.driver.memory", "spark.driver.extraJavaOptions", "spark.driver.defaultJavaOptions"),
    *("spark.driver.extraClassPath", "spark.driver.extraLibraryPath", "spark.jars", "spark.jars.packages"),
)

IMAGE_DEFAULTS = {
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.session.timeZone": "UTC",
    "spark.hadoop.fs.gs.impl": "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFileSystem",
    "spark.hadoop.fs.AbstractFileSystem.gs.impl": "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFS",
    "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
}

# Serial: the least memory and the fastest start for a heap this small; no shared performance file in /tmp. The first
# compiler only: jobs on one machine are short, and a cold one takes half the time (a long one may take twice).
JAVA_OPTIONS = "-XX:+UseSerialGC -XX:-UsePerfData -XX:TieredStopAtLevel=1"


def identity_of(config: dataproc.ClusterConfig) -> str:
    """The service account a cluster's jobs run as; the owner stands for the project's default one."""
    return config.gce_cluster_config.service_account or OWNER


def cluster_conf(properties: Mapping[str, str]) -> dict[str, str]:
    """Spark's conf from a cluster's prefixed properties; those of programs that don't run here do nothing."""
    conf = {}
    for name, value in properties.items():
        prefix, _, key = name.partition(":")
        if prefix == "spark":
            conf[key] = value
        elif prefix in HADOOP_PREFIXES:
            conf[f"spark.hadoop.{key}"] = value
    return conf


def cluster_variables(properties: Mapping[str, str]) -> dict[str, str]:
    """Environment variables of the driver: a cluster's `spark-env:` properties."""
    return {name.removeprefix("spark-env:"): value for name, value in properties.items() if name[:10] == "spark-env:"}


def complete_conf(cloud: LocalCloud, identity: str, declared: Mapping[str, str]) -> dict[str, str]:
    """The conf of a driver on this machine, but for the places that are one driver's own."""
    folder = jars_folder(cloud)
    jars = os.pathsep.join(str(folder / jar.file_name) for jar in JARS)
    declared_path = declared.get("spark.driver.extraClassPath")
    declared_options = declared.get("spark.driver.extraJavaOptions", "")
    machine = {
        "spark.master": f"local[{min(MAX_CORES, os.cpu_count() or 1)}]",
        "spark.submit.deployMode": "client",
        "spark.driver.memory": os.environ.get(MEMORY_VARIABLE, DEFAULT_MEMORY),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraClassPath": os.pathsep.join(filter(None, [declared_path, jars])),
        "spark.driver.extraJavaOptions": f"{declared_options} {JAVA_OPTIONS}".strip(),
        "spark.dynamicAllocation.enabled": "false",
        "spark.eventLog.enabled": "false",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.hadoop.fs.gs.storage.root.url": cloud.url("storage") + "/",
        "spark.hadoop.fs.gs.project.id": cloud.project_of(identity),
        "spark.hadoop.fs.gs.auth.type": "SERVICE_ACCOUNT_JSON_KEYFILE",
        "spark.hadoop.fs.gs.auth.service.account.json.keyfile": str(cloud.credentials(identity)),
    }
    return {**IMAGE_DEFAULTS, **declared, **machine}
