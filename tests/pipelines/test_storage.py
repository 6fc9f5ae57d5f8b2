"""Objects by address: listed, read and copied in one generation, in Cloud Storage and in a folder."""

from __future__ import annotations

import gzip
import hashlib
import os
import pickle
from io import BytesIO
from pathlib import Path

import pytest
from google.api_core.exceptions import NotFound
from google.cloud import storage

import pipelines.storage
from pipelines.storage import (
    CloudStorage,
    FolderStorage,
    MissingObjectError,
    StoredObject,
    UnreadableObjectError,
    decoded,
    open_store,
)


def test_a_store_is_known_by_its_scheme() -> None:
    assert isinstance(open_store("gs://bucket/a"), CloudStorage)
    assert isinstance(open_store("file:///folder/a"), FolderStorage)
    for address in ("somewhere", "s3://bucket/a", "gs:///a", "/folder/a"):
        with pytest.raises(ValueError, match="give an address that begins with gs://"):
            open_store(address)


def test_a_store_is_pickled_without_its_connection() -> None:
    store = CloudStorage()
    store.__dict__["_client"] = object()
    assert pickle.loads(pickle.dumps(store)).__dict__ == {}


class TestFolder:
    """file:///: a file's generation is its time of change."""

    store = FolderStorage()

    def put(self, path: Path, content: bytes, generation: int) -> str:
        path.write_bytes(content)
        os.utime(path, ns=(generation, generation))
        return path.as_uri()

    def test_objects_are_listed_by_name_below_the_prefix(self, tmp_path: Path) -> None:
        (tmp_path / "logs" / "sub").mkdir(parents=True)
        second = self.put(tmp_path / "logs" / "sub" / "b #1.mcap", b"bb", 7)
        first = self.put(tmp_path / "logs" / "a.mcap", b"a", 5)
        self.put(tmp_path / "other.mcap", b"c", 6)
        assert list(self.store.list((tmp_path / "logs").as_uri())) == [
            StoredObject(first, 5, 1),
            StoredObject(second, 7, 2),
        ]
        assert self.store.stat(second) == StoredObject(second, 7, 2)
        assert self.store.read(second) == b"bb"

    def test_a_name_that_is_no_text_is_a_name(self, tmp_path: Path) -> None:
        (tmp_path / os.fsdecode(b"\xff.mcap")).write_bytes(b"a")
        (stored,) = self.store.list(tmp_path.as_uri())
        assert self.store.read(stored.uri) == b"a"

    def test_an_object_that_is_not_there(self, tmp_path: Path) -> None:
        uri = (tmp_path / "none").as_uri()
        assert self.store.stat(uri) is None
        with pytest.raises(MissingObjectError, match="none"):
            self.store.read(uri)
        with pytest.raises(MissingObjectError):
            self.store.open(StoredObject(uri, 1, 1))

    def test_only_the_generation_asked_for_is_opened_and_copied(self, tmp_path: Path) -> None:
        uri, target = self.put(tmp_path / "a", b"old", 5), tmp_path / "copies" / "x" / "a"
        old = StoredObject(uri, 5, 3)
        with self.store.open(old) as stream:
            assert stream.read() == b"old"
        self.store.copy(old, target.as_uri(), {"reason": "truncated", "run_id": "r"})
        assert target.read_bytes() == b"old"
        assert target.with_name("a.metadata").read_text() == "reason: truncated\nrun_id: r\n"
        self.put(tmp_path / "a", b"new", 6)
        for use in (lambda: self.store.open(old), lambda: self.store.copy(old, target.as_uri(), {})):
            with pytest.raises(MissingObjectError):
                use()
        assert target.read_bytes() == b"old"


def gzipped(content: bytes, encoding: str = "gzip") -> bytes:
    """What is read of an object that is stored so."""
    return decoded(BytesIO(content), StoredObject("gs://bucket/a", 1, len(content), encoding)).read()


def test_an_object_is_as_it_was_before_its_content_encoding() -> None:
    for content in (b"", b"a" * 1000):
        assert gzipped(gzip.compress(content, mtime=0)) == content
        assert gzipped(gzip.compress(content, mtime=0), " GZIP ") == content
        assert gzipped(content, "identity") == content
    assert gzipped(gzip.compress(b"a", mtime=0) + gzip.compress(b"b", mtime=0)) == b"ab"


@pytest.mark.parametrize(
    ("content", "encoding", "reason"),
    [
        (b"a", "br", r"^its Content-Encoding is 'br'; store it with gzip, or as it is$"),
        (b"not gzip", "gzip", r"^its Content-Encoding is gzip, but it is not: Not a gzipped file"),
        (
            gzip.compress(b"a" * 1000, mtime=0)[:-9],
            "gzip",
            r"^its Content-Encoding is gzip, but it is not: .*end-of-stream",
        ),
        (
            gzip.compress(b"a" * 1000, mtime=0)[:-8] + bytes(8),
            "gzip",
            r"^its Content-Encoding is gzip, but it is not: CRC",
        ),
        (
            gzip.compress(bytes(1 << 26), mtime=0),
            "gzip",
            r"^unzipped it is more than 100 times as long as it is stored$",
        ),
    ],
)
def test_a_content_encoding_that_can_t_be_undone(content: bytes, encoding: str, reason: str) -> None:
    with pytest.raises(UnreadableObjectError, match=reason):
        gzipped(content, encoding)


@pytest.fixture
def bucket(storage_client: storage.Client) -> storage.Bucket:
    """A bucket, and one of the name quarantine-s, both empty or new."""
    for name in ("landing-s", "quarantine-s"):
        if not storage_client.bucket(name).exists():
            storage_client.create_bucket(name, location="us-central1")
    return storage_client.bucket("landing-s")


def test_objects_of_a_bucket(bucket: storage.Bucket) -> None:
    store = CloudStorage()
    for name in ("logs/a b#1.mcap", "logs/sub/c.mcap", "logs/folder/", "logs2/d.mcap"):
        bucket.blob(name).upload_from_string(name)
    listed = list(store.list("gs://landing-s/logs/"))
    assert [one.uri for one in listed] == ["gs://landing-s/logs/a b#1.mcap", "gs://landing-s/logs/sub/c.mcap"]
    assert [store.stat(one.uri) for one in listed] == listed
    assert store.read(listed[0].uri) == b"logs/a b#1.mcap"
    store.copy(listed[0], "gs://quarantine-s/x/a.mcap", {"reason": "truncated"})
    copied = bucket.client.bucket("quarantine-s").get_blob("x/a.mcap")
    assert copied is not None
    assert (copied.metadata, copied.download_as_bytes()) == ({"reason": "truncated"}, b"logs/a b#1.mcap")
    assert store.stat("gs://landing-s/none") is None
    with pytest.raises(MissingObjectError):
        store.read("gs://landing-s/none")


@pytest.mark.parametrize("in_parts", [False, True])
def test_an_object_stored_with_gzip_is_read_and_copied_with_its_encoding(
    bucket: storage.Bucket, monkeypatch: pytest.MonkeyPatch, in_parts: bool
) -> None:
    content = os.urandom(5000)
    if in_parts:
        monkeypatch.setattr(pipelines.storage, "WHOLE_BYTES", 1024)
    blob = bucket.blob(f"gzip-{in_parts}/a.mcap")
    blob.content_encoding = "gzip"
    blob.upload_from_string(gzip.compress(content, mtime=0))
    store = CloudStorage()
    (stored,) = store.list(f"gs://landing-s/gzip-{in_parts}/")
    assert stored.encoding == "gzip"
    assert store.read(stored.uri) == content
    with store.open(stored) as stream:
        assert stream.read(2000) + stream.read() == content
    store.copy(stored, "gs://quarantine-s/gzip/a.mcap", {})
    copied = store.stat("gs://quarantine-s/gzip/a.mcap")
    assert copied is not None
    assert (copied.encoding, store.read(copied.uri)) == ("gzip", content)


def test_a_whole_bucket_is_listed_with_and_without_its_slash_and_an_empty_object_is_one(
    bucket: storage.Bucket,
) -> None:
    whole = bucket.client.create_bucket("whole-s", location="us-central1")
    whole.blob("empty.mcap").upload_from_string(b"")
    store = CloudStorage()
    for address in ("gs://whole-s", "gs://whole-s/"):
        (stored,) = store.list(address)
        assert (stored.uri, stored.size) == ("gs://whole-s/empty.mcap", 0)
        with store.open(stored) as stream:
            assert stream.read() == b""


def test_an_object_replaced_meanwhile_is_missing_also_halfway_through(
    bucket: storage.Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its generation is gone: to be copied, to be opened, and to be read on, for an object that comes in parts."""
    monkeypatch.setattr(pipelines.storage, "WHOLE_BYTES", 1024)
    store = CloudStorage()
    bucket.blob("replaced/a.mcap").upload_from_string(b"a" * 5000)
    (stored,) = store.list("gs://landing-s/replaced/")
    with store.open(stored) as stream:
        assert stream.read(600) == b"a" * 600
        bucket.blob("replaced/a.mcap").upload_from_string(b"b" * 5000)
        with pytest.raises(MissingObjectError, match=r"replaced/a\.mcap"):
            stream.read(4000)
    with pytest.raises(MissingObjectError):
        store.open(stored)
    with pytest.raises(MissingObjectError):
        store.copy(stored, "gs://quarantine-s/replaced/a.mcap", {})
    assert list(bucket.client.list_blobs("quarantine-s", prefix="replaced/")) == []
    (again,) = store.list("gs://landing-s/replaced/")
    with pytest.raises(NotFound):
        store.copy(again, "gs://no-such-bucket-b/a.mcap", {})
    with store.open(again) as stream:
        digest = hashlib.file_digest(stream, "sha256")  # pyright: ignore[reportArgumentType]
        assert digest.digest() == hashlib.sha256(b"b" * 5000).digest()
