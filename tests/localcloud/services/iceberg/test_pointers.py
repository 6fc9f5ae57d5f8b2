"""The pointer store and a commit cut short: what no client can provoke from outside."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pyiceberg.table.update import SetPropertiesUpdate

from localcloud.services.iceberg import file_io
from localcloud.services.iceberg.catalog_store import CatalogStore, PointerMoved, Swap, TableName
from localcloud.services.iceberg.commits import Change, commit
from localcloud.services.iceberg.errors import IcebergError
from localcloud.services.iceberg.file_io import ObjectStore
from localcloud.services.iceberg.tables import Tables, create_request
from localcloud.settings import LocalCloud
from tests.ports import free_port_base

CATALOG = "projects/p/catalogs/lake"
SCHEMA = {"type": "struct", "fields": [{"id": 0, "name": "drive_id", "required": False, "type": "string"}]}
ONE, TWO = TableName(CATALOG, "ns", "one"), TableName(CATALOG, "ns", "two")


@pytest.fixture
def store(tmp_path: Path) -> CatalogStore:
    made = CatalogStore(tmp_path / "catalogs.sqlite")
    made.create_catalog(CATALOG, {})
    made.create_namespace(CATALOG, "ns", {})
    return made


def test_swaps_are_all_or_none(store: CatalogStore) -> None:
    store.swap([Swap(ONE, None, "a"), Swap(TWO, None, "b")])
    with pytest.raises(PointerMoved):
        store.swap([Swap(ONE, "a", "a2"), Swap(TWO, "stale", "b2")])
    assert (store.location(ONE), store.location(TWO)) == ("a", "b")
    with pytest.raises(PointerMoved):
        store.swap([Swap(TWO, "b", "b2"), Swap(ONE, None, "again")])
    assert (store.location(ONE), store.location(TWO)) == ("a", "b")


def test_table_in_a_missing_namespace_is_a_404(store: CatalogStore) -> None:
    with pytest.raises(IcebergError, match="Namespace does not exist: nowhere"):
        store.swap([Swap(TableName(CATALOG, "nowhere", "one"), None, "a")])


class Killed(BaseException):
    """Stands for the process's end."""


def test_end_between_metadata_write_and_swap_leaves_the_table_as_it_was(
    store: CatalogStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = ObjectStore(LocalCloud(home=tmp_path / "home"))
    root = f"file://{tmp_path}/lake"
    Tables(store, objects).create(CATALOG, root, "ns", create_request({"name": "one", "schema": SCHEMA}))
    before = store.location(ONE)
    changes = [Change(ONE, root, [], [SetPropertiesUpdate(updates={"x": "1"})])]

    def end(swaps: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(store, "swap", end)
        with pytest.raises(Killed):
            commit(store, objects, changes)
    assert store.location(ONE) == before
    assert len(list((tmp_path / "lake").rglob("*.metadata.json"))) == 2, "the new file was written before the swap"
    (staged,) = commit(store, objects, changes)
    assert (staged.old_location, staged.new.properties["x"]) == (before, "1")


def test_table_that_can_not_be_purged_is_not_dropped(store: CatalogStore, tmp_path: Path) -> None:
    cloud, root = LocalCloud(home=tmp_path / "home"), f"file://{tmp_path}/lake"
    made = Tables(store, ObjectStore(cloud)).create(
        CATALOG, root, "ns", create_request({"name": "one", "schema": SCHEMA})
    )
    assert made.location is not None
    Path(made.location.removeprefix("file://")).unlink()
    with pytest.raises(IcebergError, match="there is no such object"):
        Tables(store, ObjectStore(cloud)).drop(ONE, purge=True)
    assert store.location(ONE) == made.location


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
