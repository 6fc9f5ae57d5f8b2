"""Metadata files in the object store, cached, and said soon when they can't be had."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from localcloud.services.iceberg import file_io
from localcloud.services.iceberg.errors import IcebergError
from localcloud.services.iceberg.file_io import ObjectStore
from localcloud.settings import LocalCloud
from tests.ports import free_port_base


@pytest.mark.parametrize(("status", "code"), [(503, 503), (413, 413)])
def test_failing_object_store_is_said_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, code: int
) -> None:
    """Google's library repeats what it takes for a passing failure for 15 minutes: longer than clients wait."""

    class Failing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            body = json.dumps({"error": {"code": status, "message": "No space left" if status == 413 else "Busy"}})
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_PUT = do_POST  # noqa: N815 - the names that http.server looks for

    monkeypatch.setattr(file_io, "RETRY_TIME_LIMIT", timedelta(seconds=1))
    cloud = LocalCloud(home=tmp_path, port=free_port_base())
    with ThreadingHTTPServer(("127.0.0.1", cloud.port_of("storage")), Failing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        objects = ObjectStore(cloud)
        with pytest.raises(IcebergError) as written:
            objects.write("gs://curated/metadata.json", b"{}")
        with pytest.raises(IcebergError) as read:
            objects.read("gs://curated/metadata.json")
        server.shutdown()
    assert (written.value.code, read.value.code) == (code, code)


def test_cached_metadata_is_bounded_by_its_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_io, "CACHED_BYTES", 1000)
    objects = ObjectStore(LocalCloud(home=tmp_path))
    files = [tmp_path / f"{number}.json" for number in range(3)]
    for file in files:
        objects.write(f"file://{file}", b"x" * 400)
        file.unlink()
    assert [objects.read(f"file://{file}") for file in files[1:]] == [b"x" * 400] * 2
    with pytest.raises(IcebergError, match="there is no such object"):
        objects.read(f"file://{files[0]}")
