"""Lists: page by page in one version, of a version that is past, and versions that no list has."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.errors import ApiError
from localcloud.services.kubernetes.api.listing import listed
from localcloud.services.kubernetes.api.store import Store
from localcloud.services.kubernetes.api.targets import Target

TARGET = Target(RESOURCES["configmaps"], "n")


def add(store: Store, name: str, **labels: str) -> None:
    store.create("configmaps", {"metadata": {"name": name, "namespace": "n", "labels": labels}})


def names(found: Any) -> list[str]:
    return [item["metadata"]["name"] for item in found["items"]]


def refused(store: Store, **query: str) -> ApiError:
    with pytest.raises(ApiError) as caught:
        listed(store, TARGET, query)
    return caught.value


def test_pages_are_of_the_version_of_the_first(store: Store) -> None:
    for name in "abcde":
        add(store, name)
    first = listed(store, TARGET, {"limit": "2"})
    assert (names(first), first["metadata"]["remainingItemCount"]) == (["a", "b"], 3)
    store.remove("configmaps", "n", "d")
    add(store, "bb")
    second = listed(store, TARGET, {"limit": "2", "continue": first["metadata"]["continue"]})
    third = listed(store, TARGET, {"limit": "2", "continue": second["metadata"]["continue"]})
    assert (names(second), names(third), "continue" in third["metadata"]) == (["c", "d"], ["e"], False)
    assert first["metadata"]["resourceVersion"] == third["metadata"]["resourceVersion"]


def test_of_a_selection_nobody_counts_the_rest(store: Store) -> None:
    for name in "abc":
        add(store, name, tier="x")
    found = listed(store, TARGET, {"limit": "1", "labelSelector": "tier=x"})
    assert ("continue" in found["metadata"], "remainingItemCount" in found["metadata"]) == (True, False)


def test_a_list_of_a_past_version(store: Store) -> None:
    add(store, "a")
    version = str(store.version)
    add(store, "b")
    assert names(listed(store, TARGET, {"resourceVersion": version, "resourceVersionMatch": "Exact"})) == ["a"]
    for match in ({}, {"resourceVersionMatch": "NotOlderThan"}):
        assert names(listed(store, TARGET, {"resourceVersion": version, **match})) == ["a", "b"]
    assert names(listed(store, TARGET, {"resourceVersion": "0"})) == ["a", "b"]


def test_items_do_not_repeat_the_kind(store: Store) -> None:
    store.create("configmaps", {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a", "namespace": "n"}})
    found = listed(store, TARGET, {})
    assert (found["kind"], found["items"][0].keys()) == ("ConfigMapList", {"metadata"})


def test_what_is_forgotten_is_told(store: Store) -> None:
    for name in "abc":
        add(store, name)
    token = listed(store, TARGET, {"limit": "1"})["metadata"]["continue"]
    store.version = store.oldest_version = 100
    for query in ({"continue": token}, {"resourceVersion": "3", "resourceVersionMatch": "Exact"}):
        error = refused(store, **query)
        assert (error.code, error.reason) == (410, "Expired")


def test_a_version_that_is_not_there_yet(store: Store) -> None:
    error = refused(store, resourceVersion="1000")
    assert (error.code, error.reason, error.details["retryAfterSeconds"]) == (504, "Timeout", 1)
    assert error.details["causes"][0]["reason"] == "ResourceVersionTooLarge"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"limit": "few"}, 400),
        ({"resourceVersion": "now"}, 400),
        ({"continue": "no token"}, 400),
        ({"continue": base64.urlsafe_b64encode(b'{"rv":1}').decode()}, 400),
        ({"resourceVersionMatch": "Exact"}, 422),
        ({"resourceVersion": "1", "resourceVersionMatch": "About"}, 422),
        ({"resourceVersion": "0", "resourceVersionMatch": "Exact"}, 422),
        ({"labelSelector": "a in"}, 400),
        ({"fieldSelector": "data.a=1"}, 400),
    ],
)
def test_queries_that_cannot_be_read(store: Store, query: dict[str, str], code: int) -> None:
    assert refused(store, **query).code == code
