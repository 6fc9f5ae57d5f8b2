"""Events: what happened to an object, for people (`kubectl describe`); repeats are counted, the oldest dropped."""

from __future__ import annotations

import uuid

from localcloud.services.kubernetes.api.store import Object, Store
from localcloud.services.kubernetes.api.times import now

MOST_EVENTS = 500


class Recorder:
    """Writes Event objects into a cluster's store."""

    def __init__(self, store: Store, component: str) -> None:
        self.store, self.component = store, component
        self._names: dict[tuple[str, str, str], str] = {}

    def normal(self, about: Object, reason: str, message: str) -> None:
        self._record(about, "Normal", reason, message)

    def warning(self, about: Object, reason: str, message: str) -> None:
        self._record(about, "Warning", reason, message)

    def _record(self, about: Object, kind: str, reason: str, message: str) -> None:
        metadata = about["metadata"]
        namespace = metadata.get("namespace", "default")
        home = self.store.get("namespaces", "", namespace)
        if home is None or home["metadata"].get("deletionTimestamp"):
            return
        key = (metadata["uid"], reason, message)
        name = self._names.get(key)
        if name is not None and self.store.get("events", namespace, name) is not None:
            self.store.modify("events", namespace, name, _again)
            return
        self._drop_oldest()
        name = self._names[key] = f"{metadata['name']}.{uuid.uuid4().hex[:16]}"
        said = {"type": kind, "reason": reason, "message": message}
        self.store.create("events", self._event(about, {"name": name, "namespace": namespace}, said))

    def _event(self, about: Object, place: Object, said: Object) -> Object:
        metadata, stamp = about["metadata"], now()
        return {
            "kind": "Event",
            "apiVersion": "v1",
            "metadata": {**place, "uid": str(uuid.uuid4()), "creationTimestamp": stamp},
            "involvedObject": {
                "kind": about["kind"],
                "apiVersion": about["apiVersion"],
                "namespace": metadata.get("namespace", ""),
                "name": metadata["name"],
                "uid": metadata["uid"],
            },
            **said,
            "count": 1,
            "firstTimestamp": stamp,
            "lastTimestamp": stamp,
            "source": {"component": self.component},
            "reportingComponent": self.component,
            "reportingInstance": "",
        }

    def _drop_oldest(self) -> None:
        events = self.store.list("events")
        present = {event["metadata"]["name"] for event in events}
        if len(self._names) > len(present):  # those of a namespace went with it
            self._names = {key: name for key, name in self._names.items() if name in present}
        if len(events) < MOST_EVENTS:
            return
        oldest = min(events, key=lambda event: int(event["metadata"]["resourceVersion"]))
        self.store.remove("events", oldest["metadata"]["namespace"], oldest["metadata"]["name"])
        self._names = {key: name for key, name in self._names.items() if name != oldest["metadata"]["name"]}


def _again(event: Object) -> None:
    event["count"] = event.get("count", 1) + 1
    event["lastTimestamp"] = now()
