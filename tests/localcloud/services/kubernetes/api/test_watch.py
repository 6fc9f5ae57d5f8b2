"""Watches: what a client hears of, in which order, and until when."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from typing import Any
from urllib.parse import urlencode

import pytest

from localcloud.services.kubernetes.api.answers import Form
from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.store import Object, Store
from localcloud.services.kubernetes.api.targets import Target
from localcloud.services.kubernetes.api.watch import read_options, stream
from tests.localcloud.services.kubernetes.bodies import config_map
from tests.localcloud.services.kubernetes.harness import existing
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.localcloud.services.kubernetes.kube import Kube, changes
from tests.waiting import PATIENCE_S


def test_watch_sees_every_change_in_order(kube: Kube, namespace: str) -> None:
    kube.configure(namespace, config_map("before"))
    listed = kube.core.list_namespaced_config_map
    start = existing(existing(listed(namespace).metadata).resource_version)
    seen: list[tuple[str, str]] = []

    def follow() -> None:
        heard = changes(listed, namespace, start, label_selector="kept=yes")
        seen.extend((kind, obj.metadata.name) for kind, obj in itertools.islice(heard, 4))

    follower = threading.Thread(target=follow)
    follower.start()
    kube.configure(namespace, config_map("x", {"kept": "yes"}))
    kube.core.patch_namespaced_config_map("x", namespace, {"data": {"k": "v"}})
    kube.configure(namespace, config_map("other"))
    kube.core.patch_namespaced_config_map("x", namespace, {"metadata": {"labels": {"kept": "no"}}})
    kube.configure(namespace, config_map("y", {"kept": "yes"}))
    follower.join(PATIENCE_S)
    assert seen == [("ADDED", "x"), ("MODIFIED", "x"), ("DELETED", "x"), ("ADDED", "y")]


@pytest.mark.parametrize("wrong", [{"resourceVersion": "new"}, {"timeoutSeconds": "soon"}])
def test_watches_that_cannot_be_understood_are_refused(in_process: InProcess, wrong: dict[str, str]) -> None:
    status = in_process.call("GET", f"/api/v1/namespaces?watch=true&{urlencode(wrong)}")
    assert (status["code"], status["reason"]) == (400, "BadRequest")


def named(name: str, namespace: str = "n", resource: str = "configmaps") -> tuple[str, Object]:
    return resource, {"metadata": {"name": name, "namespace": namespace}}


def watched(store: Store, count: int, *made: tuple[str, Object], **query: str) -> list[Any]:
    """What a watch of the ConfigMaps of namespace n says: as many lines as expected, objects are made meanwhile."""

    async def scenario() -> list[Any]:
        closing = asyncio.Event()
        target = Target(RESOURCES["configmaps"], "n")
        lines = stream(store, target, lambda obj: True, read_options(query), closing, Form())
        found: list[Any] = []
        asyncio.get_running_loop().call_soon(lambda: [store.create(resource, obj) for resource, obj in made])
        async for line in lines:
            found.append(json.loads(line))
            if len(found) == count:
                closing.set()
        return found

    return asyncio.run(asyncio.wait_for(scenario(), PATIENCE_S))


def told(lines: list[Any]) -> list[tuple[str, str]]:
    return [(line["type"], line["object"]["metadata"].get("name", "")) for line in lines]


def test_all_objects_come_first_and_others_are_not_heard_of(store: Store) -> None:
    store.create(*named("before"))
    store.create(*named("foreign", "other"))
    news = [named("elsewhere", "other"), named("s", resource="secrets"), named("new")]
    assert told(watched(store, 2, *news)) == [("ADDED", "before"), ("ADDED", "new")]


def test_from_a_version_on_only_what_changed_since(store: Store) -> None:
    store.create(*named("before"))
    version = store.version
    store.create(*named("since"))
    assert told(watched(store, 2, named("new"), resourceVersion=str(version))) == [("ADDED", "since"), ("ADDED", "new")]


def test_a_version_that_is_forgotten_is_an_error_that_clients_know(store: Store) -> None:
    store.oldest_version = store.version = 9
    (line,) = watched(store, 1, resourceVersion="8")
    assert (line["type"], line["object"]["code"], line["object"]["reason"]) == ("ERROR", 410, "Expired")


def test_the_end_of_the_first_objects_and_of_the_watch_are_marked(store: Store) -> None:
    store.create(*named("one"))
    initial = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
    query = {**initial, "allowWatchBookmarks": "true"}
    *_, marked, last = watched(store, 2, **query)
    assert marked["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    for bookmark in (marked, last):
        assert (bookmark["type"], bookmark["object"]["kind"]) == ("BOOKMARK", "ConfigMap")
        assert bookmark["object"]["metadata"]["resourceVersion"] == str(store.version)
