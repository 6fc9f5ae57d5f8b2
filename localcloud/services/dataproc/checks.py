"""What Dataproc refuses before anything runs. Every refusal is a 400 that names the place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import metadata

from google.cloud import dataproc_v1 as dataproc

from localcloud.services.common import GoogleError

IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,48}[A-Za-z0-9]")
JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
CLUSTER_NAME = re.compile(r"[a-z]([a-z0-9-]{0,49}[a-z0-9])?")
BATCH_ID = re.compile(r"[a-z0-9-]{4,63}")
# https://cloud.google.com/dataproc/docs/concepts/configuring-clusters/cluster-properties#file-prefixed_properties_table
PREFIXES = {
    *("capacity-scheduler", "core", "dataproc", "distcp", "flink", "flink-log4j", "hadoop-env", "hadoop-log4j"),
    *("hbase", "hbase-log4j", "hdfs", "hive", "hive-log4j2", "hudi", "iceberg", "mapred", "mapred-env"),
    *("pig", "pig-log4j", "presto", "presto-jvm", "spark", "spark-env", "spark-log4j", "tez", "trino"),
    *("trino-jvm", "yarn", "yarn-env", "zeppelin", "zookeeper", "zookeeper-log4j"),
}


def refuse(place: str, what: str) -> GoogleError:
    return GoogleError(400, f"{place}: {what}", "badRequest")


def check_identifier(place: str, value: str, pattern: re.Pattern[str] = IDENTIFIER) -> None:
    if not pattern.fullmatch(value):
        raise refuse(place, f"{value!r} must match {pattern.pattern}")


def check_policy(policy: dataproc.AutoscalingPolicy) -> None:
    """An autoscaling policy is a record here, but one that Dataproc would take."""
    check_identifier("policy.id", policy.id)
    workers = policy.worker_config
    if workers.max_instances < 2:
        raise refuse("policy.workerConfig.maxInstances", f"{workers.max_instances} must be 2 or more")
    if workers.min_instances > workers.max_instances:
        raise refuse("policy.workerConfig.minInstances", f"{workers.min_instances} is above maxInstances")
    yarn = policy.basic_algorithm.yarn_config
    for name in ("scale_up_factor", "scale_down_factor"):
        if not 0 <= getattr(yarn, name) <= 1:
            raise refuse(f"policy.basicAlgorithm.yarnConfig.{name}", f"{getattr(yarn, name)} must be 0.0 to 1.0")


def check_kind(place: str, job: dataproc.Job | dataproc.OrderedJob) -> None:
    """Only PySpark jobs run here; another kind is refused when it is declared, not when it should run."""
    kind = type(job).pb(job).WhichOneof("type_job" if isinstance(job, dataproc.Job) else "job_type")
    if kind is None:
        raise refuse(place, "the job has no type; set pysparkJob")
    if kind != "pyspark_job":
        raise refuse(f"{place}.{kind}", "this Dataproc runs pysparkJob only")
    if not job.pyspark_job.main_python_file_uri:
        raise refuse(f"{place}.pysparkJob.mainPythonFileUri", "is required")


def check_template(template: dataproc.WorkflowTemplate) -> None:
    """Steps, their order and their cluster, as far as they are there: gcloud adds them to a template one by one."""
    seen: set[str] = set()
    for index, step in enumerate(template.jobs):
        place = f"template.jobs[{index}]"
        check_identifier(f"{place}.stepId", step.step_id)
        if step.step_id in seen:
            raise refuse(f"{place}.stepId", f"{step.step_id!r} is there twice")
        seen.add(step.step_id)
        check_kind(place, step)
    for index, step in enumerate(template.jobs):
        for name in step.prerequisite_step_ids:
            if name not in seen:
                raise refuse(f"template.jobs[{index}].prerequisiteStepIds", f"there is no step {name!r}")
    in_order(template.jobs)
    placement = template.placement
    if "managed_cluster" in placement:
        place, cluster = "template.placement.managedCluster", placement.managed_cluster
        check_identifier(f"{place}.clusterName", cluster.cluster_name, CLUSTER_NAME)
        check_config(f"{place}.config", cluster.config)


def check_complete(template: dataproc.WorkflowTemplate) -> None:
    """What a template must have to be instantiated."""
    if not template.jobs:
        raise refuse("template.jobs", "a workflow needs at least one job")
    if "managed_cluster" not in template.placement and "cluster_selector" not in template.placement:
        raise refuse("template.placement", "set managedCluster or clusterSelector")


def in_order(steps: Iterable[dataproc.OrderedJob]) -> list[dataproc.OrderedJob]:
    """Steps such that each comes after its prerequisites, else in the order given; a 400 if they form a circle."""
    waiting, done, ordered = list(steps), set[str](), []
    while waiting:
        ready = next((step for step in waiting if done.issuperset(step.prerequisite_step_ids)), None)
        if ready is None:
            circle = ", ".join(step.step_id for step in waiting)
            raise refuse("template.jobs", f"steps wait for each other in a circle: {circle}")
        waiting.remove(ready)
        done.add(ready.step_id)
        ordered.append(ready)
    return ordered


def check_config(place: str, config: dataproc.ClusterConfig) -> None:
    """Properties must have a prefix that names a file of the image; packages asked for must be installed here."""
    for name, value in config.software_config.properties.items():
        at = f"{place}.softwareConfig.properties[{name!r}]"
        prefix, colon, key = name.partition(":")
        if not colon or not key or prefix not in PREFIXES:
            raise refuse(at, "must be PREFIX:NAME with a prefix such as spark, core, hdfs, dataproc")
        if name == "dataproc:pip.packages":
            check_packages(at, value)


def check_packages(place: str, packages: str) -> None:
    """`name==version,...`; jobs run in this service's own Python, so each must be there, in whatever version."""
    for requirement in filter(None, (one.strip() for one in packages.split(","))):
        name = re.split(r"[=<>!~\[ ]", requirement)[0]
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            raise refuse(place, f"the local cloud's Python has no {name}: pip install {requirement}") from None
