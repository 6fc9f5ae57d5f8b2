"""Requests beyond the limit are refused at once; probes never."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import FastAPI

from pipelines.serving.admission import Admission


def test_requests_beyond_the_limit_are_refused_at_once_and_probes_never() -> None:
    release = asyncio.Event()
    app = FastAPI()

    @app.get("/slow")
    async def slow() -> str:
        await release.wait()
        return "done"

    @app.get("/healthz")
    async def healthz() -> str:
        return "ok"

    statuses: list[int] = []

    async def request(path: str, admission: Admission) -> None:
        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
        await admission(scope, receive, send)

    async def spike() -> None:
        admission = Admission(app, limit=2)
        waiting = [asyncio.create_task(request("/slow", admission)) for _ in range(2)]
        while admission.in_flight < 2:
            await asyncio.sleep(0)
        await request("/slow", admission)
        await request("/healthz", admission)
        assert statuses == [503, 200]
        release.set()
        await asyncio.gather(*waiting)
        assert statuses == [503, 200, 200, 200]

    asyncio.run(spike())
