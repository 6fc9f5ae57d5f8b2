"""Objects of a bucket: their content is compared by its hash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from localcloud.providers.gcp.resources import bucket_object
from localcloud.wire.typed import Asset
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle
from tests.localcloud.providers.gcp.resources.lives import (
    NONE,
    SOME,
    Case,
    live_through,
    tokens_of,
)
from tests.localcloud.providers.refusals import Refusal, each

OBJECT = "gcp:storage/bucketObject:BucketObject"
TEXT = Asset({"text": "hello"})
BAD: list[Refusal] = [
    (OBJECT, {"bucket": "b"}, {"source": "give exactly one of source and content, got neither"}),
    (
        OBJECT,
        {"bucket": "b", "source": TEXT, "content": "x"},
        {"source": "give exactly one of source and content, got source and content"},
    ),
    (
        OBJECT,
        {"bucket": "b", "source": Asset({"path": "/nowhere/at-all"})},
        {"source": "cannot read the asset /nowhere/at-all: No such file or directory"},
    ),
    (
        OBJECT,
        {"bucket": "b", "source": Asset({"uri": "https://example.com/x"})},
        {"source": "remote assets are not fetched (https://example.com/x); use a file, a folder or a text"},
    ),
]


CASES = {
    "gcp:storage/bucketObject:BucketObject": Case(
        {"bucket": "landing", "name": "a/b.txt", "content": "hello"},
        "landing-a/b.txt",
        {"md5hash": "XUFAKrxLKna5cZ2REBfFkg==", "md5hexhash": "5d41402abc4b2a76b9719d911017c592", "generation": 1},
        "/storage/v1/b/landing/o/a/b.txt",
        update={"content": "other"},
        replace={"name": "c.txt"},
        replaces=["name"],
        before=False,
    ),
}


def test_each_type_has_a_case() -> None:
    assert CASES.keys() == tokens_of(bucket_object)


@pytest.mark.parametrize("token", CASES)
def test_life_of_a_resource(gcp: Engine, google: FakeGoogle, token: str) -> None:
    live_through(gcp, google, token, CASES[token])


def test_object_content_is_compared_by_hash(gcp: Engine, google: FakeGoogle, tmp_path: Path) -> None:
    token, path = "gcp:storage/bucketObject:BucketObject", tmp_path / "main.py"
    path.write_text("one")
    inputs = {"bucket": "landing", "name": "main.py", "source": Asset({"path": str(path)})}
    state = gcp.create(token, "main", inputs)
    copy = tmp_path / "copy.py"
    copy.write_text("one")
    assert gcp.diff(state, {**inputs, "source": Asset({"path": str(copy)})}).changes == NONE
    path.write_text("two")
    answer = gcp.diff(state, inputs)
    assert (answer.changes, list(answer.diffs), list(answer.replaces)) == (SOME, ["source"], [])
    changed = gcp.update(state, inputs)
    assert changed.outputs is not None
    assert changed.outputs["generation"] == 2
    assert gcp.diff(changed, inputs).changes == NONE


def test_relative_asset_starts_at_the_program(gcp: Engine, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("x")
    inputs: dict[str, Any] = {"bucket": "b", "source": Asset({"path": "main.py"})}
    token = "gcp:storage/bucketObject:BucketObject"
    assert "give an absolute path" in gcp.check(token, "main", inputs)[1]["source"]
    gcp.stub.Handshake(provider_pb2.ProviderHandshakeRequest(program_directory=str(tmp_path)))
    gcp.configure(project="p")
    assert gcp.check(token, "main", inputs)[1] == {}


@each(BAD)
def test_bad_input_is_refused_with_its_path(
    gcp: Engine, token: str, inputs: dict[str, Any], expected: dict[str, str]
) -> None:
    assert gcp.check(token, "subject", inputs)[1] == expected
