"""The forms in which a client can have objects: whole or their metadata, JSON or YAML."""

from __future__ import annotations

import pytest
import yaml

from tests.localcloud.services.kubernetes.bodies import config_map
from tests.localcloud.services.kubernetes.in_process import InProcess

MAPS = "/api/v1/namespaces/default/configmaps"
PARTIAL = "application/json;as=PartialObjectMetadata{};g=meta.k8s.io;v=v1"


def test_metadata_alone(in_process: InProcess) -> None:
    made = in_process.create("configmaps", config_map("c", a="1"))
    one = in_process.call("GET", f"{MAPS}/c", Accept=PARTIAL.format(""))
    assert one == {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": made["metadata"]}
    listed = in_process.call("GET", MAPS, Accept=PARTIAL.format("List"))
    assert (listed["kind"], listed["apiVersion"]) == ("PartialObjectMetadataList", "meta.k8s.io/v1")
    assert listed["items"] == [one]
    assert listed["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


def test_a_watch_is_in_the_form_that_is_asked_for(in_process: InProcess) -> None:
    in_process.create("configmaps", config_map("c", a="1"))
    query = "watch=1&timeoutSeconds=1"
    event = in_process.call("GET", f"{MAPS}?{query}", Accept=PARTIAL.format(""))
    assert (event["type"], event["object"]["kind"], "data" in event["object"]) == (
        "ADDED",
        "PartialObjectMetadata",
        False,
    )


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/json"),
        ("application/vnd.kubernetes.protobuf, application/json", "application/json"),
        ("application/json;as=Table;v=v1;g=meta.k8s.io, application/json", "application/json"),
        ("application/yaml", "application/yaml"),
    ],
)
def test_the_first_form_that_is_offered(in_process: InProcess, accept: str, media: str) -> None:
    in_process.create("configmaps", config_map("c", a="1"))
    answer = in_process.send("GET", f"{MAPS}/c", Accept=accept)
    assert answer.headers["content-type"].partition(";")[0] == media
    assert yaml.safe_load(answer.text)["data"] == {"a": "1"}


@pytest.mark.parametrize(
    "accept", ["application/vnd.kubernetes.protobuf", "text/html", "application/json;as=Table;v=v1"]
)
def test_forms_that_are_not_offered(in_process: InProcess, accept: str) -> None:
    status = in_process.call("GET", MAPS, Accept=accept)
    assert (status["code"], status["reason"]) == (406, "NotAcceptable")


def test_every_answer_in_json_is_a_line(in_process: InProcess) -> None:
    """Which the Python client's own suite compares with what a server sends, letter by letter."""
    in_process.create("configmaps", config_map("c"))
    assert in_process.send("GET", f"{MAPS}/c").text.endswith("}\n")
    refused = in_process.send("POST", MAPS, config_map("c"))
    assert refused.text == (
        '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps \\"c\\" already '
        'exists","reason":"AlreadyExists","details":{"name":"c","kind":"configmaps"},"code":409}\n'
    )
