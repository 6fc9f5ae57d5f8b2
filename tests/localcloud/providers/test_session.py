"""An engine's connection: what it is told, and what ends with it."""

from __future__ import annotations

from concurrent import futures
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2_grpc, plugin_pb2

from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.kubernetes.objects import DEPLOYMENT, deployment


def test_progress_is_logged_to_the_engine(kubernetes: Engine) -> None:
    messages: list[str] = []

    class Log(engine_pb2_grpc.EngineServicer):
        def Log(self, request: Any, context: Any) -> Any:  # noqa: N802
            messages.append(f"{request.urn.rsplit('::', 1)[-1]}: {request.message}")
            return empty_pb2.Empty()

    server = grpc.server(futures.ThreadPoolExecutor(2))
    engine_pb2_grpc.add_EngineServicer_to_server(Log(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    kubernetes.stub.Attach(plugin_pb2.PluginAttach(address=f"127.0.0.1:{port}"))
    kubernetes.create(DEPLOYMENT, "serving", deployment())
    server.stop(None).wait()
    assert messages == ["serving: waiting for the rollout to begin", "serving: 0 of 2 replicas available"]
