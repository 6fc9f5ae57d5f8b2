"""Contents: checksums, full disks, clients that leave, large bodies beside small requests."""

from __future__ import annotations

import base64
import errno
import hashlib
import os
import threading

import google_crc32c
import pytest
from google.cloud import storage

from localcloud.services.common import GoogleError
from localcloud.services.storage.content import ContentWriter, announced_hashes
from localcloud.services.storage.store import Store
from localcloud.settings import LocalCloud
from tests.localcloud.services.storage.served import CHUNK, begin_upload, content_files, served_here
from tests.waiting import wait_for


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


def test_full_disk_is_one_clear_line(own_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    with served_here(own_cloud) as http:
        http.create_bucket("full")
        path = "/upload/storage/v1/b/full/o?name=x&uploadType="
        http("POST", path + "media", data=b"before").raise_for_status()
        location = http("POST", path + "resumable").headers["location"]
        headers = {"Content-Range": f"bytes 0-{CHUNK - 1}/*"}
        assert http("PUT", location, data=b"x" * CHUNK, headers=headers).status_code == 308

        write = os.write

        def full(descriptor: int, data: bytes) -> int:
            if len(data) > 1000:  # some of it still fits
                return write(descriptor, data[:1000])
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "write", full)
        for size in (100_000, 3_000_000):
            response = http("POST", path + "media", data=b"x" * size)
            assert response.status_code == 413
            assert "No space left on the disk of the local cloud" in response.json()["error"]["message"]
        headers = {"Content-Range": f"bytes {CHUNK}-{CHUNK + 9999}/{CHUNK + 10_000}"}
        assert http("PUT", location, data=b"y" * 10_000, headers=headers).status_code == 413
        monkeypatch.undo()

        assert http("GET", "/download/storage/v1/b/full/o/x?alt=media").content == b"before"
        assert http("PUT", location, data=b"y" * 10_000, headers=headers).status_code == 200
        assert http("GET", "/download/storage/v1/b/full/o/x?alt=media").content == b"x" * CHUNK + b"y" * 10_000
        assert len(content_files(own_cloud)) == 1


def test_large_bodies_do_not_stall_small_requests(own_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a large upload's write hangs, other requests are answered."""
    with served_here(own_cloud) as http:
        http.create_bucket("busy")
        small = "/upload/storage/v1/b/busy/o?uploadType=media&name="
        http("POST", small + "small", data=b"small").raise_for_status()
        hanging, release = threading.Event(), threading.Event()
        write = os.write

        def slow(descriptor: int, data: bytes) -> int:
            if len(data) >= 1 << 20:
                hanging.set()
                assert release.wait(20)
            return write(descriptor, data)

        monkeypatch.setattr(os, "write", slow)
        statuses: list[int] = []
        large = threading.Thread(
            target=lambda: statuses.append(http("POST", small + "large", data=b"x" * 8_000_000).status_code)
        )
        large.start()
        assert hanging.wait(20)
        assert http("GET", "/download/storage/v1/b/busy/o/small?alt=media").content == b"small"
        assert http("POST", small + "other", data=b"x").status_code == 200
        assert statuses == []
        release.set()
        large.join()
        assert statuses == [200]


def test_interrupted_upload_leaves_nothing(own_cloud: LocalCloud) -> None:
    """A client that goes away in the middle of a simple upload."""
    with served_here(own_cloud) as http:
        http.create_bucket("cut")
        with begin_upload(http, "cut", 10_000_000) as connection:
            connection.sendall(b"x" * 2_000_000)
            wait_for(lambda: len(content_files(own_cloud)) == 1)
        wait_for(lambda: content_files(own_cloud) == [])
        assert http("GET", "/storage/v1/b/cut/o/kept").status_code == 404


def test_object_committed_while_the_service_stops_has_its_content(
    own_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server gives up on a request after its graceful time; the thread that stores its bytes goes on."""
    data = os.urandom(100_000)
    storing, release = threading.Event(), threading.Event()
    fsync = os.fsync

    def slow(descriptor: int) -> None:
        storing.set()
        assert release.wait(20)
        fsync(descriptor)

    with served_here(own_cloud) as http:
        http.create_bucket("late")
        monkeypatch.setattr(os, "fsync", slow)
        connection = begin_upload(http, "late", len(data))
        connection.sendall(data)
        assert storing.wait(20)
    connection.close()
    release.set()
    wait_for(lambda: http.store.row("SELECT 1 FROM objects") is not None)
    with served_here(own_cloud) as http:
        assert http("GET", "/late/kept").content == data


@pytest.mark.parametrize("small_bytes", [0, 10, 100])
def test_a_content_is_the_same_in_a_row_or_in_a_file(store: Store, small_bytes: int) -> None:
    """Checksums of "123456789": https://reveng.sourceforge.io/crc-catalogue (CRC-32/ISCSI), and RFC 1321's MD5."""
    writer = ContentWriter(store, small_bytes=small_bytes)
    for piece in (b"1234", b"", b"56789"):
        writer.write(piece)
    content = writer.finish()
    assert base64.b64decode(content.crc32c).hex() == "e3069283"
    assert content.md5_hex == "25f9e794323b453885f5181f1b624d0b"
    kept = content.data if content.id is None else store.content_path(content.id).read_bytes()
    assert (content.size, kept) == (9, b"123456789")
    assert (content.id is None) == (small_bytes > 0)


def test_a_writer_goes_on_from_where_its_file_was_cut(store: Store) -> None:
    writer = ContentWriter(store, small_bytes=0)
    writer.write(b"12345xxxx")
    writer.cut(5)
    writer.close()
    again = ContentWriter(store, writer.content_id, 0)
    again.reread()
    again.write(b"6789")
    assert again.finish().md5_hex == "25f9e794323b453885f5181f1b624d0b"


def test_hashes_come_from_metadata_and_headers() -> None:
    headers = {"x-goog-hash": "crc32c=AAAAAA==, md5=MTIz", "content-md5": "NDU2"}
    assert announced_hashes(headers, {}) == ("AAAAAA==", "MTIz")
    assert announced_hashes({"content-md5": "NDU2"}, {"crc32c": "BBBBBB=="}) == ("BBBBBB==", "NDU2")
    with pytest.raises(GoogleError, match=r"Invalid md5 'no!': it must be base64"):
        announced_hashes({}, {"md5Hash": "no!"})
