"""Requests to the warehouse, as its clients send them."""

from __future__ import annotations

from tests.localcloud.services.any_request import Example

PROJECT = "/bigquery/v2/projects/p"
TABLES = f"{PROJECT}/datasets/logs/tables"
DATASET = {
    "datasetReference": {"projectId": "p", "datasetId": "logs"},
    "location": "EU",
    "labels": {"a": "b"},
    "defaultTableExpirationMs": "3600000",
    "access": [{"role": "READER", "userByEmail": "a@b.c"}],
}
VIEW = {
    "tableReference": {"projectId": "p", "datasetId": "logs", "tableId": "one"},
    "view": {"query": "SELECT 1 AS a, 'x' AS b", "useLegacySql": False},
    "description": "x",
}
PARAMETER = {
    "name": "n",
    "parameterType": {"type": "ARRAY", "arrayType": {"type": "INT64"}},
    "parameterValue": {"arrayValues": [{"value": "1"}, {"value": "2"}]},
}
QUERY = {
    "query": "SELECT n FROM UNNEST(@n) AS n ORDER BY n",
    "useLegacySql": False,
    "parameterMode": "NAMED",
    "queryParameters": [PARAMETER],
    "defaultDataset": {"projectId": "p", "datasetId": "logs"},
    "maximumBytesBilled": "1000000",
}
JOB = {"configuration": {"query": QUERY, "labels": {"a": "b"}}, "jobReference": {"projectId": "p", "jobId": "j"}}


def requests(folder: str) -> list[Example]:
    return [
        Example("POST", f"{PROJECT}/datasets", DATASET),
        Example("PATCH", f"{PROJECT}/datasets/logs", {"description": "x"}),
        Example("PUT", f"{PROJECT}/datasets/logs", DATASET),
        Example("GET", f"{PROJECT}/datasets?maxResults=2&pageToken=x&filter=labels.a:b&all=true"),
        Example("POST", TABLES, VIEW),
        Example("GET", f"{TABLES}/one?selectedFields=a&view=FULL"),
        Example("PATCH", f"{TABLES}/one", {"description": "y"}),
        Example("PUT", f"{TABLES}/one", VIEW),
        Example("GET", f"{TABLES}/one/data?maxResults=2&startIndex=1&formatOptions.useInt64Timestamp=true"),
        Example("POST", f"{PROJECT}/queries", QUERY | {"timeoutMs": 10_000, "maxResults": 1, "dryRun": False}),
        Example("POST", f"{PROJECT}/queries", {"query": "SELECT * FROM logs.one", "dryRun": True}),
        Example("POST", f"{PROJECT}/jobs", JOB),
        Example("GET", f"{PROJECT}/jobs?stateFilter=done&minCreationTime=1&maxResults=2&projection=full"),
        Example("GET", f"{PROJECT}/jobs/j?location=US"),
        Example("GET", f"{PROJECT}/queries/j?maxResults=1&startIndex=1&timeoutMs=1000&pageToken="),
        Example("POST", f"{PROJECT}/jobs/j/cancel", {}),
        Example("DELETE", f"{PROJECT}/datasets/none?deleteContents=true"),
    ]
