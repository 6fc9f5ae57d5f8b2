"""Requests of each service as its clients send them, in an order in which they make what the later ones need."""

from __future__ import annotations

from typing import Any

from tests.localcloud.services.any_request import Example

RESTCATALOG = "/iceberg/v1/restcatalog"
LAKE = f"{RESTCATALOG}/v1/projects/p/catalogs/lake"
TABLE = f"{LAKE}/namespaces/ns/tables/t"
SCHEMA = {
    "type": "struct",
    "schema-id": 0,
    "identifier-field-ids": [1],
    "fields": [
        {"id": 1, "name": "id", "required": True, "type": "long", "doc": "x"},
        {"id": 2, "name": "at", "required": False, "type": "timestamptz"},
        {"id": 3, "name": "price", "required": False, "type": "decimal(9, 2)", "write-default": "1.25"},
        {
            "id": 4,
            "name": "tags",
            "required": False,
            "type": {"type": "list", "element-id": 5, "element": "string", "element-required": False},
        },
        {
            "id": 6,
            "name": "counts",
            "required": False,
            "type": {
                "type": "map",
                "key-id": 7,
                "key": "string",
                "value-id": 8,
                "value": {"type": "struct", "fields": [{"id": 9, "name": "n", "required": False, "type": "int"}]},
                "value-required": False,
            },
        },
    ],
}
SPEC = {"spec-id": 0, "fields": [{"source-id": 1, "field-id": 1000, "name": "b", "transform": "bucket[4]"}]}
ORDER = {
    "order-id": 1,
    "fields": [{"source-id": 1, "transform": "identity", "direction": "asc", "null-order": "nulls-first"}],
}
SNAPSHOT = {
    "snapshot-id": 7,
    "sequence-number": 1,
    "timestamp-ms": 1_900_000_000_000,
    "manifest-list": "file:///nowhere/m.avro",
    "summary": {"operation": "append", "added-records": "1"},
    "schema-id": 0,
    "first-row-id": 0,
    "added-rows": 3,
}
REQUIREMENTS = [
    {"type": "assert-table-uuid", "uuid": "8d8ac6a8-5b5c-4b5c-9b5c-2b5c8d8ac6a8"},
    {"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": 7},
    {"type": "assert-last-assigned-field-id", "last-assigned-field-id": 3},
    {"type": "assert-current-schema-id", "current-schema-id": 0},
    {"type": "assert-last-assigned-partition-id", "last-assigned-partition-id": 1000},
    {"type": "assert-default-spec-id", "default-spec-id": 0},
    {"type": "assert-default-sort-order-id", "default-sort-order-id": 0},
    {"type": "assert-create"},
]
UPDATES = [
    {"action": "assign-uuid", "uuid": "8d8ac6a8-5b5c-4b5c-9b5c-2b5c8d8ac6a8"},
    {"action": "upgrade-format-version", "format-version": 3},
    {"action": "add-schema", "schema": SCHEMA, "last-column-id": 9},
    {"action": "set-current-schema", "schema-id": -1},
    {"action": "add-spec", "spec": SPEC},
    {"action": "set-default-spec", "spec-id": -1},
    {"action": "add-sort-order", "sort-order": ORDER},
    {"action": "set-default-sort-order", "sort-order-id": -1},
    {"action": "add-snapshot", "snapshot": SNAPSHOT},
    {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": 7, "max-ref-age-ms": 1},
    {"action": "remove-snapshots", "snapshot-ids": [7]},
    {"action": "remove-snapshot-ref", "ref-name": "main"},
    {"action": "set-location", "location": "file:///tmp/x"},
    {"action": "set-properties", "updates": {"write.metadata.previous-versions-max": "3", "owner": "me"}},
    {"action": "remove-properties", "removals": ["owner"]},
    {
        "action": "set-statistics",
        "snapshot-id": 7,
        "statistics": {
            "snapshot-id": 7,
            "statistics-path": "gs://b/s.puffin",
            "file-size-in-bytes": 1,
            "file-footer-size-in-bytes": 1,
            "blob-metadata": [{"type": "x", "snapshot-id": 7, "sequence-number": 1, "fields": [1]}],
        },
    },
    {"action": "remove-statistics", "snapshot-id": 7},
    {"action": "remove-partition-specs", "spec-ids": [0]},
    {"action": "remove-schemas", "schema-ids": [0]},
]
IDENTIFIER = {"namespace": ["ns"], "name": "t"}
COMMITS = [{"requirements": [], "updates": UPDATES[2:8]}, {"requirements": [], "updates": UPDATES[8:10]}]
COMMITS += [{"requirements": [one], "updates": UPDATES[13:15]} for one in REQUIREMENTS]
COMMITS += [{"requirements": [], "updates": [one]} for one in UPDATES]


def iceberg(folder: str) -> list[Example]:
    catalog = {"catalog-type": "CATALOG_TYPE_BIGLAKE", "default-location": f"file://{folder}", "description": "x"}
    table = {"name": "t", "schema": SCHEMA, "partition-spec": SPEC, "write-order": ORDER, "properties": {"a": "b"}}
    catalogs = f"{RESTCATALOG}/extensions/projects/p/catalogs"
    return [
        Example("POST", f"{catalogs}?iceberg-catalog-id=lake", catalog),
        Example("GET", catalogs),
        Example("PATCH", f"{catalogs}/lake?updateMask=description", {"description": "y"}),
        Example("GET", f"{RESTCATALOG}/v1/config?warehouse=bl://projects/p/catalogs/lake"),
        Example("POST", f"{LAKE}/namespaces", {"namespace": ["ns"], "properties": {"a": "b"}}),
        Example("GET", f"{LAKE}/namespaces?parent=ns&pageToken=&pageSize=2"),
        Example("POST", f"{LAKE}/namespaces/ns/properties", {"removals": ["a"], "updates": {"c": "d"}}),
        Example("POST", f"{LAKE}/namespaces/ns/tables", table),
        Example("POST", f"{LAKE}/namespaces/ns/tables", table | {"name": "v3", "properties": {"format-version": "3"}}),
        Example(
            "POST", f"{LAKE}/namespaces/ns/tables", table | {"name": "s", "stage-create": True, "location": folder}
        ),
        Example("GET", f"{TABLE}?snapshots=refs"),
        *(Example("POST", TABLE, commit) for commit in COMMITS),
        Example("POST", f"{TABLE}/metrics", {"report-type": "scan-report"}),
        Example("POST", f"{LAKE}/tables/rename", {"source": IDENTIFIER, "destination": IDENTIFIER | {"name": "u"}}),
        Example("POST", f"{LAKE}/tables/rename", {"source": IDENTIFIER | {"name": "u"}, "destination": IDENTIFIER}),
        Example(
            "POST", f"{LAKE}/namespaces/ns/register", {"name": "r", "metadata-location": f"file://{folder}/x.json"}
        ),
        Example("POST", f"{LAKE}/transactions/commit", {"table-changes": [COMMITS[0] | {"identifier": IDENTIFIER}]}),
        Example("DELETE", f"{LAKE}/namespaces/ns/tables/u?purgeRequested=true"),
    ]


REGION = "/v1/projects/p/regions/us-central1"
PYSPARK: dict[str, Any] = {
    "mainPythonFileUri": "gs://code/main.py",
    "args": ["--a", "b"],
    "properties": {"spark.x": "1"},
}
CLUSTER = {
    "clusterName": "pool",
    "labels": {"pool": "a"},
    "config": {
        "configBucket": "staging",
        "gceClusterConfig": {"serviceAccount": "a@p.iam.gserviceaccount.com"},
        "softwareConfig": {"properties": {"spark:spark.x": "1", "dataproc:pip.packages": "pyarrow==1"}},
        "lifecycleConfig": {"idleDeleteTtl": "600s"},
    },
}
TEMPLATE: dict[str, Any] = {
    "id": "nightly",
    "dagTimeout": "900s",
    "placement": {"managedCluster": {"clusterName": "mining", "config": CLUSTER["config"]}},
    "jobs": [
        {"stepId": "mine", "pysparkJob": PYSPARK},
        {"stepId": "publish", "pysparkJob": PYSPARK, "prerequisiteStepIds": ["mine"]},
    ],
    "parameters": [
        {
            "name": "DAY",
            "fields": ["jobs['mine'].pysparkJob.args[1]"],
            "validation": {"regex": {"regexes": ["[a-z0-9-]+"]}},
        }
    ],
}
POLICY = {
    "id": "small",
    "workerConfig": {"minInstances": 2, "maxInstances": 3},
    "basicAlgorithm": {"cooldownPeriod": "120s", "yarnConfig": {"scaleUpFactor": 0.5, "scaleDownFactor": 0.5}},
}
JOB = {"reference": {"jobId": "j"}, "placement": {"clusterName": "pool"}, "pysparkJob": PYSPARK, "labels": {"a": "b"}}
LOCATION = "/v1/projects/p/locations/us-central1"


def dataproc(folder: str) -> list[Example]:
    inline = {name: value for name, value in TEMPLATE.items() if name != "parameters"}
    return [
        Example("POST", f"{REGION}/autoscalingPolicies", POLICY),
        Example("PUT", f"{REGION}/autoscalingPolicies/small", POLICY),
        Example("POST", f"{REGION}/workflowTemplates", TEMPLATE),
        Example("PUT", f"{REGION}/workflowTemplates/nightly", TEMPLATE | {"version": 1}),
        Example("POST", f"{REGION}/workflowTemplates/nightly:instantiate", {"parameters": {"DAY": "x"}, "version": 2}),
        Example("POST", f"{REGION}/workflowTemplates:instantiateInline?requestId=r", inline),
        Example("POST", f"{REGION}/clusters?requestId=r", CLUSTER),
        Example("GET", f"{REGION}/clusters?filter=status.state=ACTIVE&pageSize=1"),
        Example("GET", f"{REGION}/clusters/pool"),
        Example("POST", f"{REGION}/jobs:submit", {"job": JOB, "requestId": "a"}),
        Example("POST", f"{REGION}/jobs:submitAsOperation", {"job": JOB | {"reference": {"jobId": "k"}}}),
        Example("GET", f"{REGION}/jobs?filter=labels.a=b&jobStateMatcher=ACTIVE&clusterName=pool"),
        Example("POST", f"{REGION}/jobs/j:cancel", {}),
        Example("POST", f"{LOCATION}/batches?batchId=batch-1", {"pysparkBatch": PYSPARK, "labels": {"a": "b"}}),
        Example("GET", f"{LOCATION}/batches?filter=state=RUNNING"),
        Example("GET", f"{LOCATION}/batches/batch-1"),
        Example("GET", f"{REGION}/operations?filter=x&pageSize=2"),
        Example("POST", f"{REGION}/operations/x:cancel", {}),
        Example("DELETE", f"{REGION}/jobs/k"),
    ]


def dataflow(folder: str) -> list[Example]:
    launch = {
        "jobName": "lengths",
        "containerSpec": {
            "image": "lengths:1",
            "sdkInfo": {"language": "PYTHON"},
            "metadata": {
                "name": "x",
                "parameters": [
                    {"name": "input", "label": "x", "helpText": "x", "regexes": ["a+"], "paramType": "TEXT"}
                ],
            },
        },
        "parameters": {"input": "aa"},
        "environment": {"tempLocation": "gs://b/t", "numWorkers": 2, "additionalUserLabels": {"a": "b"}},
    }
    jobs = "/v1b3/projects/p/locations/us-central1/jobs"
    return [
        Example("POST", f"{jobs.removesuffix('jobs')}flexTemplates:launch", {"launchParameter": launch}),
        Example(
            "POST",
            f"{jobs.removesuffix('jobs')}flexTemplates:launch",
            {"launchParameter": launch | {"containerSpec": {}}},
        ),
        Example("GET", f"{jobs}?filter=ACTIVE&pageSize=2&name=x&view=JOB_VIEW_ALL"),
        Example("GET", "/v1b3/projects/p/jobs:aggregated"),
        Example("GET", f"{jobs}/j"),
        Example("PUT", f"{jobs}/j", {"requestedState": "JOB_STATE_CANCELLED"}),
        Example("GET", f"{jobs}/j/messages?minimumImportance=JOB_MESSAGE_DEBUG&startTime=2026-01-01T00:00:00Z"),
        Example("GET", f"{jobs}/j/metrics"),
    ]


def iam(folder: str) -> list[Example]:
    accounts = "/v1/projects/p/serviceAccounts"
    one = f"{accounts}/robot-1@p.iam.gserviceaccount.com"
    binding = {"role": "roles/iam.serviceAccountUser", "members": ["user:a@b.c"], "condition": None}
    return [
        Example("POST", accounts, {"accountId": "robot-1", "serviceAccount": {"displayName": "x", "description": "y"}}),
        Example("GET", f"{accounts}?pageSize=2&pageToken=1"),
        Example("GET", one),
        Example("PATCH", one, {"serviceAccount": {"displayName": "z"}, "updateMask": "displayName"}),
        Example("PUT", one, {"displayName": "z", "etag": "x"}),
        Example("POST", f"{one}:setIamPolicy", {"policy": {"bindings": [binding], "version": 3}}),
        Example("POST", f"{one}:getIamPolicy", {}),
        Example("POST", f"{one}:disable", {}),
        Example("POST", f"{one}:enable", {}),
        Example("POST", "/token"),
    ]


EXAMPLES = {"iceberg": iceberg, "dataproc": dataproc, "dataflow": dataflow, "iam": iam}
