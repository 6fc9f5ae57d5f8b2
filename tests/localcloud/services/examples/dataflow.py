"""Requests to Dataflow, as its clients send them."""

from __future__ import annotations

from tests.localcloud.services.any_request import Example


def requests(folder: str) -> list[Example]:
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
