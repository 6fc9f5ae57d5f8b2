"""Property values in the form of the wire."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime import rpc

from localcloud.wire import values

RESOURCE = {values.SIGNATURE: values.RESOURCE, "urn": "urn:pulumi:a::b::c::d", "id": "the-id"}
OUTPUT = {values.SIGNATURE: values.OUTPUT}


def test_signatures_are_those_of_the_sdk() -> None:
    assert rpc._special_sig_key == values.SIGNATURE
    assert rpc._special_secret_sig == values.SECRET
    assert rpc._special_asset_sig == values.ASSET
    assert rpc._special_archive_sig == values.ARCHIVE
    assert rpc._special_resource_sig == values.RESOURCE
    assert rpc._special_output_value_sig == values.OUTPUT
    assert values.UNKNOWN == rpc.UNKNOWN
    assert len(values.UNKNOWNS) == 7


@pytest.mark.parametrize("number", [3, -3, 0, 2**53 - 1, 0.5, float("inf")])
def test_numbers_come_back_as_they_were(number: float) -> None:
    found = values.from_struct(values.to_struct({"n": number}))["n"]
    assert (found, type(found)) == (number, type(number))


def test_beyond_what_a_double_counts_a_number_stays_one() -> None:
    found = values.from_struct(values.to_struct({"n": 2**53 + 1}))["n"]
    assert (found, type(found)) == (float(2**53), float)


def test_a_struct_and_back() -> None:
    properties = {"none": None, "yes": True, "text": "", "list": [1, [], {"a": None}], "secret": values.secret("x")}
    assert values.from_struct(values.to_struct(properties)) == properties
    assert values.from_struct(struct_pb2.Struct()) == {}


@pytest.mark.parametrize("unknown", sorted(values.UNKNOWNS))
def test_each_unknown_is_one_at_any_depth(unknown: str) -> None:
    assert values.contains_unknown({"a": [values.secret(unknown)]})
    assert values.drop_unknowns({"a": unknown, "b": [1, unknown], "c": {"d": unknown}}) == {"b": [1], "c": {}}


def test_secrets() -> None:
    value = {"a": [values.secret({"b": values.secret(1)})], "c": 2}
    assert values.unwrap(value) == {"a": [{"b": 1}], "c": 2}
    assert values.redact(value) == {"a": ["[secret]"], "c": 2}
    assert values.secret(values.secret(1)) == values.secret(1)


@pytest.mark.parametrize(
    ("output", "lowered"),
    [
        ({}, values.UNKNOWN),
        ({"value": 1}, 1),
        ({"value": 1, "secret": True}, values.secret(1)),
        ({"secret": True}, values.secret(values.UNKNOWN)),
        ({"value": {**OUTPUT, "value": [2], "dependencies": ["inner"]}}, [2]),
    ],
)
def test_outputs_are_lowered_to_what_they_hold(output: dict[str, Any], lowered: Any) -> None:
    dependencies: set[str] = set()
    found = values.lower_outputs({"x": {**OUTPUT, **output, "dependencies": ["outer"]}}, dependencies)
    assert found == {"x": lowered}
    assert dependencies == ({"outer", "inner"} if lowered == [2] else {"outer"})


def test_a_receiver_gets_what_it_knows() -> None:
    value = {"s": values.secret([RESOURCE]), "r": {**RESOURCE, "id": ""}}
    assert values.for_receiver(value, secrets=True, resources=True) == value
    assert values.for_receiver(value, secrets=False, resources=True) == {"s": [RESOURCE], "r": value["r"]}
    assert values.for_receiver(value, secrets=True, resources=False) == {
        "s": values.secret(["the-id"]),
        "r": "urn:pulumi:a::b::c::d",
    }


def test_what_was_secret_is_marked_again() -> None:
    properties: dict[str, Any] = {"a": {"b": 1, "c": 2}, "d": [1], "e": 3}
    values.keep_secrets_of(properties, {"a": {"b": values.secret(1)}, "d": [values.secret(1)], "gone": 1})
    assert properties == {"a": {"b": values.secret(1), "c": 2}, "d": values.secret([1]), "e": 3}


def test_without_contents_an_asset_is_its_hash() -> None:
    asset = {values.SIGNATURE: values.ASSET, "path": "x", "hash": "1"}
    archive = {values.SIGNATURE: values.ARCHIVE, "assets": {"x": asset}, "hash": "2"}
    unhashed = {values.SIGNATURE: values.ASSET, "uri": "https://example.com/x"}
    told = values.without_contents({"a": [asset], "b": values.secret(archive), "c": unhashed})
    assert told == {
        "a": [{values.SIGNATURE: values.ASSET, "hash": "1"}],
        "b": values.secret({values.SIGNATURE: values.ARCHIVE, "hash": "2"}),
        "c": unhashed,
    }


def test_references_to_resources_say_a_version_as_pulumi_writes_them() -> None:
    versioned = {**RESOURCE, "packageVersion": "1.2.3"}
    told = values.lower_outputs({"a": [RESOURCE], "b": {**OUTPUT, "value": RESOURCE}, "c": versioned})
    assert told == {"a": [{**RESOURCE, "packageVersion": ""}], "b": {**RESOURCE, "packageVersion": ""}, "c": versioned}
