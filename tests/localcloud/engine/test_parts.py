"""Property paths, URNs and hashes by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localcloud.engine.errors import EngineError
from localcloud.wire import assets, urns, values
from localcloud.wire import property_paths as paths

ASSET = {values.SIGNATURE: values.ASSET}
ARCHIVE = {values.SIGNATURE: values.ARCHIVE}


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
    with pytest.raises(EngineError, match="is not a property path"):
        paths.parse(text)


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
    ],
)
def test_reset(path: str, old: Any, new: Any, result: Any, possible: bool) -> None:
    assert paths.reset(paths.parse(path), old, new) is possible
    assert new == result


def test_changed_paths_see_through_secrets() -> None:
    old = {"a": [1, {"b": values.secret(2)}], "c": 3, "gone": 1}
    new = {"a": [1, {"b": 5}], "c": values.secret(3), "new": 1}
    assert [paths.join(path) for path in paths.changed(old, new)] == ["a[1].b", "gone", "new"]


def test_urns_and_aliases() -> None:
    stack = urns.make("dev", "demo", "", urns.STACK_TYPE, "demo-dev")
    group = urns.make("dev", "demo", stack, "my:index:Group", "g")
    child = urns.make("dev", "demo", group, "gcp:storage/bucket:Bucket", "g-logs")
    assert group == "urn:pulumi:dev::demo::my:index:Group::g"
    assert child == "urn:pulumi:dev::demo::my:index:Group$gcp:storage/bucket:Bucket::g-logs"
    assert urns.type_of(child) == "gcp:storage/bucket:Bucket"
    assert (
        urns.Alias(no_parent=True).resolve(child, group, {})
        == "urn:pulumi:dev::demo::gcp:storage/bucket:Bucket::g-logs"
    )
    assert urns.Alias(stack="old").resolve(group, stack, {}) == "urn:pulumi:old::demo::my:index:Group::g"
    old_group = urns.make("dev", "demo", stack, "my:index:Old", "h")
    assert urns.inherited(child, group, old_group).endswith("::my:index:Old$gcp:storage/bucket:Bucket::h-logs")


def test_hashes_are_those_of_pulumi(tmp_path: Path) -> None:
    # Expected values: sdk/go/common/resource/asset_test.go in Pulumi.
    text = {**ASSET, "text": "a test asset"}
    archive = {**ARCHIVE, "assets": {"foo": text}}
    hashed = assets.with_hashes({"asset": text, "archive": archive}, tmp_path)
    assert hashed["asset"]["hash"] == "e34c74529110661faae4e121e57165ff4cb4dbdde1ef9770098aa3695e6b6704"
    assert hashed["archive"]["hash"] == "27ab4a14a617df10cff3e1cf4e30cf510302afe56bf4cc91f84041c9f7b62fd8"


def test_a_directory_hashes_as_the_map_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "d" / "sub").mkdir(parents=True)
    (tmp_path / "d" / "foo").write_text("a test asset")
    (tmp_path / "d" / "sub" / "x").write_text("1")
    (tmp_path / "d" / ".pulumi").mkdir()
    (tmp_path / "d" / ".pulumi" / "state").write_text("ignored")
    parts = {"foo": {**ASSET, "text": "a test asset"}, "sub/x": {**ASSET, "text": "1"}}
    directory = assets.archive_hash({**ARCHIVE, "path": "d"}, tmp_path)
    assert directory == assets.archive_hash({**ARCHIVE, "assets": parts}, tmp_path)
    with pytest.raises(EngineError, match="neither a directory nor an archive"):
        assets.archive_hash({**ARCHIVE, "path": "d/foo"}, tmp_path)
