"""Spark jobs on Dataproc: staged code, an autoscaling policy, and a workflow template that runs the jobs in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_gcp as gcp
from typing_extensions import TypedDict

from components.folder import Folder
from components.validation import check, check_range


class SparkRuntimeSettings(TypedDict, total=False):
    """What an environment may set; the defaults are those of SparkRuntimeArgs."""

    machine_type: str
    minimum_workers: int
    maximum_workers: int
    maximum_spot_workers: int


@dataclass(frozen=True, kw_only=True)
class SparkStep:
    """One PySpark job of the workflow.

    name: step id.  main: path of its main file below the code folder.  after: steps that must be done first.
    arguments: its command line; one that is the name of a workflow parameter stands for the parameter's value.
    """

    name: str
    main: str
    arguments: Sequence[pulumi.Input[str]] = ()
    after: Sequence[str] = ()


@dataclass(kw_only=True)
class SparkRuntimeArgs:
    """Arguments of SparkRuntime.

    region: where the clusters run.
    bucket: where driver output and temporary files are kept.
    code_folder: where code is staged.
    code: an archive of the Python packages that the jobs import.
    mains: by path in the code folder, the main files.
    steps: the jobs of the workflow.
    parameters: names of what every instantiation of the workflow gives, in capital letters.
    identity: e-mail of the service account that the jobs run as.
    subnetwork: the private subnetwork of the machines.
    image_version: Dataproc image; 3.0 is the line with Spark 4.0.
    machine_type: of the master and the workers.
    minimum_workers, maximum_workers: bounds of the autoscaling policy; spot workers come on top.
    maximum_spot_workers: secondary workers, preemptible, for shuffle-free work.
    properties: cluster properties, such as `spark:spark.sql.catalog.lake`.
    idle_minutes: minutes after which a cluster that lost its workflow deletes itself.
    labels: labels of clusters and jobs.
    """

    region: pulumi.Input[str]
    bucket: pulumi.Input[str]
    code_folder: Folder
    code: pulumi.Archive
    mains: Mapping[str, pulumi.Asset]
    steps: Sequence[SparkStep]
    identity: pulumi.Input[str]
    parameters: Sequence[str] = ()
    subnetwork: pulumi.Input[str] | None = None
    image_version: pulumi.Input[str] = "3.0-debian12"
    machine_type: pulumi.Input[str] = "n2-standard-4"
    minimum_workers: pulumi.Input[int] = 2
    maximum_workers: pulumi.Input[int] = 10
    maximum_spot_workers: pulumi.Input[int] = 20
    properties: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    idle_minutes: pulumi.Input[int] = 15
    labels: Mapping[str, pulumi.Input[str]] | None = None

    def __post_init__(self) -> None:
        check_range(self.minimum_workers, self.maximum_workers, "workers")
        self.minimum_workers = check(
            self.minimum_workers, lambda count: count >= 2, "minimum_workers must be at least 2, as Dataproc asks"
        )
        self.maximum_spot_workers = check(
            self.maximum_spot_workers, lambda count: count >= 0, "maximum_spot_workers must be 0 or more"
        )
        names = [step.name for step in self.steps]
        for step in self.steps:
            missing = [other for other in step.after if other not in names]
            if missing:
                raise pulumi.RunError(
                    f"step {step.name} waits for {missing}, which the workflow does not have: {names}"
                )
            if step.main not in self.mains:
                raise pulumi.RunError(f"step {step.name}: {step.main} is not among the main files {sorted(self.mains)}")


class SparkRuntime(pulumi.ComponentResource):
    """An autoscaling policy and a workflow template whose cluster lives as long as its jobs.

    Outputs: workflow_template, its id in the region; code_uri, the staged archive.
    """

    workflow_template: pulumi.Output[str]
    code_uri: pulumi.Output[str]

    def __init__(self, name: str, args: SparkRuntimeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("roadbed:dataproc:SparkRuntime", name, None, opts)
        self._name, self._args, self._child = name, args, pulumi.ResourceOptions(parent=self)
        self.code_uri = self._staged(f"{name}-code", "pipelines.zip", args.code)
        mains = {
            path: self._staged(f"{name}-{path.replace('/', '-').removesuffix('.py')}", path, asset)
            for path, asset in args.mains.items()
        }
        policy = self._autoscaling_policy()
        template = gcp.dataproc.WorkflowTemplate(
            f"{name}-workflow",
            name=f"{name}-workflow",
            location=args.region,
            placement={"managed_cluster": self._managed_cluster(policy)},
            jobs=[self._job(step, mains[step.main]) for step in args.steps],
            parameters=[{"name": name, "fields": fields_of(name, args.steps)} for name in args.parameters],
            labels=args.labels,
            opts=self._child,
        )
        self.workflow_template = template.name
        self.register_outputs({"workflow_template": self.workflow_template, "code_uri": self.code_uri})

    def _staged(self, name: str, path: str, source: pulumi.Asset | pulumi.Archive) -> pulumi.Output[str]:
        folder = self._args.code_folder
        staged = gcp.storage.BucketObject(
            name, name=folder.name(path), bucket=folder.bucket, source=source, opts=self._child
        )
        return pulumi.Output.concat("gs://", staged.bucket, "/", staged.name)

    def _autoscaling_policy(self) -> gcp.dataproc.AutoscalingPolicy:
        args = self._args
        return gcp.dataproc.AutoscalingPolicy(
            f"{self._name}-autoscaling",
            policy_id=f"{self._name}-autoscaling",
            location=args.region,
            basic_algorithm={
                "cooldown_period": "120s",
                "yarn_config": {
                    "graceful_decommission_timeout": "600s",
                    "scale_up_factor": 0.5,
                    "scale_down_factor": 1.0,
                },
            },
            worker_config={"min_instances": args.minimum_workers, "max_instances": args.maximum_workers},
            secondary_worker_config={"min_instances": 0, "max_instances": args.maximum_spot_workers},
            opts=self._child,
        )

    def _managed_cluster(self, policy: gcp.dataproc.AutoscalingPolicy) -> Any:
        args = self._args
        machines = {"machine_type": args.machine_type, "disk_config": {"boot_disk_size_gb": 100}}
        return {
            "cluster_name": self._name,
            "labels": args.labels,
            "config": {
                "staging_bucket": args.bucket,
                "temp_bucket": args.bucket,
                "autoscaling_config": {"policy": policy.name},
                "gce_cluster_config": {
                    "service_account": args.identity,
                    "service_account_scopes": ["https://www.googleapis.com/auth/cloud-platform"],
                    "internal_ip_only": True,
                    "subnetwork": args.subnetwork,
                    "shielded_instance_config": {"enable_secure_boot": True},
                },
                "master_config": {"num_instances": 1, **machines},
                "worker_config": {"num_instances": args.minimum_workers, **machines},
                "secondary_worker_config": {"num_instances": 0, "preemptibility": "SPOT"},
                "software_config": {
                    "image_version": args.image_version,
                    "optional_components": ["ICEBERG"],
                    "properties": dict(args.properties),
                },
                "lifecycle_config": {
                    "idle_delete_ttl": pulumi.Output.from_input(args.idle_minutes).apply(lambda m: f"{m * 60}s")
                },
            },
        }

    def _job(self, step: SparkStep, main_uri: pulumi.Input[str]) -> Any:
        return {
            "step_id": step.name,
            "prerequisite_step_ids": list(step.after) or None,
            "labels": self._args.labels,
            "pyspark_job": {
                "main_python_file_uri": main_uri,
                "python_file_uris": [self.code_uri],
                "args": list(step.arguments),
            },
        }


def fields_of(parameter: str, steps: Sequence[SparkStep]) -> list[str]:
    """Where a workflow parameter goes: paths of the arguments that are its name, as Dataproc writes them."""
    return [
        f"jobs['{step.name}'].pysparkJob.args[{index}]"
        for step in steps
        for index, argument in enumerate(step.arguments)
        if isinstance(argument, str) and argument == parameter
    ]
