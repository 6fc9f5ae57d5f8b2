"""What survives: kills in the middle of uploads, restarts, a full disk; and large bodies beside small requests."""

from __future__ import annotations

import errno
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from google.auth.transport.requests import Request

from localcloud.services.iam.accounts import ensure_owner
from localcloud.services.iam.tokens import issue_access_token
from localcloud.services.storage.app import create_app
from localcloud.services.storage.store import Store
from localcloud.settings import OWNER, LocalCloud
from tests.ports import free_port_base
from tests.services.conftest import StartService
from tests.services.storage.clients import PROJECT, Http, client_of, credentials_of

CHUNK = 256 * 1024


def content_files(cloud: LocalCloud) -> list[Path]:
    return [path for path in (cloud.home / "storage" / "content").glob("*/*") if path.is_file()]


def wait_for(condition: Callable[[], bool], deadline_s: float = 20) -> None:
    deadline = time.monotonic() + deadline_s
    poll = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "the condition did not hold in time"
        poll.wait(0.02)


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

    address = urlsplit(http.root)
    with socket.create_connection((address.hostname, address.port)) as connection:
        head = (
            f"POST {path}?uploadType=media&name=kept HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {owner.token}\r\n"
            "Content-Length: 100000000\r\n\r\n"
        )
        connection.sendall(head.encode() + b"x" * 5_000_000)
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


@dataclass(frozen=True)
class HttpHere(Http):
    """A service in this process, with its disk at hand."""

    store: Store


@contextmanager
def served_here(cloud: LocalCloud) -> Iterator[HttpHere]:
    """The storage service in this process, so that a test can take its disk away."""
    token = issue_access_token(cloud, ensure_owner(cloud))
    app = create_app(cloud)
    config = uvicorn.Config(app, port=cloud.port_of("storage"), log_level="error", access_log=False)
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
            assert response.status_code == 507
            assert "No space left on the disk of the local cloud" in response.json()["error"]["message"]
        headers = {"Content-Range": f"bytes {CHUNK}-{CHUNK + 9999}/{CHUNK + 10_000}"}
        assert http("PUT", location, data=b"y" * 10_000, headers=headers).status_code == 507
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
        assert response.status_code == 507
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
