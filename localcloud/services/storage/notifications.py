"""Notification configurations of buckets: kept and listed; there is no Pub/Sub to send a message to.

Source: https://cloud.google.com/storage/docs/json_api/v1/notifications
"""

from __future__ import annotations

import json
import re
from typing import Any

from localcloud.services.common import GoogleError, object_in
from localcloud.services.storage import buckets
from localcloud.services.storage.offered import check_fields
from localcloud.services.storage.store import Store

KEPT = frozenset({"custom_attributes", "event_types", "object_name_prefix", "payload_format", "topic"})
EVENTS = ("OBJECT_FINALIZE", "OBJECT_METADATA_UPDATE", "OBJECT_DELETE", "OBJECT_ARCHIVE")
FORMATS = ("JSON_API_V1", "NONE")
TOPIC = re.compile(r"//pubsub\.googleapis\.com/projects/[^/]+/topics/[^/]+")
MOST = 100
"""Source: https://cloud.google.com/storage/docs/pubsub-notifications"""


def _refuse(problem: str) -> GoogleError:
    return GoogleError(400, f"Invalid notification configuration: {problem}", "invalid")


def _checked(body: dict[str, Any]) -> dict[str, Any]:
    check_fields("Notification", body, KEPT)
    topic, events = body.get("topic"), body.get("event_types") or []
    if not TOPIC.fullmatch(str(topic)):
        raise _refuse(f"its topic {topic!r} must be //pubsub.googleapis.com/projects/PROJECT/topics/TOPIC")
    if body.get("payload_format") not in FORMATS:
        raise _refuse(f"its payload_format {body.get('payload_format')!r} must be one of {', '.join(FORMATS)}")
    if not isinstance(events, list) or not all(event in EVENTS for event in events):
        raise _refuse(f"its event_types {events!r} must be a list of {', '.join(EVENTS)}")
    if not all(isinstance(value, str) for value in object_in(body, "custom_attributes").values()):
        raise _refuse("its custom_attributes must be texts")
    return {name: value for name, value in body.items() if name in KEPT and value}


def add(store: Store, bucket: str, body: dict[str, Any]) -> dict[str, Any]:
    kept = _checked(body)
    with store.transaction() as connection:
        buckets.get(store, bucket)
        query = "SELECT coalesce(max(id), 0) + 1, count(*) FROM notifications WHERE bucket = ?"
        number, count = connection.execute(query, (bucket,)).fetchone()
        if count >= MOST:
            raise _refuse(f"bucket {bucket} has {MOST} already")
        resource = kept | {"kind": "storage#notification", "id": str(number), "etag": str(number)}
        connection.execute("INSERT INTO notifications VALUES (?, ?, ?)", (bucket, number, json.dumps(resource)))
    return resource


def list_of(store: Store, bucket: str) -> list[dict[str, Any]]:
    rows = store.rows("SELECT resource FROM notifications WHERE bucket = ? ORDER BY id", bucket)
    return [json.loads(resource) for (resource,) in rows]


def get(store: Store, bucket: str, number: str) -> dict[str, Any]:
    found = next((one for one in list_of(store, bucket) if one["id"] == number), None)
    if found is None:
        raise GoogleError(404, f"Notification {number} of bucket {bucket} was not found", "notFound")
    return found


def delete(store: Store, bucket: str, number: str) -> None:
    get(store, bucket, number)
    with store.transaction() as connection:
        connection.execute("DELETE FROM notifications WHERE bucket = ? AND id = ?", (bucket, int(number)))
