"""The disk below: what survives a kill, a full database, a start."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from localcloud.services.storage.store import UPLOAD_LIFETIME_S, Store
from localcloud.settings import LocalCloud
from tests.localcloud.services.processes import running
from tests.localcloud.services.storage.clients import owner_http
from tests.localcloud.services.storage.served import CHUNK, begin_upload, content_files, served_here
from tests.waiting import wait_for


def test_kill_in_the_middle_of_uploads(own_cloud: LocalCloud) -> None:
    http = owner_http(own_cloud)
    with running(own_cloud, "storage") as process:
        bucket = http.client().create_bucket("survivor")
        kept = bucket.blob("kept")
        kept.upload_from_string(b"kept" * 100_000)
        data = os.urandom(2 * CHUNK + 5)
        path = "/upload/storage/v1/b/survivor/o"
        location = http("POST", path + "?uploadType=resumable&name=resumed").headers["location"]
        headers = {"Content-Range": f"bytes 0-{CHUNK - 1}/{len(data)}"}
        assert http("PUT", location, data=data[:CHUNK], headers=headers).status_code == 308

        with begin_upload(http, "survivor", 100_000_000) as connection:
            connection.sendall(b"x" * 5_000_000)
            wait_for(lambda: len(content_files(own_cloud)) == 3)
            process.send_signal(signal.SIGKILL)
            process.wait()

    with running(own_cloud, "storage"):
        assert len(content_files(own_cloud)) == 2
        assert kept.download_as_bytes() == b"kept" * 100_000
        assert [blob.name for blob in bucket.list_blobs()] == ["kept"]
        asked = http("PUT", location, headers={"Content-Range": f"bytes */{len(data)}"})
        assert (asked.status_code, asked.headers["range"]) == (308, f"bytes=0-{CHUNK - 1}")
        headers = {"Content-Range": f"bytes {CHUNK}-{len(data) - 1}/{len(data)}"}
        assert http("PUT", location, data=data[CHUNK:], headers=headers).status_code == 200
        assert bucket.blob("resumed").download_as_bytes() == data
        before = kept.generation or 0
        kept.upload_from_string(b"new")
        assert (kept.generation or 0) > before
        for blob in bucket.list_blobs():
            blob.delete()
        assert content_files(own_cloud) == []


def test_full_database_is_one_clear_line(own_cloud: LocalCloud) -> None:
    """Small contents and all metadata are in SQLite, which says "full" in its own way."""
    with served_here(own_cloud) as http:
        http.create_bucket("full")
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


def test_a_transaction_is_whole_or_nothing(store: Store) -> None:
    def fail_halfway() -> None:
        with store.transaction() as connection:
            connection.execute("INSERT INTO notifications VALUES ('b', 1, '{}')")
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        fail_halfway()
    assert store.rows("SELECT * FROM notifications") == []
    with store.transaction() as connection:
        connection.execute("INSERT INTO notifications VALUES ('b', 2, '{}')")
    assert store.row("SELECT id FROM notifications") == (2,)


def test_generations_grow_even_if_the_clock_steps_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([5_000_000, 3_000_000, 9_000_000])
    monkeypatch.setattr(time, "time_ns", lambda: next(times))
    with store.transaction() as connection:
        assert [store.next_generation(connection) for _ in range(3)] == [5000, 5001, 9000]


def test_a_start_forgets_expired_uploads_and_content_nobody_names(tmp_path: Path) -> None:
    store, now = Store(tmp_path), int(time.time())
    named = {store.new_content_id(): made for made in (now, now - UPLOAD_LIFETIME_S - 1)}
    with store.transaction() as connection:
        for upload, made in named.items():
            connection.execute("INSERT INTO uploads VALUES (?, 'b', 'n', ?, '{}')", (upload, made))
    paths = [store.content_path(content_id) for content_id in (*named, store.new_content_id())]
    for path in paths:
        path.write_bytes(b"x")

    again = Store(tmp_path)

    assert [path.exists() for path in paths] == [True, False, False]
    assert again.rows("SELECT made FROM uploads") == [(now,)]
