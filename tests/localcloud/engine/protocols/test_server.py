"""The server that programs, providers and policy packs talk to."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, resource_pb2, resource_pb2_grpc

from localcloud.engine.display.display import Display
from localcloud.engine.project.configuration import Configuration, Stack
from localcloud.engine.project.project import Project
from localcloud.engine.protocols.engine_service import EngineService
from localcloud.engine.protocols.monitor import Monitor
from localcloud.engine.protocols.server import Server


def test_both_services_answer_at_one_address(tmp_path: Path) -> None:
    project = Project("demo", tmp_path, tmp_path, tmp_path)
    stack = Stack(project, "dev", Configuration({}, frozenset(), {}))
    server = Server(Monitor(stack), EngineService(Display(preview=False)), parallel=1)
    with grpc.insecure_channel(server.address) as channel:
        monitor, engine = resource_pb2_grpc.ResourceMonitorStub(channel), engine_pb2_grpc.EngineStub(channel)
        for feature, supported in (("secrets", True), ("invokeParent", False)):
            answer = monitor.SupportsFeature(resource_pb2.SupportsFeatureRequest(id=feature))
            assert answer.hasSupport is supported
        assert engine.GetRootResource(engine_pb2.GetRootResourceRequest()).urn == ""
        server.stop()
        with pytest.raises(grpc.RpcError):
            engine.GetRootResource(engine_pb2.GetRootResourceRequest())
