"""Objects on disk and in memory, their versions, and who hears of a change."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from localcloud.services.kubernetes.api.errors import ApiError
from localcloud.services.kubernetes.api.store import Change, Store


def config_map(name: str, value: Any = "1", namespace: str = "n") -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace}, "data": {"key": value}}


def test_the_store_keeps_objects_and_versions_over_a_reopening(tmp_path: Path) -> None:
    store = Store(tmp_path / "objects.db")
    store.create("configmaps", {"metadata": {"name": "a", "namespace": "n"}, "data": {"k": "1"}})
    store.modify("configmaps", "n", "a", lambda obj: obj["data"].update(k="2"))
    version = store.version
    store.modify("configmaps", "n", "a", lambda obj: None)
    assert store.version == version
    store.close()
    again = Store(tmp_path / "objects.db")
    assert again.require("configmaps", "n", "a")["data"] == {"k": "2"}
    assert again.version == version
    with pytest.raises(ApiError, match="too old resource version"):
        again.since(version - 1)
    assert again.since(version) == []


def test_the_store_goes_on_after_a_write_that_failed(store: Store) -> None:
    with pytest.raises(TypeError):
        store.create("configmaps", config_map("bad", datetime.date(2020, 1, 1)))
    assert store.get("configmaps", "n", "bad") is None
    store.create("configmaps", config_map("good"))
    assert store.require("configmaps", "n", "good")["data"] == {"key": "1"}


def test_every_listener_hears_of_a_change(store: Store) -> None:
    heard: list[str] = []

    def broken(change: Change) -> None:
        raise ValueError("a bug")

    store.subscribe(broken)
    store.subscribe(lambda change: heard.append(change.object["metadata"]["name"]))
    store.create("configmaps", config_map("one"))
    assert heard == ["one"]


def test_a_change_tells_what_was_before_and_one_that_left_hears_nothing(store: Store) -> None:
    heard: list[tuple[str, Any, Any]] = []
    stop = store.subscribe(
        lambda change: heard.append((change.type, change.previous and change.previous["data"], change.object["data"]))
    )
    store.create("configmaps", config_map("one"))
    store.update("configmaps", config_map("one", "2"))
    store.remove("configmaps", "n", "one")
    stop()
    store.create("configmaps", config_map("two"))
    first, second = {"key": "1"}, {"key": "2"}
    assert heard == [("ADDED", None, first), ("MODIFIED", first, second), ("DELETED", second, second)]


def test_lists_are_of_one_namespace_or_of_all_by_name(store: Store) -> None:
    for namespace, name in (("b", "z"), ("b", "a"), ("a", "m")):
        store.create("configmaps", config_map(name, namespace=namespace))

    def names(namespace: str = "") -> list[str]:
        return [obj["metadata"]["name"] for obj in store.list("configmaps", namespace)]

    assert (names("b"), names(), names("c")) == (["a", "z"], ["m", "a", "z"], [])


def test_an_update_of_a_stale_version_is_a_conflict(store: Store) -> None:
    made = store.create("configmaps", config_map("one"))
    store.update("configmaps", config_map("one", "2"))
    with pytest.raises(ApiError) as caught:
        store.update("configmaps", {**config_map("one", "3"), "metadata": made["metadata"]})
    assert caught.value.code == 409
    assert store.require("configmaps", "n", "one")["data"] == {"key": "2"}
