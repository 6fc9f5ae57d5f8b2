"""Snapshots of a deployed stack: listed, rolled back from, and what can't be done is one line."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from google.cloud import storage

from localcloud.settings import LocalCloud
from pipelines.orchestration.snapshots import Published, RollbackError, SnapshotStore, listing, main, parse_args
from pipelines.snapshots.manifest import CURRENT, Manifest, Shard, TableVersion, manifest_file, withdrawn_file
from pipelines.snapshots.served_table import ServedTable

TABLE = ServedTable("things", "", (), ("a",), (), None, ("a",))


def manifest(name: str, day: int) -> Manifest:
    version = TableVersion(TABLE, f"v{day}", (Shard(day, 1, "", ()), Shard(2, 1, "", ())), "lake.n.things", day)
    return Manifest(name, f"2026-03-0{day}T08:00:00.123456+00:00", f"run-{day}", {"things": version})


@pytest.fixture
def bucket(storage_client: storage.Client) -> storage.Bucket:
    """A bucket with three snapshots, the newest of which is current."""
    bucket = storage_client.create_bucket(f"b{uuid.uuid4().hex}")
    for day, name in enumerate(("one", "two", "three"), start=1):
        put(bucket, manifest_file(name), manifest(name, day).to_json())
    put(bucket, CURRENT, "three")
    return bucket


@pytest.fixture
def store(bucket: storage.Bucket) -> SnapshotStore:
    return SnapshotStore(bucket.client, address(bucket))


@pytest.fixture
def run(
    exported: dict[str, Any], bucket: storage.Bucket, google_apis: LocalCloud, tmp_path: Path
) -> Callable[..., int]:
    """The program, asked of the stack that has the bucket, as the bucket's owner."""
    exported["endpoints"]["storage"] = google_apis.url("storage")
    exported["serving"]["snapshots"] = address(bucket)
    file = tmp_path / "stack.json"
    file.write_text(json.dumps(exported))
    return lambda *words: main(["--outputs", str(file), *words])


def address(bucket: storage.Bucket) -> str:
    return f"gs://{bucket.name}/snapshots"


def put(bucket: storage.Bucket, name: str, text: str) -> None:
    bucket.blob(f"snapshots/{name}").upload_from_string(text)


def current(bucket: storage.Bucket) -> str:
    return bucket.blob(f"snapshots/{CURRENT}").download_as_text()


def test_the_way_back_and_forth(
    run: Callable[..., int], bucket: storage.Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run() == 0
    assert run("rollback") == 0
    assert current(bucket) == "two"
    assert run("rollback") == 0
    assert current(bucket) == "one"
    capsys.readouterr()
    assert run("list") == 0
    assert capsys.readouterr().out.splitlines() == [
        "snapshot  made (UTC)           run    rows",
        "three     2026-03-03T08:00:00  run-3  5 things  withdrawn",
        "two       2026-03-02T08:00:00  run-2  4 things  withdrawn",
        "one       2026-03-01T08:00:00  run-1  3 things  current",
    ]
    assert run("rollback") == 1
    assert capsys.readouterr().err == "snapshots: there is no snapshot before one\n"
    assert run("rollback", "three") == 0
    assert capsys.readouterr().out == "three is current; one is withdrawn, and publish leaves it so\n"
    assert current(bucket) == "three"
    assert not bucket.blob(f"snapshots/{withdrawn_file('three')}").exists()
    assert run("rollback", "four") == 1
    assert capsys.readouterr().err == "snapshots: there is no whole snapshot four: list shows what there is\n"


def test_a_snapshot_that_became_current_meanwhile_stays(store: SnapshotStore, bucket: storage.Bucket) -> None:
    seen = store.read()
    put(bucket, manifest_file("four"), manifest("four", 4).to_json())
    put(bucket, CURRENT, "four")
    with pytest.raises(RollbackError, match="another snapshot became current meanwhile, and stays; three is withdrawn"):
        store.roll_back(seen)
    assert current(bucket) == "four"
    assert store.read().withdrawn == {"three"}


def test_one_with_a_damaged_manifest_is_left_for_the_newest_whole_one(
    store: SnapshotStore, bucket: storage.Bucket
) -> None:
    put(bucket, manifest_file("three"), "{")
    assert listing(store.read()).splitlines()[-1].split() == ["three", "current,", "damaged"]
    assert store.roll_back(store.read()) == "two"
    with pytest.raises(RollbackError, match="no whole snapshot three"):
        store.roll_back(store.read(), "three")


def test_what_can_t_be_rolled_back(store: SnapshotStore, bucket: storage.Bucket) -> None:
    with pytest.raises(RollbackError, match="three is current already"):
        store.roll_back(store.read(), "three")
    bucket.blob(f"snapshots/{CURRENT}").delete()
    seen = store.read()
    assert (seen.current, seen.generation) == (None, 0)
    with pytest.raises(RollbackError, match="nothing was published yet"):
        store.roll_back(seen)


def test_the_one_before_is_the_newest_older_one_that_is_not_withdrawn() -> None:
    manifests = {name: manifest(name, day) for name, day in (("d", 4), ("c", 3), ("b", 2), ("a", 1))}
    published = Published(manifests, frozenset({"b"}), "c", 7)
    assert published.before_current() == "a"
    assert replace(published, manifests=manifests | {"c": None}).before_current() == "d"
    with pytest.raises(RollbackError, match="there is no snapshot before c"):
        replace(published, withdrawn=frozenset("ab")).before_current()


def test_a_stack_that_is_not_there_is_one_line(
    run: Callable[..., int], bucket: storage.Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--outputs", str(tmp_path / "none.json")]) == 1
    assert "none.json" in capsys.readouterr().err
    bucket.delete(force=True)
    assert run() == 1
    error = capsys.readouterr().err
    assert error.startswith("snapshots: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "--outputs"),
        (["--outputs", "f", "undo"], "undo"),
        (["--outputs", "f", "list", "x"], "unrecognized"),
        (["--outputs", "f", "rollback", "a", "b"], "unrecognized"),
    ],
)
def test_unfit_arguments_are_one_line(words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse_args(words)
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
