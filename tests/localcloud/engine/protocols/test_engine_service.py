"""What programs and plugins log."""

from __future__ import annotations

import pytest
from pulumi.runtime.proto import engine_pb2

from localcloud.engine.display.display import Display
from localcloud.engine.protocols.engine_service import EngineInProcess, EngineService
from tests.localcloud.engine.workspace import Workspace

URN = "urn:pulumi:s::p::t:i:T::thing"


@pytest.mark.parametrize(
    ("severity", "out", "err"),
    [
        (engine_pb2.DEBUG, "", ""),
        (engine_pb2.INFO, "t:i:T thing: text\n", ""),
        (engine_pb2.WARNING, "", "warning: t:i:T thing: text\n"),
        (engine_pb2.ERROR, "", "error: t:i:T thing: text\n"),
    ],
)
def test_messages_are_shown_by_their_severity(
    severity: engine_pb2.LogSeverity.ValueType, out: str, err: str, capsys: pytest.CaptureFixture[str]
) -> None:
    service = EngineService(Display(preview=False))
    EngineInProcess(service).Log(engine_pb2.LogRequest(severity=severity, message="text\n", urn=URN))
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == (out, err)


def test_the_root_resource_is_remembered() -> None:
    engine = EngineInProcess(EngineService(Display(preview=False)))
    engine.SetRootResource(engine_pb2.SetRootResourceRequest(urn=URN))
    assert engine.GetRootResource(engine_pb2.GetRootResourceRequest()).urn == URN


def test_an_error_that_a_program_logs_fails_it(workspace: Workspace) -> None:
    assert "something is off" in workspace.refused('pulumi.log.error("something is off")')
