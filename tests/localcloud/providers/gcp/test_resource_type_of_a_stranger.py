"""Somebody adds a resource type: one class in one new file of gcp/resources, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from localcloud.providers.gcp import registry, resources
from localcloud.providers.gcp.resource_type import ResourceType
from localcloud.wire.typed import decode
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import Asked, FakeGoogle
from tests.localcloud.providers.gcp.resources.lives import Case, live_through

TOKEN = "gcp:storage/managedFolder:ManagedFolder"
FILE = '''
"""Folders with grants of their own, over Cloud Storage's JSON API."""

from localcloud.providers.gcp.resources.storage import bucket_path
from localcloud.providers.gcp.rest import segment
from localcloud.providers.gcp.rest_resource import RestResource, given
from localcloud.providers.gcp.rules import Rule


class ManagedFolder(RestResource):
    token = "gcp:storage/managedFolder:ManagedFolder"
    id_format = "{bucket}/{name}"
    rules = {"name": Rule('a path such as "logs/"', r".+/")}
    provider_only = ("forceDestroy",)
    service = "storage"

    def path(self, call):
        return f"{bucket_path(call.get('bucket'))}/managedFolders/{segment(call.get('name'))}"

    def body(self, inputs, labels):
        return {"name": inputs["name"]}

    def seen(self, call, body):
        return given(body, ("createTime", "metageneration"))
'''
FOLDER = {"bucket": "landing", "name": "logs/"}
STORED = "/storage/v1/b/landing/managedFolders/logs/"


@pytest.fixture(autouse=True)
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package with one more file in its folder."""
    registry.declared()
    (tmp_path / "managed_folder.py").write_text(FILE)
    monkeypatch.setattr(resources, "__path__", [*resources.__path__, str(tmp_path)])
    monkeypatch.setattr(ResourceType, "declared", dict(ResourceType.declared))
    registry.declared.cache_clear()
    yield
    registry.declared.cache_clear()
    sys.modules.pop(f"{resources.__name__}.managed_folder", None)


@pytest.fixture
def storage(google: FakeGoogle) -> FakeGoogle:
    """The service as it is once it has such folders."""

    def create(google: FakeGoogle, request: Asked, bucket: str) -> dict[str, Any]:
        made = {**request.body, "bucket": bucket, "createTime": "2026-01-01T00:00:00Z", "metageneration": "1"}
        return google.put_new(f"{request.path}/{request.body['name']}", made)

    google.routes = [(r"POST /storage/v1/b/([^/]+)/managedFolders", create)]
    return google


def test_the_type_lives_its_whole_life(gcp: Engine, storage: FakeGoogle) -> None:
    outputs = {"createTime": "2026-01-01T00:00:00Z", "metageneration": "1"}
    case = Case(FOLDER, "landing/logs/", outputs, STORED, replace={"name": "x/"}, replaces=["name"], before=False)
    live_through(gcp, storage, TOKEN, case)


def test_what_every_type_can_do_it_can_do_too(gcp: Engine, storage: FakeGoogle) -> None:
    refused = {"name": 'expected a path such as "logs/", got string "logs"'}
    assert gcp.check(TOKEN, "logs", {**FOLDER, "name": "logs"})[1] == refused
    state = gcp.create(TOKEN, "logs", FOLDER)
    assert gcp.create(TOKEN, "logs", FOLDER).id == state.id  # by the next run of an engine that was killed
    assert len(storage.calls("POST", "/managedFolders")) == 1
    assert list(gcp.diff(state, {**FOLDER, "forceDestroy": True}).replaces) == []
    with pytest.raises(grpc.RpcError, match=r"ManagedFolder 'logs/' exists already; .* landing/logs/`"):
        gcp.create(TOKEN, "other", FOLDER)
    assert decode(gcp.read(state, imported=True).inputs)["bucket"] == "landing"
