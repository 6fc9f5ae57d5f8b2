"""Objects through google-cloud-storage: content, metadata, versions, copies, listings."""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
from datetime import UTC, datetime, timedelta

import google_crc32c
import pytest
from google.api_core import exceptions
from google.cloud import storage
from google.cloud.storage import transfer_manager

from tests.localcloud.services.storage.clients import Http

ODD_NAMES = [
    "a/b/c",
    "with space",
    "ünïcødé/日本",
    "100%",
    "a%2Fb",
    "q?x=1#f",
    "a+b",
    "a&b=c",
    "x//y",
    "trailing/",
    "'\"<>",
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names(bucket: storage.Bucket, name: str) -> None:
    bucket.blob(name).upload_from_string(name.encode())
    (listed,) = bucket.list_blobs()
    assert listed.name == name
    assert listed.download_as_bytes() == name.encode()
    moved = bucket.rename_blob(listed, name + "-2")
    assert moved.name == name + "-2"
    moved.delete()
    assert not moved.exists()


@pytest.mark.parametrize("name", ["x" * 1025, "new\nline", ".", ".."])
def test_bad_names_are_refused(bucket: storage.Bucket, http: Http, name: str) -> None:
    parameters = {"uploadType": "media", "name": name}
    response = http("POST", f"/upload/storage/v1/b/{bucket.name}/o", params=parameters, data=b"x")
    assert response.status_code == 400
    assert "Invalid object name" in response.json()["error"]["message"]


@pytest.mark.parametrize("chunk_size", [None, 256 * 1024])
@pytest.mark.parametrize("size", [0, 1, 256 * 1024, 3 * 1024 * 1024 + 17])
def test_content_and_checksums(bucket: storage.Bucket, size: int, chunk_size: int | None) -> None:
    data = os.urandom(size)
    blob = bucket.blob("data", chunk_size=chunk_size)
    blob.upload_from_string(data, content_type="application/x-test")
    blob.reload()
    assert (blob.size, blob.content_type) == (size, "application/x-test")
    assert blob.md5_hash == base64.b64encode(hashlib.md5(data).digest()).decode()
    assert blob.crc32c == base64.b64encode(google_crc32c.value(data).to_bytes(4, "big")).decode()
    assert bucket.blob("data").download_as_bytes() == data
    if size:
        assert blob.download_as_bytes(start=size // 2) == data[size // 2 :]
        assert blob.download_as_bytes(start=0, end=0) == data[:1]


def test_stream_reader_and_writer(bucket: storage.Bucket) -> None:
    data = os.urandom(1_500_000)
    with bucket.blob("stream").open("wb", chunk_size=512 * 1024) as writer:
        for start in range(0, len(data), 100_000):
            writer.write(data[start : start + 100_000])
    with bucket.blob("stream").open("rb", chunk_size=256 * 1024) as reader:
        assert reader.read() == data
        reader.seek(777_777)
        assert reader.read(10) == data[777_777:777_787]


def test_metadata_patch_and_metageneration(bucket: storage.Bucket) -> None:
    blob = bucket.blob("meta")
    blob.metadata = {"reason": "damaged", "ünï": "wörth"}
    blob.cache_control = "no-store"
    blob.upload_from_string(b"x")
    blob.metadata = {"reason": "other", "ünï": None}
    blob.patch()
    got = bucket.get_blob("meta")
    assert got is not None
    assert (got.metadata, got.cache_control, got.metageneration) == ({"reason": "other"}, "no-store", 2)
    assert got.generation == blob.generation


def test_generations_only_grow(bucket: storage.Bucket) -> None:
    blob = bucket.blob("again")
    seen = []
    for number in range(5):
        blob.upload_from_string(str(number))
        seen.append(blob.generation)
    assert seen == sorted(set(seen))


def test_versions(bucket: storage.Bucket) -> None:
    bucket.versioning_enabled = True
    bucket.patch()
    blob = bucket.blob("v")
    blob.upload_from_string(b"one")
    first = blob.generation
    blob.upload_from_string(b"two")
    second = blob.generation
    assert bucket.blob("v", generation=first).download_as_bytes() == b"one"
    bucket.delete_blob("v")
    assert bucket.get_blob("v") is None
    listed = {(one.generation, one.time_deleted is not None) for one in bucket.list_blobs(versions=True)}
    assert listed == {(first, True), (second, True)}
    restored = bucket.copy_blob(bucket.blob("v"), bucket, "v", source_generation=first)
    assert restored.download_as_bytes() == b"one"
    bucket.delete_blob("v", generation=first)
    assert bucket.get_blob("v", generation=first) is None


def test_copy_keeps_metadata_and_replaces_it_on_request(bucket: storage.Bucket) -> None:
    blob = bucket.blob("source")
    blob.metadata = {"k": "v"}
    blob.upload_from_string(b"abc", content_type="text/x-source")
    copied = bucket.copy_blob(blob, bucket, "copied")
    copied.reload()
    assert (copied.metadata, copied.content_type, copied.crc32c) == ({"k": "v"}, "text/x-source", blob.crc32c)
    fresh = bucket.blob("fresh")
    fresh.metadata = {"new": "1"}
    token, rewritten, total = fresh.rewrite(blob)
    assert (token, rewritten, total) == (None, 3, 3)
    fresh.reload()
    assert fresh.metadata == {"new": "1"}
    blob.delete()
    assert copied.download_as_bytes() == b"abc"


def test_move_is_one_step(bucket: storage.Bucket) -> None:
    bucket.blob("from").upload_from_string(b"abc")
    moved = bucket.move_blob(bucket.blob("from"), "to/there")
    assert moved.download_as_bytes() == b"abc"
    assert [one.name for one in bucket.list_blobs()] == ["to/there"]
    with pytest.raises(exceptions.NotFound):
        bucket.move_blob(bucket.blob("from"), "x")
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.move_blob(moved, "y", if_source_generation_match=1)


def test_compose(bucket: storage.Bucket) -> None:
    parts = [bucket.blob(f"p{number}") for number in range(3)]
    for number, part in enumerate(parts):
        part.upload_from_string(str(number) * 3)
    joined = bucket.blob("joined")
    joined.compose(parts)
    joined.reload()
    assert joined.download_as_bytes() == b"000111222"
    assert joined.md5_hash is None
    assert joined.crc32c == base64.b64encode(google_crc32c.value(b"000111222").to_bytes(4, "big")).decode()
    with pytest.raises(exceptions.PreconditionFailed):
        joined.compose(parts, if_source_generation_match=[1, None, None])
    with pytest.raises(exceptions.NotFound):
        joined.compose([bucket.blob("absent")])


def names(listing: object) -> list[str]:
    return [blob.name for blob in listing]  # type: ignore[attr-defined]


def test_listing(bucket: storage.Bucket) -> None:
    for name in ["a", "a/", "a/1", "a/2", "a/b/3", "b/4", "c", "é"]:
        bucket.blob(name).upload_from_string(b"")
    assert names(bucket.list_blobs(page_size=3)) == ["a", "a/", "a/1", "a/2", "a/b/3", "b/4", "c", "é"]
    top = bucket.list_blobs(delimiter="/", page_size=1)
    assert (names(top), top.prefixes) == (["a", "c", "é"], {"a/", "b/"})
    inside = bucket.list_blobs(prefix="a/", delimiter="/")
    assert (names(inside), inside.prefixes) == (["a/", "a/1", "a/2"], {"a/b/"})
    trailing = bucket.list_blobs(delimiter="/", include_trailing_delimiter=True)
    assert (names(trailing), trailing.prefixes) == (["a", "a/", "c", "é"], {"a/", "b/"})
    assert names(bucket.list_blobs(start_offset="a/2", end_offset="c")) == ["a/2", "a/b/3", "b/4"]
    from_within = bucket.list_blobs(start_offset="a/2", delimiter="/")
    assert (names(from_within), from_within.prefixes) == (["c", "é"], {"a/", "b/"})
    assert names(bucket.list_blobs(match_glob="a/*")) == ["a/", "a/1", "a/2"]
    assert names(bucket.list_blobs(match_glob="**/{3,4}")) == ["a/b/3", "b/4"]
    assert names(bucket.list_blobs(match_glob="[a-b]/?")) == ["a/1", "a/2", "b/4"]
    assert names(bucket.list_blobs(prefix="none")) == []
    assert names(bucket.list_blobs(max_results=2)) == ["a", "a/"]


def test_listing_more_than_a_page(bucket: storage.Bucket, owner_client: storage.Client) -> None:
    expected = [f"n/{number:04}/x" for number in range(1050)]
    first = bucket.blob("first")
    first.upload_from_string(b"x")
    for start in range(0, 1050, 100):
        with owner_client.batch():
            for name in expected[start : start + 100]:
                bucket.copy_blob(first, bucket, name)
    first.delete()
    assert names(bucket.list_blobs()) == expected
    folders = bucket.list_blobs(prefix="n/", delimiter="/")
    assert names(folders) == []
    assert len(folders.prefixes) == 1050
    for start in range(0, 1050, 100):
        with owner_client.batch():
            for name in expected[start : start + 100]:
                bucket.delete_blob(name)
    assert names(bucket.list_blobs()) == []


def test_gzip_content_is_unpacked_for_those_who_dont_take_it(bucket: storage.Bucket, http: Http) -> None:
    data = b"text " * 100_000
    blob = bucket.blob("packed")
    blob.content_encoding = "gzip"
    blob.upload_from_string(gzip.compress(data), content_type="text/plain")
    assert gzip.decompress(blob.download_as_bytes(raw_download=True)) == data
    path = f"/download/storage/v1/b/{bucket.name}/o/packed?alt=media"
    packed = http("GET", path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == data  # unpacked by requests
    plain = http("GET", path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == data


def test_packed_content_of_several_members_is_unpacked_whole(bucket: storage.Bucket, http: Http) -> None:
    blob = bucket.blob("members")
    blob.content_encoding = "gzip"
    blob.upload_from_string(gzip.compress(b"first ") + gzip.compress(b"second"))
    plain = http("GET", f"/{bucket.name}/members", headers={"Accept-Encoding": "identity"})
    assert plain.content == b"first second"


def test_cleared_type_becomes_the_default(bucket: storage.Bucket, http: Http) -> None:
    bucket.blob("typed").upload_from_string(b"x", content_type="text/x")
    path = f"/storage/v1/b/{bucket.name}/o/typed"
    for method in ("PATCH", "PUT"):
        cleared = http(method, path, json={"contentType": None, "storageClass": None})
        assert (cleared.json()["contentType"], cleared.json()["storageClass"]) == (
            "application/octet-stream",
            "STANDARD",
        )
        assert http("GET", path + "?alt=media").content == b"x"


def test_metadata_values_become_texts(bucket: storage.Bucket, http: Http) -> None:
    bucket.blob("noted").upload_from_string(b"x")
    path = f"/storage/v1/b/{bucket.name}/o/noted"
    noted = http("PATCH", path, json={"metadata": {"number": 1, "flag": True}})
    assert noted.json()["metadata"] == {"number": "1", "flag": "true"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/o/joined/compose", {"sourceObjects": [{"name": "x", "generation": "x"}]}),
        ("POST", "/o/joined/compose", {"sourceObjects": ["x"]}),
        ("POST", "/o/joined/compose", {"sourceObjects": 1}),
        ("POST", "/o/joined/compose", {"sourceObjects": [{"name": "x", "generation": str(2**64)}]}),
        ("POST", "/o/joined/compose", {"sourceObjects": [{"name": "x"}], "destination": []}),
        ("PATCH", "/o/x", {"metadata": ["x"]}),
        ("PATCH", "/o/x", {"metadata": {"k": {}}}),
        ("PATCH", "/o/x", {"contentType": 1}),
        ("PATCH", "/o/x", {"temporaryHold": "yes"}),
        ("PATCH", "/o/x", {"retention": {"mode": "Locked", "retainUntilTime": "soon"}}),
        ("PATCH", "/o/x", [1]),
        ("PATCH", "", {"labels": [1]}),
        ("PATCH", "", {"lifecycle": {"rule": ["x"]}}),
        ("PATCH", "", {"iamConfiguration": {"uniformBucketLevelAccess": 1}}),
        ("PUT", "/iam", {"bindings": 1}),
        ("PUT", "/iam", {"bindings": [{"role": "roles/storage.admin", "members": [{"a:b": 1}]}]}),
    ],
)
def test_malformed_input_is_refused(
    bucket: storage.Bucket, http: Http, method: str, path: str, body: dict[str, object]
) -> None:
    bucket.blob("x").upload_from_string(b"x")
    refused = http(method, f"/storage/v1/b/{bucket.name}{path}", json=body)
    assert refused.status_code == 400, refused.text
    assert http("GET", f"/{bucket.name}/x").content == b"x"


def test_retained_object_is_kept(bucket: storage.Bucket, http: Http) -> None:
    blob = bucket.blob("retained")
    blob.upload_from_string(b"x")
    path = f"/storage/v1/b/{bucket.name}/o/retained"
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    retention = {"mode": "Unlocked", "retainUntilTime": until}
    assert http("PATCH", path, json={"retention": retention}).json()["retention"] == retention
    with pytest.raises(exceptions.Forbidden, match="cannot be deleted or overwritten until"):
        blob.delete()
    with pytest.raises(exceptions.Forbidden, match="cannot be deleted or overwritten until"):
        blob.upload_from_string(b"y")
    assert http("PATCH", path, json={"retention": None}).status_code == 403
    assert http("PATCH", path + "?overrideUnlockedRetention=true", json={"retention": None}).status_code == 200
    blob.delete()


def test_parallel_upload_and_download(bucket: storage.Bucket, tmp_path_factory: pytest.TempPathFactory) -> None:
    """google-cloud-storage's transfer manager: multipart uploads of the XML API, ranged downloads."""
    folder = tmp_path_factory.mktemp("parallel")
    source, target = folder / "source", folder / "target"
    source.write_bytes(os.urandom(11 * 1024 * 1024 + 3))
    blob = bucket.blob("folder/parallel ü")
    threads = {"worker_type": transfer_manager.THREAD, "max_workers": 4}
    transfer_manager.upload_chunks_concurrently(str(source), blob, chunk_size=5 * 1024 * 1024, **threads)
    transfer_manager.download_chunks_concurrently(blob, str(target), chunk_size=4 * 1024 * 1024, **threads)
    assert target.read_bytes() == source.read_bytes()


def test_default_key_is_on_the_objects(bucket: storage.Bucket) -> None:
    key = "projects/p/locations/l/keyRings/r/cryptoKeys/k"
    bucket.default_kms_key_name = key
    bucket.patch()
    blob = bucket.blob("x")
    blob.upload_from_string(b"x")
    assert blob.kms_key_name == f"{key}/cryptoKeyVersions/1"
