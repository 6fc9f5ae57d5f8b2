"""What a request says: ids in its path, times in its query, and that HEAD asks for what GET answers."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import unquote

from pydantic import AfterValidator, AwareDatetime, BeforeValidator
from starlette.types import ASGIApp, Receive, Scope, Send

DATE_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}")


def _date_time(text: str) -> str:
    """Pydantic would take a bare number for seconds since 1970."""
    if not DATE_TIME.match(text):
        raise ValueError("it is no date-time like 2026-03-01T08:00:00Z")
    return text


Id = Annotated[str, AfterValidator(unquote)]
"""An id in a path: one segment, percent-encoded, whatever its characters."""
Moment = Annotated[AwareDatetime, BeforeValidator(_date_time)]
"""A date-time with its zone (RFC 3339)."""


class AsSent:
    """ASGI middleware: routes by the path as it was sent, where a slash in an id is %2F, and a HEAD as the GET it is.

    The server leaves the body of an answer to HEAD out (RFC 9110, 9.3.2).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            method = "GET" if scope["method"] == "HEAD" else scope["method"]
            scope = {**scope, "method": method, "path": scope["raw_path"].decode("latin-1")}
        await self.app(scope, receive, send)
