"""Sets of fields by Kubernetes' own rules, of whole objects and of what changed between two."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.field_sets import (
    differences,
    fields_of,
    from_fields_v1,
    in_order,
    merged,
    shown,
    to_fields_v1,
    with_structs,
    without,
)
from localcloud.services.kubernetes.api.schema import type_of

POD = type_of(RESOURCES["pods"])
BODY: dict[str, Any] = {
    "metadata": {"labels": {"app": "x"}, "finalizers": ["a/b"]},
    "spec": {
        "nodeSelector": {"a": "b"},
        "containers": [{"name": "c", "command": ["x", "y"], "ports": [{"containerPort": 80}]}],
        "volumes": [{"name": "v", "emptyDir": {}}],
    },
}
FIELDS: dict[str, Any] = {
    "f:metadata": {"f:finalizers": {'v:"a/b"': {}}, "f:labels": {"f:app": {}}},
    "f:spec": {
        "f:containers": {
            'k:{"name":"c"}': {
                ".": {},
                "f:command": {},
                "f:name": {},
                "f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}},
            }
        },
        "f:nodeSelector": {},
        "f:volumes": {'k:{"name":"v"}': {".": {}, "f:emptyDir": {}, "f:name": {}}},
    },
}


def test_an_object_s_fields_as_managed_fields_has_them() -> None:
    fields = fields_of(POD, BODY)
    assert to_fields_v1(fields) == FIELDS
    assert from_fields_v1(FIELDS) == fields


def test_what_was_added_changed_and_removed() -> None:
    after = {
        "metadata": {"labels": {"app": "y"}},
        "spec": {
            "nodeSelector": {"a": "c"},
            "containers": [{"name": "c", "command": ["x"], "image": "i", "ports": [{"containerPort": 80}]}],
        },
    }
    changed, removed = differences(POD, BODY, after)
    assert sorted(map(shown, changed)) == [
        ".metadata.labels.app",
        '.spec.containers[name="c"].command',
        '.spec.containers[name="c"].image',
        ".spec.nodeSelector",
    ]
    assert sorted(map(shown, removed)) == [
        ".metadata.finalizers",
        '.metadata.finalizers[="a/b"]',
        ".spec.volumes",
        '.spec.volumes[name="v"]',
        '.spec.volumes[name="v"].emptyDir',
        '.spec.volumes[name="v"].name',
    ]
    assert differences(POD, BODY, BODY) == (set(), set())


def test_without_all_its_fields_nothing_is_left() -> None:
    fields = fields_of(POD, BODY)
    assert without(POD, BODY, fields) is None
    assert without(POD, BODY, {("f:spec",)}) == {"metadata": BODY["metadata"]}
    labels = {path for path in fields if "f:labels" in path}
    assert without(POD, BODY, labels)["metadata"] == {"finalizers": ["a/b"]}


def test_merging_keeps_what_is_not_said() -> None:
    other = {
        "spec": {"containers": [{"name": "d"}, {"name": "c", "image": "i", "ports": []}], "nodeSelector": {"z": "z"}}
    }
    found = merged(POD, BODY, other)
    assert [entry["name"] for entry in found["spec"]["containers"]] == ["d", "c"]
    assert found["spec"]["containers"][1] == {**BODY["spec"]["containers"][0], "image": "i"}
    assert found["spec"]["nodeSelector"] == {"z": "z"}
    assert found["metadata"] == BODY["metadata"]


@pytest.mark.parametrize(
    ("known", "wanted", "expected"),
    [
        ("abc", "", "abc"),
        ("abc", "cb", "acb"),
        ("abc", "xb", "axbc"),
        ("", "ba", "ba"),
        ("abc", "x", "abcx"),
        ("bxc", "cb", "xcb"),
    ],
)
def test_the_order_of_what_is_merged(known: str, wanted: str, expected: str) -> None:
    assert "".join(in_order(list(known), list(wanted))) == expected


def test_structs_go_with_their_fields_and_maps_do_not() -> None:
    found = with_structs(POD, {("f:metadata", "f:labels", "f:app"), ("f:spec", "f:containers", 'k:{"name":"c"}')})
    assert {path for path in found if len(path) == 2} == {("f:metadata", "f:labels"), ("f:spec", "f:containers")}
    assert ("f:spec",) in found
