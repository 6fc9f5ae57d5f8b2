"""The storage service in this process, so that a test can take its disk away, and what its disk holds."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from localcloud.services.storage.routes import create_app
from localcloud.services.storage.store import Store
from localcloud.settings import LocalCloud
from tests.localcloud.services.storage.clients import Http, owner_http
from tests.waiting import wait_for

CHUNK = 256 * 1024


@dataclass(frozen=True)
class HttpHere(Http):
    """A service in this process, with its disk at hand."""

    store: Store


@contextmanager
def served_here(cloud: LocalCloud) -> Iterator[HttpHere]:
    token = owner_http(cloud).token
    app = create_app(cloud)
    settings: Any = {"log_level": "error", "access_log": False, "timeout_graceful_shutdown": 1}
    server = uvicorn.Server(uvicorn.Config(app, port=cloud.port_of("storage"), **settings))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started)
        yield HttpHere(cloud.url("storage"), token, app.state.store)
    finally:
        server.should_exit = True
        thread.join()


def content_files(cloud: LocalCloud) -> list[Path]:
    return [path for path in (cloud.home / "storage" / "content").glob("*/*") if path.is_file()]


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
