"""Property paths as text and as elements, and what is done along them."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.errors import LocalCloudError
from localcloud.wire import property_paths as paths
from localcloud.wire import values


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("root", ("root",)),
        ("root.double.nest", ("root", "double", "nest")),
        ('root["double"].nest', ("root", "double", "nest")),
        ("root.array[0][1].nested", ("root", "array", 0, 1, "nested")),
        ('root["key with \\"escaped\\" quotes"]', ("root", 'key with "escaped" quotes')),
        ('["root key with a ."][100]', ("root key with a .", 100)),
        ("root.array[*].field", ("root", "array", "*", "field")),
        ("*", ("*",)),
    ],
)
def test_paths(text: str, elements: paths.Path) -> None:
    assert paths.parse(text) == elements
    if "*" not in text:
        assert paths.parse(paths.join(elements)) == elements


@pytest.mark.parametrize("text", [".root", "root[", 'root["a', "root[x]"])
def test_what_is_no_path(text: str) -> None:
    with pytest.raises(LocalCloudError, match="is not a property path"):
        paths.parse(text)


@pytest.mark.parametrize(
    ("pattern", "path", "covered"),
    [
        ("tags", "tags", True),
        ("tags", "tags.owner", True),
        ("tags", "tagsets", False),
        ("tags.owner", "tags", False),
        ("rules[*].name", "rules[3].name", True),
        ("rules[0]", "rules[1].name", False),
    ],
)
def test_a_path_covers_what_lies_below_it(pattern: str, path: str, covered: bool) -> None:
    assert paths.covers(paths.parse(pattern), paths.parse(path)) is covered


@pytest.mark.parametrize(
    ("path", "old", "new", "result", "possible"),
    [
        ("a", {"a": 1}, {"a": 2}, {"a": 1}, True),
        ("a", {}, {"a": 2}, {}, True),
        ("a", {"a": 1}, {}, {"a": 1}, True),
        ("a.b", {"a": {"b": 1}}, {"a": {"b": 2, "c": 3}}, {"a": {"b": 1, "c": 3}}, True),
        ("a.b", {"a": {"b": 1}}, {}, {}, False),
        ("a.b", {}, {}, {}, True),
        ("a[1]", {"a": [1, 2]}, {"a": [3, 4]}, {"a": [3, 2]}, True),
        ("a[1]", {"a": [1, 2]}, {"a": [3]}, {"a": [3]}, False),
        ("a[*].b", {"a": [{"b": 1}]}, {"a": [{"b": 2}]}, {"a": [{"b": 1}]}, True),
        ("*", {"a": 1}, {"a": 2, "b": 3}, {"a": 1}, True),
        ("a[*]", {"a": [1, 2]}, {"a": [3]}, {"a": [1]}, False),
        ("a[*]", {"a": [1]}, {"a": [3, 4]}, {"a": [1, 4]}, False),
        ("a.b", {"a": values.secret({"b": 1})}, {"a": {"b": 2}}, {"a": {"b": values.secret(1)}}, True),
        ("a[0].b", {"a": values.secret([{"b": 1}])}, {"a": [{"b": 2}]}, {"a": [{"b": values.secret(1)}]}, True),
        ("a.*", {"a": values.secret({"b": 1})}, {"a": {"b": 2}}, {"a": {"b": values.secret(1)}}, True),
        (
            "a.b",
            {"a": values.secret({"b": 1})},
            {"a": values.secret({"b": 2})},
            {"a": values.secret({"b": 1})},
            True,
        ),
    ],
)
def test_reset(path: str, old: Any, new: Any, result: Any, possible: bool) -> None:
    assert paths.reset(paths.parse(path), old, new) is possible
    assert new == result


def test_changed_paths_see_through_secrets() -> None:
    old = {"a": [1, {"b": values.secret(2)}], "c": 3, "gone": 1}
    new = {"a": [1, {"b": 5}], "c": values.secret(3), "new": 1}
    assert [paths.join(path) for path in paths.changed(old, new)] == ["a[1].b", "gone", "new"]


def test_assets_are_the_same_if_their_content_is() -> None:
    old, moved, new = (
        {"source": {values.SIGNATURE: values.ASSET, "path": path, "hash": digest}}
        for path, digest in (("x", "1"), ("y", "1"), ("x", "2"))
    )
    assert paths.changed(old, moved) == []
    assert paths.changed(old, new) == [("source",)]
