"""Calls of the program to the engine, without a network between them: the program runs in the engine's process.

A program makes about a dozen calls per resource, most of them debug messages. Served directly they cost a third of what they do over
gRPC.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import grpc


class CallError(grpc.RpcError):
    """What a gRPC stub raises when a call fails."""

    def __init__(self, status: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self._status = status
        self._text = text

    def code(self) -> grpc.StatusCode:
        return self._status

    def details(self) -> str:
        return self._text


class _Context:
    """As much of grpc.ServicerContext as our services use."""

    def __init__(self) -> None:
        self._status, self._text = grpc.StatusCode.UNKNOWN, ""

    def set_code(self, status: grpc.StatusCode) -> None:
        self._status = status

    def set_details(self, text: str) -> None:
        self._text = text

    def abort(self, status: grpc.StatusCode, text: str) -> NoReturn:
        raise CallError(status, text)

    def error(self) -> CallError:
        return CallError(self._status, self._text)


class DirectStub:
    """Has the methods of a service's stub, and calls the service's implementation."""

    def __init__(self, service: Any) -> None:
        self._service = service

    def __getattr__(self, method: str) -> Callable[[Any], Any]:
        handler = getattr(self._service, method)

        def call(request: Any) -> Any:
            context = _Context()
            try:
                return handler(request, context)
            except NotImplementedError:
                # Generated base classes answer so for methods that a service does not have.
                raise context.error() from None

        return call
