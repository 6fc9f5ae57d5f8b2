"""The connection to a provider process, and what its errors mean."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from pulumi.runtime.proto import provider_pb2

from localcloud.engine.plugins.provider_connection import CallFailedError, Connection, Host
from localcloud.engine.project.project import Project
from tests.localcloud.engine.fake_provider import FakeProvider, serving
from tests.localcloud.engine.workspace import Workspace
from tests.waiting import PATIENCE_S


def test_a_provider_that_ends_in_the_middle_is_one_line_and_the_next_up_completes(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = workspace.provider.blocked["slow"] = threading.Event()
    workspace.program('Thing("last", value=Thing("slow", value=Thing("first").identity).identity)')
    usual = os.environ["PULUMI_DEBUG_PROVIDERS"]
    with ExitStack() as server:
        port = server.enter_context(serving(workspace.provider))
        monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", f"test:{port}")
        with workspace.running_up() as process:
            workspace.provider.wait_for("create", "slow")
            server.close()
            _, errors = process.communicate(timeout=PATIENCE_S)
            release.set()
    assert process.returncode == 1
    (line,) = errors.splitlines()
    assert line.startswith(f"error: test:index:Thing slow: the test provider at 127.0.0.1:{port}")
    assert line.endswith("does not answer: start it")
    assert set(workspace.resources()) == {"demo-local", "default", "first"}
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", usual)
    assert "Resources: 2 created, 2 unchanged" in workspace.up().out


def test_nobody_answers(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", "test:1")
    message = "the test provider at 127.0.0.1:1 (PULUMI_DEBUG_PROVIDERS) does not answer"
    assert message in workspace.refused('Thing("one")')


def test_a_method_that_a_provider_lacks_is_named(provider: FakeProvider, tmp_path: Path) -> None:
    with serving(provider) as port:
        connection = Connection(
            "test", port, Host("127.0.0.1:1", Project("demo", tmp_path, tmp_path, tmp_path), lambda name: {})
        )
        assert (connection.accepts_secrets, connection.accepts_resources) == (True, True)
        with pytest.raises(CallFailedError, match="the test provider does not implement this: "):
            connection.call("GetSchema", provider_pb2.GetSchemaRequest())
        connection.close()
