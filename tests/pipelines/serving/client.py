"""Asks what answers requests, without a server between."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlencode

import orjson

from pipelines.serving.http.messages import Answer, Request
from pipelines.serving.overload.pool import Pool
from pipelines.serving.refresh import Refresher
from pipelines.serving.routes import make_handler


class Client:
    """Sends requests to one handler. `draining` may be set."""

    def __init__(self, refresher: Refresher) -> None:
        self.draining = False
        self.handle = make_handler(refresher, Pool(1), lambda: self.draining)

    def send(self, method: str, target: str, body: bytes = b"", **headers: str) -> Answer:
        """The answer; header names have _ for -."""
        sent = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}

        async def answer() -> Answer:
            given = self.handle(Request(method.encode(), target.encode(), sent, body))
            return given if isinstance(given, Answer) else await given

        return asyncio.run(answer())

    def get(self, target: str, parameters: dict[str, Any] | None = None, **headers: str) -> Answer:
        return self.send("GET", f"{target}?{urlencode(parameters)}" if parameters else target, b"", **headers)

    def post(self, target: str, content: Any) -> Answer:
        return self.send("POST", target, orjson.dumps(content), content_type="application/json")


def json(answer: Answer) -> Any:
    return orjson.loads(answer.body)


def header(answer: Answer, name: str) -> str | None:
    return {key.decode(): value.decode() for key, value in answer.headers}.get(name)
