"""The gRPC server that programs, providers and policy packs talk to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS as CHANNEL_OPTIONS
from pulumi.runtime.proto import engine_pb2_grpc, resource_pb2_grpc

from localcloud.engine.protocols.engine_service import EngineService
from localcloud.engine.protocols.monitor import Monitor

EXTRA_WORKERS = 16


class Server:
    """Serves ResourceMonitor and Engine on a free loopback port, on threads of its own."""

    def __init__(self, monitor: Monitor, engine: EngineService, parallel: int) -> None:
        self.monitor = monitor
        self.engine = engine
        # A registration holds a thread until its resource is made, and the program has four per slot under way; log
        # messages and invokes must get through beside them.
        workers = ThreadPoolExecutor(max_workers=parallel * 4 + EXTRA_WORKERS)
        self._server = grpc.server(workers, options=CHANNEL_OPTIONS)
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, self._server)
        engine_pb2_grpc.add_EngineServicer_to_server(engine, self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def stop(self) -> None:
        self._server.stop(grace=None).wait()
