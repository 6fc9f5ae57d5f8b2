"""Property values as providers see them."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.wire import values
from localcloud.wire.typed import (
    UNKNOWN,
    Archive,
    Asset,
    Secret,
    Unknown,
    decode,
    encode,
    has_unknown,
    keep_secrets,
    plain,
    without_internal,
)

ASSET = {values.SIGNATURE: values.ASSET, "text": "hello"}
ARCHIVE = {values.SIGNATURE: values.ARCHIVE, "assets": {"a.txt": ASSET}}
RESOURCE = {values.SIGNATURE: values.RESOURCE, "urn": "urn:pulumi:a::b::c::d", "id": "the-id"}


@pytest.mark.parametrize(
    ("wire", "typed"),
    [
        (values.secret({"a": [1]}), Secret({"a": [1]})),
        (ASSET, Asset({"text": "hello"})),
        (ARCHIVE, Archive({"assets": {"a.txt": Asset({"text": "hello"})}})),
        ([1, 2.5, None, True, "x", {}], [1, 2.5, None, True, "x", {}]),
        (values.UNKNOWN, UNKNOWN),
        (values.secret(values.UNKNOWN), Secret(UNKNOWN)),
    ],
)
def test_both_forms_say_the_same(wire: Any, typed: Any) -> None:
    assert decode(values.to_struct({"key": wire})) == {"key": typed}
    assert values.from_struct(encode({"key": typed})) == {"key": wire}


@pytest.mark.parametrize("unknown", sorted(values.UNKNOWNS))
def test_an_unknown_of_any_type_is_unknown(unknown: str) -> None:
    assert decode(values.to_struct({"key": [unknown]})) == {"key": [UNKNOWN]}


def test_outputs_and_references_are_what_they_stand_for() -> None:
    output = {values.SIGNATURE: values.OUTPUT, "value": RESOURCE, "secret": True}
    assert decode(values.to_struct({"a": RESOURCE, "b": output})) == {"a": "the-id", "b": Secret("the-id")}
    assert decode(values.to_struct({"c": {values.SIGNATURE: values.OUTPUT}})) == {"c": UNKNOWN}


def test_null_properties_are_not_sent_but_null_elements_are() -> None:
    sent = values.from_struct(encode({"gone": None, "nested": {"gone": None, "list": (None, 1)}, "s": Secret(None)}))
    assert sent == {"nested": {"list": [None, 1]}, "s": values.secret(None)}


def test_what_has_no_form_on_the_wire_is_refused() -> None:
    with pytest.raises(ValueError, match="Unexpected type"):
        encode({"key": object()})


def test_plain_and_unknown_look_inside() -> None:
    assert plain({"a": [Secret({"b": Secret(1)})]}) == {"a": [{"b": 1}]}
    assert has_unknown({"a": [Secret({"b": Unknown()})]})
    assert not has_unknown({"a": [Secret(1)]})


def test_secrets_are_kept_at_their_places() -> None:
    source = {"a": Secret(1), "b": {"c": [Secret(1)]}}
    assert keep_secrets(source, {"a": 2, "b": {"c": [3, 4]}, "d": 5}) == {
        "a": Secret(2),
        "b": {"c": [Secret(3), 4]},
        "d": 5,
    }
    assert without_internal({"__defaults": [], "a": None, "b": 0}) == {"b": 0}


def test_assets_are_equal_by_what_is_in_them() -> None:
    assert Asset({"path": "x", "hash": "1"}) == Asset({"hash": "1"}) != Asset({"path": "x", "hash": "2"})
    assert Asset({"path": "x", "hash": "1"}) == Asset({"path": "x"}) != Asset({"path": "y"})
    assert Asset({"text": "x"}) != "x"
