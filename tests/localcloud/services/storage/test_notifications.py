"""Notification configurations: kept, listed, and refused where Google refuses them."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import storage

from tests.localcloud.services.storage.clients import PROJECT, Http

TOPIC = "//pubsub.googleapis.com/projects/p/topics/t"
RIGHT = {"topic": TOPIC, "payload_format": "NONE"}


def test_notification_configurations(bucket: storage.Bucket) -> None:
    made = bucket.notification("a-topic", topic_project=PROJECT, event_types=["OBJECT_FINALIZE"])
    made.create()
    (listed,) = bucket.list_notifications()
    assert listed.notification_id == made.notification_id
    assert listed.event_types == ["OBJECT_FINALIZE"]
    assert listed.topic_name == "a-topic"
    assert bucket.get_notification(made.notification_id).event_types == ["OBJECT_FINALIZE"]
    made.delete()
    assert list(bucket.list_notifications()) == []
    with pytest.raises(exceptions.NotFound):
        bucket.get_notification("1")


def test_everything_of_one_is_kept(http: Http, bucket: storage.Bucket) -> None:
    given = RIGHT | {"event_types": ["OBJECT_DELETE"], "object_name_prefix": "a/", "custom_attributes": {"k": "v"}}
    url = f"/storage/v1/b/{bucket.name}/notificationConfigs"
    made = http("POST", url, json=given).json()
    link = f"{http.root}{url}/1"
    assert made == given | {"kind": "storage#notification", "id": "1", "etag": "1", "selfLink": link}
    assert http("GET", link).json() == made
    assert http("GET", url).json() == {"kind": "storage#notifications", "items": [made]}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"topic": None}, "its topic None"),
        ({"topic": "t"}, "its topic 't'"),
        ({"payload_format": "XML"}, "its payload_format 'XML'"),
        ({"payload_format": None}, "its payload_format None"),
        ({"event_types": ["OBJECT_READ"]}, "its event_types"),
        ({"event_types": "OBJECT_DELETE"}, "its event_types"),
        ({"custom_attributes": {"k": 1}}, "its custom_attributes"),
        ({"custom_attributes": []}, "it must be an object"),
    ],
)
def test_malformed_ones_are_refused(http: Http, bucket: storage.Bucket, change: dict[str, Any], problem: str) -> None:
    url = f"/storage/v1/b/{bucket.name}/notificationConfigs"
    refused = http("POST", url, json=RIGHT | change)
    assert refused.status_code == 400
    assert problem in refused.json()["error"]["message"]
    assert "items" not in http("GET", url).json()


def test_one_that_is_not_there_is_not_found(http: Http, bucket: storage.Bucket) -> None:
    for number in ("1", "x"):
        for method in ("GET", "DELETE"):
            found = http(method, f"/storage/v1/b/{bucket.name}/notificationConfigs/{number}")
            assert (found.status_code, found.json()["error"]["errors"][0]["reason"]) == (404, "notFound")
