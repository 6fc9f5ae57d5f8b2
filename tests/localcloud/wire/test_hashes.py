"""Hashes of assets and archives."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError
from localcloud.wire import values
from localcloud.wire.hashes import content_hash, with_hashes
from localcloud.wire.typed import Archive, Asset

ASSET = {values.SIGNATURE: values.ASSET}
ARCHIVE = {values.SIGNATURE: values.ARCHIVE}
HASH_OF_A_TEST_ASSET = "e34c74529110661faae4e121e57165ff4cb4dbdde1ef9770098aa3695e6b6704"


def test_hashes_are_those_of_pulumi(tmp_path: Path) -> None:
    # Expected values: sdk/go/common/resource/asset_test.go in Pulumi.
    text = {**ASSET, "text": "a test asset"}
    archive = {**ARCHIVE, "assets": {"foo": text}}
    hashed = with_hashes({"asset": text, "archive": archive}, tmp_path)
    assert hashed["asset"]["hash"] == HASH_OF_A_TEST_ASSET
    assert hashed["archive"]["assets"] == {"foo": hashed["asset"]}
    assert hashed["archive"]["hash"] == "27ab4a14a617df10cff3e1cf4e30cf510302afe56bf4cc91f84041c9f7b62fd8"


def test_a_file_has_the_hash_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("a test asset")
    assert content_hash(Asset({"path": "a.zip"}), tmp_path) == HASH_OF_A_TEST_ASSET
    assert content_hash(Archive({"path": "a.zip"}), tmp_path) == HASH_OF_A_TEST_ASSET


def test_a_directory_hashes_as_the_map_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "d" / "sub").mkdir(parents=True)
    (tmp_path / "d" / "foo").write_text("a test asset")
    (tmp_path / "d" / "sub" / "x").write_text("1")
    (tmp_path / "d" / ".pulumi").mkdir()
    (tmp_path / "d" / ".pulumi" / "state").write_text("ignored")
    parts = {"foo": Asset({"text": "a test asset"}), "sub/x": Asset({"text": "1"})}
    directory = content_hash(Archive({"path": "d"}), tmp_path)
    assert directory == content_hash(Archive({"assets": parts}), tmp_path)
    with pytest.raises(LocalCloudError, match="neither a directory nor an archive"):
        content_hash(Archive({"path": "d/foo"}), tmp_path)


@pytest.mark.parametrize(
    "value",
    [
        {**ASSET, "text": "x", "hash": "given"},
        {**ASSET, "text": values.UNKNOWN},
        {**ASSET, "uri": "https://example.com/x"},
        {**ARCHIVE, "assets": {"x": {**ASSET, "uri": "https://example.com/x"}}},
    ],
)
def test_what_is_given_unknown_or_elsewhere_is_left_alone(tmp_path: Path, value: values.Properties) -> None:
    assert with_hashes([{"a": value}], tmp_path) == [{"a": value}]
