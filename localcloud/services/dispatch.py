"""From HTTP to a handler and back: the calls, routes and application of every service."""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette import routing
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, QueryParams
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from localcloud.services.common import (
    GoogleError,
    exception_handlers,
    google_response,
    json_object,
    whole_number,
)
from localcloud.settings import LocalCloud

VARIABLE = re.compile(r"\{([\w.]+)(?:=([^}]+))?\}")
BODILESS = ("GET", "HEAD", "DELETE")
"""Methods whose requests' bodies mean nothing: one that comes nevertheless is not looked at."""


@dataclass(frozen=True)
class Call:
    """One request: its path, query, headers and body, and who sent it. A service may add readers of its own."""

    request: Request
    body: dict[str, Any]
    """The JSON object that was sent; {} for none, for BODILESS methods, and for a handler that reads it itself."""
    caller: str | None
    """E-mail of the verified identity; None if the caller is anonymous or nobody asked."""

    @staticmethod
    async def read(request: Request) -> bytes:
        """The body as it was sent."""
        return await request.body()

    @property
    def cloud(self) -> LocalCloud:
        return self.request.app.state.cloud

    @property
    def path(self) -> Mapping[str, str]:
        """The parameters of the path. Errors: 400 for one that is not percent-encoded UTF-8."""
        return {name: decoded(value) for name, value in self.request.path_params.items()}

    @property
    def query(self) -> QueryParams:
        return self.request.query_params

    @property
    def headers(self) -> Headers:
        return self.request.headers

    def flag(self, name: str) -> bool:
        """A parameter of the query that is true or false, which it is too if it is not there."""
        return self.query.get(name, "").lower() == "true"

    def number(self, name: str) -> int | None:
        """A whole number of the query, None if it is not there. Errors: 400."""
        return whole_number(name, self.query.get(name))


Handler = Callable[[Any], Any]
"""From a Call to what is answered: data for JSON, None (a 204), or a Response. A plain function runs in a thread."""
Identify = Callable[[Request, LocalCloud], str | None]
Respond = Callable[[Request, GoogleError], Response]
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


@dataclass(frozen=True)
class Route:
    """A handler with its HTTP methods ("GET", or several: "PUT PATCH") and its path, or paths.

    Paths are templates of google.api.http: {name} is one segment, {name=projects/*/jobs/*} those segments, {name=**}
    the rest. A segment ends at a slash that was sent as one: `a%2Fb` is one segment.
    """

    methods: str
    path: str | tuple[str, ...]
    handler: Handler
    streams: bool = False
    """Whether the handler, an async one, reads the request's body itself."""

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path,) if isinstance(self.path, str) else self.path


class SentPath:
    """Routes by the path as it was sent, so that an escaped slash belongs to the name that has it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "raw_path" in scope:
            scope = {**scope, "path": scope["raw_path"].decode("utf-8", "replace")}
        await self.app(scope, receive, send)


def decoded(text: str) -> str:
    """What a variable of the path says. In one of several segments an escaped slash stays escaped.

    Source: google/api/http.proto, "Path template syntax". Errors: 400 if it is not percent-encoded UTF-8.
    """
    try:
        first, *others = (unquote(segment, errors="strict") for segment in text.split("/"))
    except UnicodeDecodeError as error:
        raise GoogleError(400, f"{text!r} in the path is not valid UTF-8", "invalid") from error
    return "/".join(segment.replace("/", "%2F") for segment in (first, *others)) if others else first


class TemplateRoute(routing.Route):
    """Starlette's route with google.api.http's paths in the place of its own."""

    def __init__(self, route: Route, endpoint: Callable[..., Any]) -> None:
        super().__init__("/", endpoint, methods=route.methods.split())
        self.paths = route.paths
        self.templates = [_compiled(path) for path in route.paths]

    def matches(self, scope: Scope) -> tuple[routing.Match, Scope]:
        for pattern, names in self.templates if scope["type"] == "http" else ():
            found = pattern.fullmatch(scope["path"])
            if found:
                match = routing.Match.FULL if scope["method"] in (self.methods or ()) else routing.Match.PARTIAL
                return match, {"path_params": dict(zip(names, found.groups(), strict=True))}
        return routing.Match.NONE, {}


def _compiled(template: str) -> tuple[re.Pattern[str], list[str]]:
    names, pattern, end = list[str](), "", 0
    for variable in VARIABLE.finditer(template):
        names.append(variable[1])
        segments = re.escape(variable[2] or "*").replace(r"\*\*", ".*").replace(r"\*", "[^/]+")
        pattern += f"{re.escape(template[end : variable.start()])}({segments})"
        end = variable.end()
    return re.compile(pattern + re.escape(template[end:]), re.DOTALL), names


def application(
    cloud: LocalCloud,
    routes: Sequence[Route],
    *,
    call: type[Call] = Call,
    identify: Identify | None = None,
    respond: Respond = google_response,
    handlers: Mapping[Any, Any] | None = None,
    lifespan: Lifespan | None = None,
    middleware: Sequence[Middleware] = (),
) -> Starlette:
    """The application of a service: its routes, tried in their order, and /healthz.

    `identify` verifies who calls before each handler; `respond` gives errors the form that the service's clients read;
    `handlers` answers exceptions of the service's own.
    """
    app = Starlette(
        routes=[
            routing.Route("/healthz", healthz),
            *(TemplateRoute(route, _endpoint(route, call, identify)) for route in routes),
        ],
        exception_handlers=exception_handlers(respond) | dict(handlers or {}),
        lifespan=lifespan,
        middleware=[Middleware(SentPath), *middleware],
    )
    app.router.redirect_slashes = False
    app.state.cloud = cloud
    return app


async def healthz(request: Request) -> Response:
    """Readiness of a service: it answers, so it is up."""
    return JSONResponse({"status": "ok"})


def closing(*closers: Callable[[], None]) -> Lifespan:
    """A lifespan at whose end these are called."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        for close in closers:
            close()

    return lifespan


def _endpoint(route: Route, call: type[Call], identify: Identify | None) -> Callable[..., Any]:
    def read(request: Request, data: bytes) -> Call:
        email = identify(request, request.app.state.cloud) if identify else None
        return call(request, json_object(data), email)

    def answered(request: Request, data: bytes) -> Response:
        return _response(route.handler(read(request, data)))

    async def sent(request: Request) -> bytes:
        return b"" if route.streams or request.method in BODILESS else await call.read(request)

    async def in_thread(request: Request) -> Response:
        return await run_in_threadpool(answered, request, await sent(request))

    async def on_loop(request: Request) -> Response:
        data = await sent(request)
        # Without a body to parse, going to a thread and back costs more than the work there.
        made = await run_in_threadpool(read, request, data) if data else read(request, data)
        return _response(await route.handler(made))

    return on_loop if inspect.iscoroutinefunction(route.handler) else in_thread


def _response(answer: Any) -> Response:
    if isinstance(answer, Response):
        return answer
    return Response(status_code=204) if answer is None else JSONResponse(answer)
