"""What changed, and what the change does."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from localcloud.providers.diff import Kind, compare, difference, lies_in
from localcloud.wire.typed import Archive, Asset, Secret
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle

BUCKET = "gcp:storage/bucket:Bucket"


def test_ignored_changes(gcp: Engine, google: FakeGoogle) -> None:
    rule = {"action": {"type": "Delete"}, "condition": {"age": 3}}
    state = gcp.create(BUCKET, "landing", {"name": "landing", "location": "US", "lifecycleRules": [rule]})
    wanted = {**state.inputs, "lifecycleRules": [{**rule, "condition": {"age": 4}}], "requesterPays": True}
    answer = gcp.diff(state, wanted, ignore=("lifecycleRules[*].condition",))
    assert list(answer.detailedDiff) == ["requesterPays"]
    full = gcp.diff(state, wanted)
    assert full.detailedDiff["lifecycleRules[0].condition.age"].kind == provider_pb2.PropertyDiff.UPDATE


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ({"a": 1}, {"a": 1}, {}),
        ({"a": {"b": 1}}, {"a": {"b": 2, "c": 3}}, {"a.b": Kind.UPDATE, "a.c": Kind.ADD}),
        ({"a": [1, {"b": 2}]}, {"a": [1]}, {"a[1]": Kind.DELETE}),
        ({"a": [1]}, {"a": {"b": 1}}, {"a": Kind.UPDATE}),
        ({"a": {"x.y": 1}}, {"a": {}}, {'a["x.y"]': Kind.DELETE}),
        ({"a": Secret("x")}, {"a": "x"}, {}),
        ({"a": Asset({"text": "x", "hash": "1"})}, {"a": Asset({"text": "x"})}, {}),
        ({"a": Asset({"text": "x"})}, {"a": Asset({"text": "y"})}, {"a.text": Kind.UPDATE}),
        ({"a": Asset({"hash": "1"})}, {"a": Asset({"path": "x", "hash": "1"})}, {}),
        ({"a": Asset({"path": "x", "hash": "1"})}, {"a": Asset({"path": "x", "hash": "2"})}, {"a": Kind.UPDATE}),
        ({"a": Archive({"hash": "1"})}, {"a": Archive({"hash": "2"})}, {"a": Kind.UPDATE}),
    ],
)
def test_changes_are_told_as_deep_as_both_sides_are_alike(
    old: dict[str, Any], new: dict[str, Any], changes: dict[str, Any]
) -> None:
    assert dict(compare(old, new)) == changes


def test_a_change_that_replaces_names_its_property_once() -> None:
    old, new = {"disk": {"size": 1, "kind": "x"}, "labels": {"a": "b"}}, {"disk": {"size": 2}, "labels": {"a": "c"}}
    found = difference(old, new, lambda path: lies_in(path, ("disk",)))
    assert found.replaces == ["disk"]
    assert found.changes == {
        "disk.kind": Kind.DELETE_REPLACE,
        "disk.size": Kind.UPDATE_REPLACE,
        "labels.a": Kind.UPDATE,
    }
    message = found.to_message()
    assert (list(message.diffs), message.changes) == (["disk", "labels"], provider_pb2.DiffResponse.DIFF_SOME)


@pytest.mark.parametrize(
    ("path", "pattern", "within"),
    [
        ("rules[0].action.type", "rules", True),
        ("rules[0].action.type", "rules[0]", True),
        ("rules[1].action.type", "rules[0]", False),
        ("rules[1].action.type", "rules[*].action", True),
        ("rulesOf.x", "rules", False),
        ("rules", "rules[0]", False),
        ('labels["a.b"]', "labels", True),
    ],
)
def test_what_lies_in_a_path(path: str, pattern: str, within: bool) -> None:
    assert lies_in(path, (pattern,)) is within
