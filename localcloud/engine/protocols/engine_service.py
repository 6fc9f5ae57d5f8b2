"""Pulumi's Engine service: what programs, providers and policy packs log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from localcloud.engine.display.display import Display
from localcloud.engine.project.versions import require_version


class EngineInProcess:
    """An EngineStub for the program, which runs in this process: the SDK logs hundreds of debug messages, and waits
    for each of them to arrive."""

    def __init__(self, service: EngineService) -> None:
        self._service = service

    def __getattr__(self, method: str) -> Callable[[Any], Any]:
        answer = getattr(self._service, method)
        return lambda request: answer(request, None)


class EngineService(engine_pb2_grpc.EngineServicer):
    """Shows messages: ephemeral ones with the step under way that they are of, those of debug level not at all.

    `display` is changed from pass to pass.
    """

    def __init__(self, display: Display) -> None:
        self.display = display
        self._root = ""

    def Log(self, request: engine_pb2.LogRequest, context: Any) -> empty_pb2.Empty:  # noqa: N802
        shows = {
            engine_pb2.INFO: self.display.info,
            engine_pb2.WARNING: self.display.warn,
            engine_pb2.ERROR: self.display.error,
        }
        if request.ephemeral and request.severity != engine_pb2.DEBUG:
            self.display.progress(request.urn, request.message.rstrip())
        elif request.severity in shows:
            shows[request.severity](request.message.rstrip(), request.urn)
        return empty_pb2.Empty()

    def GetRootResource(self, request: Any, context: Any) -> engine_pb2.GetRootResourceResponse:  # noqa: N802
        return engine_pb2.GetRootResourceResponse(urn=self._root)

    def SetRootResource(  # noqa: N802
        self, request: engine_pb2.SetRootResourceRequest, context: Any
    ) -> engine_pb2.SetRootResourceResponse:
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()

    def RequirePulumiVersion(  # noqa: N802
        self, request: engine_pb2.RequirePulumiVersionRequest, context: Any
    ) -> engine_pb2.RequirePulumiVersionResponse:
        require_version(request.pulumi_version_range)
        return engine_pb2.RequirePulumiVersionResponse()
