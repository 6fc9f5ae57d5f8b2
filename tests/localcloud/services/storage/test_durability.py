"""What survives: kills in the middle of uploads, restarts, a full disk; and large bodies beside small requests."""

from __future__ import annotations

import errno
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from google.auth.transport.requests import Request

from localcloud.services.iam.accounts import ensure_owner
from localcloud.services.iam.tokens import issue_access_token
from localcloud.services.storage import resumable
from localcloud.services.storage.routes import create_app
from localcloud.services.storage.store import Store
from localcloud.settings import OWNER, LocalCloud
from tests.localcloud.services.conftest import StartService
from tests.localcloud.services.storage.clients import PROJECT, Http, client_of, credentials_of
from tests.ports import free_port_base
from tests.waiting import wait_for

CHUNK = 256 * 1024


def content_files(cloud: LocalCloud) -> list[Path]:
    return [path for path in (cloud.home / "storage" / "content").glob("*/*") if path.is_file()]


def test_kill_in_the_middle_of_uploads(cloud: LocalCloud, start_service: StartService) -> None:
    start_service(cloud, "iam")
    process = start_service(cloud, "storage")
    client = client_of(cloud, OWNER)
    bucket = client.create_bucket("survivor")
    kept = bucket.blob("kept")
    kept.upload_from_string(b"kept" * 100_000)
    owner = credentials_of(cloud, OWNER)
    owner.refresh(Request())
    http = Http(cloud.url("storage"), owner.token)

    data = os.urandom(2 * CHUNK + 5)
    path = "/upload/storage/v1/b/survivor/o"
    location = http("POST", path + "?uploadType=resumable&name=resumed").headers["location"]
    headers = {"Content-Range": f"bytes 0-{CHUNK - 1}/{len(data)}"}
    assert http("PUT", location, data=data[:CHUNK], headers=headers).status_code == 308

    with begin_upload(http, "survivor", 100_000_000) as connection:
        connection.sendall(b"x" * 5_000_000)
        wait_for(lambda: len(content_files(cloud)) == 3)
        process.send_signal(signal.SIGKILL)
        process.wait()

    start_service(cloud, "storage")
    assert len(content_files(cloud)) == 2
    assert kept.download_as_bytes() == b"kept" * 100_000
    assert [blob.name for blob in bucket.list_blobs()] == ["kept"]
    asked = http("PUT", location, headers={"Content-Range": f"bytes */{len(data)}"})
    assert (asked.status_code, asked.headers["range"]) == (308, f"bytes=0-{CHUNK - 1}")
    headers = {"Content-Range": f"bytes {CHUNK}-{len(data) - 1}/{len(data)}"}
    assert http("PUT", location, data=data[CHUNK:], headers=headers).status_code == 200
    assert bucket.blob("resumed").download_as_bytes() == data
    before = kept.generation
    kept.upload_from_string(b"new")
    assert kept.generation > before
    for blob in bucket.list_blobs():
        blob.delete()
    assert content_files(cloud) == []


def begin_upload(http: Http, bucket: str, length: int) -> socket.socket:
    """A connection over which a simple upload of so many bytes has begun."""
    address = urlsplit(http.root)
    connection = socket.create_connection((address.hostname, address.port))
    head = (
        f"POST /upload/storage/v1/b/{bucket}/o?uploadType=media&name=kept HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {http.token}\r\nContent-Length: {length}\r\n\r\n"
    )
    connection.sendall(head.encode())
    return connection


@dataclass(frozen=True)
class HttpHere(Http):
    """A service in this process, with its disk at hand."""

    store: Store


@contextmanager
def served_here(cloud: LocalCloud) -> Iterator[HttpHere]:
    """The storage service in this process, so that a test can take its disk away."""
    token = issue_access_token(cloud, ensure_owner(cloud))
    app = create_app(cloud)
    settings: Any = {"log_level": "error", "access_log": False, "timeout_graceful_shutdown": 1}
    config = uvicorn.Config(app, port=cloud.port_of("storage"), **settings)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started)
        yield HttpHere(cloud.url("storage"), token, app.state.store)
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def own_cloud(tmp_path: Path) -> LocalCloud:
    return LocalCloud(home=tmp_path, port=free_port_base())


def test_full_disk_is_one_clear_line(own_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    with served_here(own_cloud) as http:
        http("POST", f"/storage/v1/b?project={PROJECT}", json={"name": "full"}).raise_for_status()
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


def test_full_database_is_one_clear_line(own_cloud: LocalCloud) -> None:
    """Small contents and all metadata are in SQLite, which says "full" in its own way."""
    with served_here(own_cloud) as http:
        http("POST", f"/storage/v1/b?project={PROJECT}", json={"name": "full"}).raise_for_status()
        path = "/upload/storage/v1/b/full/o?uploadType=media&name="
        http("POST", path + "x", data=b"before").raise_for_status()
        with http.store.transaction() as connection:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")
        response = http("POST", path + "x", data=b"y" * 60_000)
        assert response.status_code == 413
        assert "No space left on the disk of the local cloud" in response.json()["error"]["message"]
        assert http("GET", "/download/storage/v1/b/full/o/x?alt=media").content == b"before"
        http.store.row("PRAGMA max_page_count = 1000000")
        assert http("POST", path + "x", data=b"y" * 60_000).status_code == 200
        assert content_files(own_cloud) == []


def test_large_bodies_do_not_stall_small_requests(own_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a large upload's write hangs, other requests are answered."""
    with served_here(own_cloud) as http:
        http("POST", f"/storage/v1/b?project={PROJECT}", json={"name": "busy"}).raise_for_status()
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


def test_concurrent_writers_have_one_winner_per_generation(own_cloud: LocalCloud) -> None:
    with served_here(own_cloud) as http:
        http("POST", f"/storage/v1/b?project={PROJECT}", json={"name": "raced"}).raise_for_status()
        path = "/upload/storage/v1/b/raced/o?uploadType=media&name=x&ifGenerationMatch=0"
        statuses: list[int] = []
        threads = [
            threading.Thread(target=lambda: statuses.append(http("POST", path, data=os.urandom(100_000)).status_code))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [200] + [412] * 7
        assert len(content_files(own_cloud)) == 1


def test_interrupted_upload_leaves_nothing(own_cloud: LocalCloud) -> None:
    """A client that goes away in the middle of a simple upload."""
    with served_here(own_cloud) as http:
        http("POST", f"/storage/v1/b?project={PROJECT}", json={"name": "cut"}).raise_for_status()
        with begin_upload(http, "cut", 10_000_000) as connection:
            connection.sendall(b"x" * 2_000_000)
            wait_for(lambda: len(content_files(own_cloud)) == 1)
        wait_for(lambda: content_files(own_cloud) == [])
        assert http("GET", "/storage/v1/b/cut/o/kept").status_code == 404


def test_last_request_of_an_upload_may_be_repeated(own_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that loses patience sends its last piece again while the first one is being stored."""
    data = os.urandom(100_000)
    with served_here(own_cloud) as http:
        http("POST", f"/storage/v1/b?project={PROJECT}", json={"name": "again"}).raise_for_status()
        location = http("POST", "/upload/storage/v1/b/again/o?uploadType=resumable&name=x").headers["location"]
        storing, repeated = threading.Event(), threading.Event()
        receive, fsync = resumable.receive, os.fsync

        async def counted(*arguments: Any) -> Any:
            if storing.is_set():
                repeated.set()
            return await receive(*arguments)

        def slow(descriptor: int) -> None:
            storing.set()
            assert repeated.wait(20)
            fsync(descriptor)

        monkeypatch.setattr(resumable, "receive", counted)
        monkeypatch.setattr(os, "fsync", slow)
        generations: list[str] = []

        def send() -> None:
            headers = {"Content-Range": f"bytes 0-{len(data) - 1}/{len(data)}"}
            generations.append(http("PUT", location, data=data, headers=headers).json()["generation"])

        first, second = threading.Thread(target=send), threading.Thread(target=send)
        first.start()
        assert storing.wait(20)
        second.start()
        first.join()
        second.join()
        assert len(generations) == 2
        assert len(set(generations)) == 1
        assert http("GET", "/again/x").content == data


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
        http("POST", f"/storage/v1/b?project={PROJECT}", json={"name": "late"}).raise_for_status()
        monkeypatch.setattr(os, "fsync", slow)
        connection = begin_upload(http, "late", len(data))
        connection.sendall(data)
        assert storing.wait(20)
    connection.close()
    release.set()
    wait_for(lambda: http.store.row("SELECT 1 FROM objects") is not None)
    with served_here(own_cloud) as http:
        assert http("GET", "/late/kept").content == data


def test_waiting_uploads_hold_no_files_open(own_cloud: LocalCloud) -> None:
    with served_here(own_cloud) as http:
        http("POST", f"/storage/v1/b?project={PROJECT}", json={"name": "many"}).raise_for_status()
        locations = []
        for number in range(3):
            path = f"/upload/storage/v1/b/many/o?uploadType=resumable&name={number}"
            locations.append(http("POST", path).headers["location"])
            headers = {"Content-Range": f"bytes 0-{CHUNK - 1}/*"}
            assert http("PUT", locations[-1], data=b"x" * CHUNK, headers=headers).status_code == 308
        content = str(own_cloud.home / "storage" / "content")
        assert [
            path for path in map(os.path.realpath, Path("/proc/self/fd").iterdir()) if path.startswith(content)
        ] == []
        ended = http("PUT", locations[0], headers={"Content-Range": f"bytes */{CHUNK}"})
        assert ended.json()["size"] == str(CHUNK)


@pytest.mark.parametrize(
    ("path", "body"), [("/copyTo/b/lost/o/y", {}), ("/compose", {"sourceObjects": [{"name": "x"}]})]
)
def test_missing_content_is_said(own_cloud: LocalCloud, path: str, body: dict[str, Any]) -> None:
    with served_here(own_cloud) as http:
        http("POST", f"/storage/v1/b?project={PROJECT}", json={"name": "lost"}).raise_for_status()
        upload = "/upload/storage/v1/b/lost/o?uploadType=media&name=x"
        http("POST", upload, data=os.urandom(100_000)).raise_for_status()
        (file,) = content_files(own_cloud)
        file.unlink()
        answer = http("POST", "/storage/v1/b/lost/o/x" + path, json=body)
        assert answer.status_code == 500
        assert "The content of lost/x is missing from the disk" in answer.json()["error"]["message"]
