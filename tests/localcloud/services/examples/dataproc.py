"""Requests to Dataproc, as its clients send them."""

from __future__ import annotations

from typing import Any

from tests.localcloud.services.any_request import Example

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


def requests(folder: str) -> list[Example]:
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
