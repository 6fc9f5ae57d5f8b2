"""The dispatch: paths, methods, bodies, queries and answers of any service."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient

from localcloud.services.common import GoogleError
from localcloud.services.dispatch import Call, Route, application, closing
from localcloud.settings import LocalCloud


def client_of(*routes: Route, **options: Any) -> TestClient:
    return TestClient(application(LocalCloud(Path("/nowhere")), routes, **options), raise_server_exceptions=False)


def path_of(call: Call) -> Any:
    return dict(call.path)


def reason(response: Any) -> str:
    return response.json()["error"]["errors"][0]["reason"]


@pytest.mark.parametrize(
    ("template", "path", "parameters"),
    [
        ("/v1/{project}/things", "/v1/p/things", {"project": "p"}),
        ("/v1/{account}:disable", "/v1/a@p:disable", {"account": "a@p"}),
        ("/v1/{name=projects/*/jobs/*}", "/v1/projects/p/jobs/j", {"name": "projects/p/jobs/j"}),
        ("/v1/{job.name=projects/*}/x", "/v1/projects/p/x", {"job.name": "projects/p"}),
        ("/b/{bucket}/o/{object=**}", "/b/one/o/a/b%20c", {"bucket": "one", "object": "a/b c"}),
        ("/v1/{project}/things", "/v1/p/q/things", None),
        ("/v1/{name=projects/*/jobs/*}", "/v1/projects/p/jobs/j/k", None),
        ("/v1/{project}/things", "/v1/p/things/", None),
    ],
)
def test_paths_are_googles_templates(template: str, path: str, parameters: dict[str, str] | None) -> None:
    answer = client_of(Route("GET", template, path_of)).get(path)
    if parameters is None:
        assert (answer.status_code, reason(answer)) == (404, "notFound")
    else:
        assert answer.json() == parameters


def test_a_route_has_many_paths_and_methods_and_the_first_that_fits_answers() -> None:
    client = client_of(
        Route("GET", ("/v1/{region}/x", "/v1/{location}/y"), path_of),
        Route("PUT PATCH", "/v1/{name}/x", lambda call: call.request.method),
        Route("GET", "/v1/{rest=**}", lambda call: "last"),
    )
    assert client.get("/v1/a/x").json() == {"region": "a"}
    assert client.get("/v1/a/y").json() == {"location": "a"}
    assert client.patch("/v1/a/x").json() == "PATCH"
    assert client.get("/v1/a/b/c").json() == "last"
    refused = client.delete("/v1/a/x")
    assert (refused.status_code, reason(refused)) == (405, "httpMethodNotAllowed")


def test_methods_are_answered_as_https_have_them() -> None:
    client = client_of(Route("GET", "/v1/{name}", path_of), Route("POST", "/v1/{name}:go", path_of))
    head = client.head("/v1/a")
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(client.get("/v1/a").content)))
    assert client.post("/v1/a:go").json() == {"name": "a"}
    for method in ("OPTIONS", "PUT"):
        refused = client.request(method, "/v1/a")
        assert (refused.status_code, reason(refused)) == (405, "httpMethodNotAllowed")
        assert refused.json()["error"]["message"] == f"{method} /v1/a: Method Not Allowed"


@pytest.mark.parametrize("path", ["/v1/a/b", "/v1/", "/v1//", "/v1", "/", "//v1/a"])
def test_a_segment_ends_at_every_slash(path: str) -> None:
    refused = client_of(Route("GET", "/v1/{name}", path_of)).get(f"http://testserver{path}")
    assert (refused.status_code, reason(refused)) == (404, "notFound")


def test_names_are_decoded() -> None:
    client = client_of(Route("GET", "/v1/{name}", path_of))
    assert client.get("/v1/a%3Fb%1Fc%25%0A%C3%A4").json() == {"name": "a?b\x1fc%\nä"}


def test_an_escaped_slash_belongs_to_its_name() -> None:
    client = client_of(
        Route("GET", "/v1/{name}", path_of),
        Route("GET", "/v1/{name=projects/*/jobs/*}", path_of),
        Route("GET", "/rest/{name=**}", path_of),
    )
    assert client.get("/v1/a%2Fb%252Fc").json() == {"name": "a/b%2Fc"}
    assert client.get("/v1/projects/p/jobs/a%2fb%20c").json() == {"name": "projects/p/jobs/a%2Fb c"}
    assert client.get("/rest/a/b%3Fc").json() == {"name": "a/b?c"}


def test_a_path_that_is_not_utf8_is_refused() -> None:
    refused = client_of(Route("GET", "/v1/{name}", path_of)).get("/v1/%FF")
    assert (refused.status_code, refused.json()["error"]["message"]) == (400, "'%FF' in the path is not valid UTF-8")


def test_answers_are_json_nothing_or_a_response() -> None:
    client = client_of(
        Route("GET", "/json", lambda call: [1, {"a": None}]),
        Route("GET", "/nothing", lambda call: None),
        Route("GET", "/text", lambda call: PlainTextResponse("text", 203)),
    )
    assert client.get("/json").json() == [1, {"a": None}]
    assert (client.get("/nothing").status_code, client.get("/nothing").content) == (204, b"")
    assert (client.get("/text").status_code, client.get("/text").text) == (203, "text")
    assert client.get("/healthz").json() == {"status": "ok"}


def test_plain_handlers_run_beside_the_loop_and_others_on_it() -> None:
    async def on_loop(call: Call) -> Any:
        return [threading.get_ident(), call.body]

    async def reads(call: Call) -> Any:
        return [call.body, (await call.request.body()).decode()]

    client = client_of(
        Route("POST", "/thread", lambda call: threading.get_ident()),
        Route("POST", "/loop", on_loop),
        Route("POST", "/stream", reads, streams=True),
    )
    with client:  # one loop for all
        loop, body = client.post("/loop", json={"a": 1}).json()
        assert body == {"a": 1}
        assert client.post("/thread").json() != loop
        assert client.post("/stream", content=b"not JSON").json() == [{}, "not JSON"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_body_that_means_nothing_is_not_looked_at(method: str) -> None:
    client = client_of(Route("GET DELETE", "/x", lambda call: call.body))
    assert client.request(method, "/x", content=b"not JSON").json() == {}


def test_big_bodies_come_whole() -> None:
    text = "x" * (8 << 20)
    client = client_of(Route("POST", "/x", lambda call: len(call.body["text"])))
    assert client.post("/x", json={"text": text}).json() == len(text)


@pytest.mark.parametrize("streams", [False, True])
def test_what_a_client_did_not_send_to_its_end_is_not_done(streams: bool) -> None:
    done: list[str] = []
    answers: list[Any] = []
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])

    async def handler(call: Call) -> Any:
        await call.request.body()
        done.append("done")

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        answers.append(message)

    app = application(LocalCloud(Path("/nowhere")), [Route("POST", "/x", handler, streams=streams)])
    scope = {"type": "http", "method": "POST", "path": "/x", "headers": [], "query_string": b""}
    asyncio.run(app(scope, receive, send))
    assert (done, answers[0]["status"]) == ([], 499)


@pytest.mark.parametrize("data", [b"{", b"[1]", b"1", b'"x"', b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(data: bytes) -> None:
    answer = client_of(Route("POST", "/x", lambda call: call.body)).post("/x", content=data)
    assert (answer.status_code, reason(answer)) == (400, "parseError")


def test_queries_have_numbers_and_flags() -> None:
    client = client_of(Route("GET", "/x", lambda call: [call.number("n"), call.flag("f")]))
    assert client.get("/x").json() == [None, False]
    assert client.get("/x?n=&f=false").json() == [None, False]
    assert client.get("/x?n=07&f=True").json() == [7, True]
    assert client.get("/x?n=1&f=true&n=2&f=false").json() == [2, False], "the last one holds"
    refused = client.get("/x?n=-1")
    assert (refused.status_code, refused.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert refused.json()["error"]["message"] == "Invalid value for n: '-1' is not a whole number"


def test_who_calls_is_asked_before_the_handler() -> None:
    def identify(request: Request, cloud: LocalCloud) -> str | None:
        if request.headers.get("authorization") == "forged":
            raise GoogleError(401, "the token is refused")
        return request.headers.get("authorization")

    client = client_of(Route("GET", "/x", lambda call: call.caller), identify=identify)
    assert client.get("/x", headers={"authorization": "me"}).json() == "me"
    assert client.get("/x", headers={"authorization": "forged"}).status_code == 401
    assert client.get("/healthz", headers={"authorization": "forged"}).status_code == 200
    assert client_of(Route("GET", "/x", lambda call: [call.caller])).get("/x").json() == [None]


def test_a_service_has_its_own_errors_and_readers() -> None:
    class Own(Call):
        @property
        def name(self) -> str:
            return self.path["name"].upper()

        @staticmethod
        async def read(request: Request) -> bytes:
            return b'{"read": "otherwise"}'

    def fail(call: Own) -> Any:
        raise GoogleError(409, f"{call.name} is taken") if call.flag("known") else ZeroDivisionError

    async def zero(request: Request, error: Exception) -> Response:
        return PlainTextResponse("zero", 418)

    client = client_of(
        Route("GET", "/{name}/fail", fail),
        Route("POST", "/{name}", lambda call: call.body),
        call=Own,
        respond=lambda request, error: PlainTextResponse(error.message, error.code),
        handlers={ZeroDivisionError: zero},
    )
    assert client.post("/a").json() == {"read": "otherwise"}
    known = client.get("/a/fail?known=true")
    assert (known.status_code, known.text) == (409, "A is taken")
    assert (client.get("/a/fail").status_code, client.get("/a/fail").text) == (418, "zero")


def test_what_is_to_be_closed_is_closed_in_order_when_the_service_ends() -> None:
    closed: list[str] = []
    lifespan = closing(lambda: closed.append("first"), lambda: closed.append("second"))
    with client_of(Route("GET", "/x", lambda call: list(closed)), lifespan=lifespan) as client:
        assert client.get("/x").json() == []
    assert closed == ["first", "second"]
