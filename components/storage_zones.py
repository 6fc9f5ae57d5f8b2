"""The buckets that data passes through, each with the lifecycle its contents ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp
from typing_extensions import TypedDict

from components.folder import Folder
from components.validation import check

# What was dropped, expired or replaced can be brought back for so long.
KEPT_DAYS = 7
SNAPSHOTS = "snapshots/v3"
"""With the version of their layout: programs before and after a change of it do not see each other's."""
TEMP = "temp"
# What Beam and Dataproc leave; code, templates and contracts lie beside and stay.
SCRATCH_PREFIXES = [f"{TEMP}/", "google-cloud-dataproc-metainfo/"]


class StorageZonesSettings(TypedDict, total=False):
    """What an environment may set; the defaults are those of StorageZonesArgs."""

    landing_days: int
    quarantine_days: int
    scratch_days: int


@dataclass(kw_only=True)
class StorageZonesArgs:
    """Arguments of StorageZones.

    name_prefix: bucket names are `<name_prefix>-<zone>`; they are unique in all of Google Cloud.
    location: region or multi-region of every bucket.
    kms_key: the customer-managed key that encrypts them.
    landing_days: days after which a landed log, by then in the lake, moves to archive storage.
    quarantine_days: days that a damaged file is kept for somebody to look at it.
    scratch_days: days that temporary files and driver output of jobs are kept.
    force_destroy: whether `destroy` may delete buckets that hold objects.
    labels: labels of every bucket.
    """

    name_prefix: pulumi.Input[str]
    location: pulumi.Input[str]
    kms_key: pulumi.Input[str] | None = None
    landing_days: pulumi.Input[int] = 30
    quarantine_days: pulumi.Input[int] = 90
    scratch_days: pulumi.Input[int] = 7
    force_destroy: pulumi.Input[bool] = False
    labels: Mapping[str, pulumi.Input[str]] | None = None

    def __post_init__(self) -> None:
        for name in ("landing_days", "quarantine_days", "scratch_days"):
            days = check(getattr(self, name), lambda value: value >= 1, f"{name} must be at least 1")
            setattr(self, name, days)


class StorageZones(pulumi.ComponentResource):
    """Five buckets: landing, curated, serving, quarantine and scratch.

    Every bucket has uniform access, public access prevented, the given key and a lifecycle.
    Outputs: landing, curated, serving, quarantine, scratch: the buckets' names.
    Folders: snapshots, what is served; temp, of running jobs; templates, code and contracts, what jobs are made of.
    """

    landing: pulumi.Output[str]
    curated: pulumi.Output[str]
    serving: pulumi.Output[str]
    quarantine: pulumi.Output[str]
    scratch: pulumi.Output[str]

    def __init__(self, name: str, args: StorageZonesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("roadbed:storage:StorageZones", name, None, opts)
        self._name, self._args = name, args
        self.landing = self._bucket("landing", [move_to("ARCHIVE", args.landing_days)])
        # A rule by age would delete live data files: only what was deleted or replaced goes.
        self.curated = self._bucket("curated", [abort_uploads(), delete_noncurrent_after(KEPT_DAYS)], versioned=True)
        self.serving = self._bucket("serving", [abort_uploads(), delete_noncurrent_after(KEPT_DAYS)], versioned=True)
        self.quarantine = self._bucket("quarantine", [delete_after(args.quarantine_days)])
        self.scratch = self._bucket("scratch", [delete_after(args.scratch_days, prefixes=SCRATCH_PREFIXES)])
        self.snapshots = Folder(self.serving, SNAPSHOTS)
        self.temp = Folder(self.scratch, TEMP)
        self.templates = Folder(self.scratch, "templates")
        self.code = Folder(self.scratch, "code")
        self.contracts = Folder(self.scratch, "contracts")
        self.register_outputs(
            {zone: getattr(self, zone) for zone in ("landing", "curated", "serving", "quarantine", "scratch")}
        )

    def landing_of(self, dataset: str) -> pulumi.Output[str]:
        """Where the logs of a dataset land: `gs://<landing>/<dataset>/`."""
        return pulumi.Output.concat(Folder(self.landing, dataset).uri, "/")

    def quarantine_of(self, dataset: str) -> pulumi.Output[str]:
        """Where damaged logs of a dataset are kept: `gs://<quarantine>/<dataset>`."""
        return Folder(self.quarantine, dataset).uri

    def _bucket(
        self, zone: str, rules: Sequence[gcp.storage.BucketLifecycleRuleArgs], versioned: bool = False
    ) -> pulumi.Output[str]:
        args = self._args
        bucket = gcp.storage.Bucket(
            f"{self._name}-{zone}",
            name=pulumi.Output.concat(args.name_prefix, "-", zone),
            location=args.location,
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            encryption=None if args.kms_key is None else {"default_kms_key_name": args.kms_key},
            versioning={"enabled": versioned},
            # What is deleted is to be gone, and soft-deleted bytes are billed.
            soft_delete_policy={"retention_duration_seconds": 0},
            lifecycle_rules=[*rules],
            force_destroy=args.force_destroy,
            labels=None if args.labels is None else {**args.labels, "zone": zone},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return bucket.name


def move_to(storage_class: str, days: pulumi.Input[int]) -> gcp.storage.BucketLifecycleRuleArgs:
    """Move objects to a cheaper storage class after some days."""
    return gcp.storage.BucketLifecycleRuleArgs(
        action=gcp.storage.BucketLifecycleRuleActionArgs(type="SetStorageClass", storage_class=storage_class),
        condition=gcp.storage.BucketLifecycleRuleConditionArgs(age=days),
    )


def delete_after(days: pulumi.Input[int], prefixes: list[str] | None = None) -> gcp.storage.BucketLifecycleRuleArgs:
    """Delete objects, or only those below some prefixes, after some days."""
    return gcp.storage.BucketLifecycleRuleArgs(
        action=gcp.storage.BucketLifecycleRuleActionArgs(type="Delete"),
        condition=gcp.storage.BucketLifecycleRuleConditionArgs(age=days, matches_prefixes=prefixes),
    )


def delete_noncurrent_after(days: pulumi.Input[int]) -> gcp.storage.BucketLifecycleRuleArgs:
    """Delete versions some days after they were replaced or deleted."""
    return gcp.storage.BucketLifecycleRuleArgs(
        action=gcp.storage.BucketLifecycleRuleActionArgs(type="Delete"),
        condition=gcp.storage.BucketLifecycleRuleConditionArgs(days_since_noncurrent_time=days),
    )


def abort_uploads() -> gcp.storage.BucketLifecycleRuleArgs:
    """Drop the parts of multipart uploads that were never completed."""
    return gcp.storage.BucketLifecycleRuleArgs(
        action=gcp.storage.BucketLifecycleRuleActionArgs(type="AbortIncompleteMultipartUpload"),
        condition=gcp.storage.BucketLifecycleRuleConditionArgs(age=1),
    )
