"""Calls of Google's APIs over gRPC, answered by the services: they speak REST, as one half of Google's client does.

What no service stands for is UNIMPLEMENTED, which clients don't repeat and which names what was called.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, get_type_hints

import grpc
import proto
from google.api_core.exceptions import GoogleAPICallError
from google.longrunning import operations_pb2
from google.oauth2.credentials import Credentials

from localcloud.settings import LocalCloud

PACKAGES = {
    "google.cloud.dataproc.v1": ("dataproc", "google.cloud.dataproc_v1"),
    "google.dataflow.v1beta3": ("dataflow", "google.cloud.dataflow_v1beta3"),
}
"""The service behind a protocol package, and Google's client of it."""
OPERATIONS = "google.longrunning.Operations"
"""Served by each API for its own; only Dataproc has some here."""
OF_OPERATIONS = "google.cloud.dataproc.v1.JobController"
LONGEST_CALL_S = 3600


class Calls(grpc.GenericRpcHandler):
    """Every method of every API."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        service, _, method = str(handler_call_details.method).strip("/").rpartition("/")
        package, _, interface = (OF_OPERATIONS if service == OPERATIONS else service).rpartition(".")
        if package not in PACKAGES or not hasattr(importlib.import_module(PACKAGES[package][1]), f"{interface}Client"):
            return grpc.stream_stream_rpc_method_handler(self._refused(f"{service}.{method}"))

        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            return self._answer(package, interface, method, request, context)

        return grpc.unary_unary_rpc_method_handler(answer)

    @staticmethod
    def _refused(name: str) -> Callable[[Iterator[bytes], grpc.ServicerContext], NoReturn]:
        def refuse(requests: Iterator[bytes], context: grpc.ServicerContext) -> NoReturn:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{name} is not offered by the local cloud")

        return refuse

    def _answer(self, package: str, interface: str, method: str, data: bytes, context: grpc.ServicerContext) -> bytes:
        service, client = PACKAGES[package]
        headers = dict(context.invocation_metadata())
        transport = self._transport(service, client, interface, str(headers.get("authorization", "")))
        call = getattr(transport, re.sub(r"(?<!^)(?=[A-Z])", "_", method).lower(), None)
        if call is None:
            self._refused(f"{package}.{interface}.{method}")(iter(()), context)
        hints = get_type_hints(type(call).__call__)
        request = hints["request"] if issubclass(hints["request"], proto.Message) else _operation_request(method)
        try:
            return _bytes(call(_message(request, data), timeout=min(context.time_remaining(), LONGEST_CALL_S)))
        except GoogleAPICallError as error:
            context.abort(error.grpc_status_code or grpc.StatusCode.UNKNOWN, error.message)

    def _transport(self, service: str, client: str, interface: str, authorization: str) -> Any:
        """The REST transport, as whoever calls: with the token that came."""
        rest = getattr(importlib.import_module(client), f"{interface}Client").get_transport_class("rest")
        host = self.cloud.url(service).removeprefix("http://")
        return rest(host=host, url_scheme="http", credentials=Credentials(authorization.removeprefix("Bearer ")))


def _operation_request(method: str) -> Any:
    return getattr(operations_pb2, f"{method}Request")


def _message(kind: Any, data: bytes) -> Any:
    return kind.deserialize(data) if issubclass(kind, proto.Message) else kind.FromString(data)


def _bytes(answer: Any) -> bytes:
    if answer is None:
        return b""
    return type(answer).serialize(answer) if isinstance(answer, proto.Message) else answer.SerializeToString()
