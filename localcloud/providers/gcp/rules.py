"""What Google refuses although the SDK's type is just a string.

Sources: Google's API references; a value is checked only when it is known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from localcloud.providers.checks import did_you_mean, join, show
from localcloud.providers.errors import Failure
from localcloud.providers.gcp.labels import LABEL_KEYS
from localcloud.wire.typed import plain


@dataclass(frozen=True)
class Rule:
    """Values allowed: one of `choices`, or what `pattern` matches; `meaning` says it in words."""

    meaning: str = ""
    pattern: str = ""
    choices: tuple[str, ...] = ()

    def refuses(self, value: str) -> str | None:
        """What is wrong with a value, or None."""
        if self.choices:
            if value in self.choices:
                return None
            allowed = ", ".join(json.dumps(choice) for choice in self.choices)
            return f"expected one of {allowed}, got {show(value)}{did_you_mean(value, self.choices)}"
        return None if re.fullmatch(self.pattern, value) else f"expected {self.meaning}, got {show(value)}"


STORAGE_CLASS = Rule(choices=("STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE", "MULTI_REGIONAL", "REGIONAL"))
BUCKET_NAME = Rule(
    "3 to 63 lowercase letters, digits, '-', '_' or '.', a letter or digit at both ends, no 'goog' in front",
    r"(?!goog)(?!.*google)[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]",
)
NOT_EMPTY = Rule('a location such as "us-central1"', r"\S+")
MEMBER = Rule(
    'a member such as "serviceAccount:NAME@PROJECT.iam.gserviceaccount.com"',
    r"allUsers|allAuthenticatedUsers|(deleted:)?(user|serviceAccount|group|domain|principal|principalSet|projectOwner|"
    r"projectEditor|projectViewer|iamMember):\S+",
)
ROLE = Rule('a role such as "roles/storage.objectViewer"', r"((projects|organizations)/[^/]+/)?roles/[\w.]+")
ACCOUNT_ID = Rule(
    "6 to 30 lowercase letters, digits or '-', with a letter in front and no '-' at the end",
    r"[a-z][a-z0-9-]{4,28}[a-z0-9]",
)
LAKE_NAME = Rule("letters, digits and underscores", r"\w{1,1024}")
RESOURCE_NAME = Rule("lowercase letters, digits or '-', with a letter in front", r"[a-z]([a-z0-9-]*[a-z0-9])?")
DURATION = Rule('a duration in seconds such as "600s"', r"\d+(\.\d+)?s")
MACHINE_TYPE = Rule(
    'a machine type such as "n2-standard-4"', r"(https://\S+/|projects/\S+/)?[a-z][a-z0-9]*(-[a-z0-9]+)+"
)

BY_TYPE: dict[str, dict[str, Rule]] = {
    "gcp:storage/bucket:Bucket": {
        "name": BUCKET_NAME,
        "location": NOT_EMPTY,
        "storageClass": STORAGE_CLASS,
        "publicAccessPrevention": Rule(choices=("enforced", "inherited")),
        "rpo": Rule(choices=("DEFAULT", "ASYNC_TURBO")),
        "lifecycleRules[*].action.type": Rule(choices=("Delete", "SetStorageClass", "AbortIncompleteMultipartUpload")),
        "lifecycleRules[*].action.storageClass": STORAGE_CLASS,
        "lifecycleRules[*].condition.withState": Rule(choices=("LIVE", "ARCHIVED", "ANY", "")),
    },
    "gcp:storage/bucketObject:BucketObject": {"storageClass": STORAGE_CLASS},
    "gcp:serviceaccount/account:Account": {"accountId": ACCOUNT_ID},
    "gcp:biglake/icebergCatalog:IcebergCatalog": {
        "catalogType": Rule(choices=("CATALOG_TYPE_GCS_BUCKET", "CATALOG_TYPE_BIGLAKE", "CATALOG_TYPE_FEDERATED")),
        "credentialMode": Rule(choices=("CREDENTIAL_MODE_END_USER", "CREDENTIAL_MODE_VENDED_CREDENTIALS")),
    },
    "gcp:biglake/icebergNamespace:IcebergNamespace": {"namespaceId": LAKE_NAME},
    "gcp:biglake/icebergTable:IcebergTable": {
        "location": Rule('an address such as "gs://bucket/namespace/table"', r"gs://[^/]+/.+"),
        "schema.fields[*].type": Rule(
            "a primitive type of Iceberg such as long, double, string or timestamptz",
            r"boolean|int|long|float|double|date|time|timestamp(tz)?(_ns)?|string|uuid|binary|"
            r"fixed\[\d+\]|decimal\(\d+,\s*\d+\)",
        ),
        "sortOrder.fields[*].direction": Rule(choices=("asc", "desc")),
        "sortOrder.fields[*].nullOrder": Rule(choices=("nulls-first", "nulls-last")),
    },
    "gcp:bigquery/dataset:Dataset": {"datasetId": LAKE_NAME},
    "gcp:dataproc/autoscalingPolicy:AutoscalingPolicy": {
        "basicAlgorithm.cooldownPeriod": DURATION,
        "basicAlgorithm.yarnConfig.gracefulDecommissionTimeout": DURATION,
    },
    "gcp:dataproc/workflowTemplate:WorkflowTemplate": {"location": NOT_EMPTY, "dagTimeout": DURATION},
    "gcp:container/cluster:Cluster": {"name": RESOURCE_NAME},
    "gcp:container/nodePool:NodePool": {"name": RESOURCE_NAME},
    "gcp:compute/network:Network": {"name": RESOURCE_NAME},
    "gcp:compute/subnetwork:Subnetwork": {
        "name": RESOURCE_NAME,
        "ipCidrRange": Rule('an address range such as "10.0.0.0/20"', r"\d{1,3}(\.\d{1,3}){3}/\d{1,2}"),
    },
}
ANYWHERE = {"machineType": MACHINE_TYPE}
IAM_MEMBER = {"member": MEMBER, "role": ROLE}

MAX_LABELS = 64
LABEL_KEY = re.compile(r"[^\W\d_A-Z][\w-]{0,62}")
LABEL_VALUE = re.compile(r"[\w-]{0,63}")


def check_rules(token: str, inputs: dict[str, Any]) -> Iterator[Failure]:
    """All refusals of one resource's inputs, whose types are right already."""
    values = plain(inputs)
    rules = {**(IAM_MEMBER if token.lower().endswith("iammember") else {}), **BY_TYPE.get(token, {})}
    for pattern, rule in rules.items():
        for path, value in select(values, re.split(r"\.|(?=\[)", pattern)):
            reason = rule.refuses(value) if isinstance(value, str) else None
            if reason:
                yield Failure(path, reason)
    yield from _check_named(values, "")
    for key in LABEL_KEYS:
        yield from check_labels(values.get(key), key)


def select(value: Any, steps: list[str], path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, value) of everything that a pattern such as `rules[*].action.type` leads to."""
    if not steps:
        yield path, value
    elif steps[0] == "[*]" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from select(item, steps[1:], f"{path}[{index}]")
    elif isinstance(value, dict) and value.get(steps[0]) is not None:
        yield from select(value[steps[0]], steps[1:], join(path, steps[0]))


def _check_named(value: Any, path: str) -> Iterator[Failure]:
    """Properties that mean the same wherever they are."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _check_named(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in ANYWHERE and isinstance(item, str):
                reason = ANYWHERE[key].refuses(item)
                if reason:
                    yield Failure(join(path, key), reason)
            else:
                yield from _check_named(item, join(path, key))


def check_labels(labels: Any, path: str) -> Iterator[Failure]:
    """Google's rules for labels: https://cloud.google.com/resource-manager/docs/labels-overview#requirements"""
    if not isinstance(labels, dict):
        return
    if len(labels) > MAX_LABELS:
        yield Failure(path, f"{len(labels)} labels; at most {MAX_LABELS} are allowed")
    for key, value in labels.items():
        if not LABEL_KEY.fullmatch(key) or key != key.lower():
            yield Failure(
                join(path, key), "a label's key has 1 to 63 lowercase letters, digits, '-' or '_', a letter first"
            )
        if isinstance(value, str) and (not LABEL_VALUE.fullmatch(value) or value != value.lower()):
            yield Failure(
                join(path, key),
                f"a label's value has at most 63 lowercase letters, digits, '-' or '_', got {show(value)}",
            )
