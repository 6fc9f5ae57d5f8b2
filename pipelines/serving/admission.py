"""Admission: a spike beyond what a replica can answer is refused at once instead of making every request late."""

from __future__ import annotations

import time

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipelines.serving import metrics

# Probes and scrapes must be answered above all when a replica is busy.
ALWAYS_ADMITTED = {"/healthz", "/readyz", "/metrics"}


class Admission:
    """ASGI middleware: at most `limit` requests in flight, the others get 503 with Retry-After; all are measured."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit
        self.in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in ALWAYS_ADMITTED:
            await self.app(scope, receive, send)
        elif self.in_flight >= self.limit:
            metrics.SHED.inc()
            refusal = JSONResponse({"detail": "too many requests in flight"}, 503, {"Retry-After": "1"})
            await refusal(scope, receive, send)
        else:
            await self._measured(scope, receive, send)

    async def _measured(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 500

        async def noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self.in_flight += 1
        metrics.IN_FLIGHT.inc()
        started = time.perf_counter()
        try:
            await self.app(scope, receive, noting_status)
        finally:
            self.in_flight -= 1
            metrics.IN_FLIGHT.dec()
            route = getattr(scope.get("route"), "path", "none")
            metrics.REQUEST_SECONDS.labels(route, str(status)).observe(time.perf_counter() - started)
