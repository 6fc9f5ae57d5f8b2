"""Requests that a client can send, however wrong: those of a service's examples, changed at random places."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st
from starlette.applications import Starlette

from localcloud.services.dispatch import VARIABLE, TemplateRoute

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
STRANGE_TEXTS = (
    *(
        "",
        " ",
        ".",
        "..",
        "../../etc/passwd",
        "/",
        "a/b",
        "%2F",
        "a%2Fb",
        "?",
        "#",
        "+",
        ":",
        "-1",
        "0",
        "null",
        "true",
    ),
    *(
        "\0",
        "\n",
        "\x1f",
        "\x7f",
        "\ufeff",
        "ü😀",
        "\U0010ffff",
        "\u2028",
        "'",
        '"',
        "`",
        "\\",
        "{}",
        "[",
        "*",
        "(",
        "$ref",
    ),
    *(
        "x" * 300,
        "ü" * 2000,
        "9" * 5000,
        "1e999",
        "NaN",
        "2026-13-45T99:99:99Z",
        "P1D",
        "3.5s",
        "gs://",
        "gs://b",
        "file:///",
    ),
)
STRANGE_NUMBERS = (
    0,
    -1,
    1.5,
    -0.0,
    2**31,
    2**32,
    2**53 + 1,
    2**63 - 1,
    2**63,
    -(2**63) - 1,
    2**64,
    10**30,
    1e308,
    5e-324,
)
texts = st.sampled_from(STRANGE_TEXTS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scalars = st.none() | st.booleans() | st.sampled_from(STRANGE_NUMBERS) | st.integers() | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
) | st.sampled_from([[], {}, [[]], [{}], [None], {"": None}])
NO_JSON = (
    *(b"{", b"[]", b"null", b'"x"', b"NaN", b'{"a": NaN}', b'{"a": 1e999}', b'{"a": "\\ud800"}', b'{"a": 1, "a": [2]}'),
    *(
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b'{"a":' * 99 + b"1" + b"}" * 99,
        b'{"a":' * 5000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ),
)
bodies_of_no_json = st.binary(max_size=20) | st.sampled_from(NO_JSON)
HEADERS = (
    *(
        "authorization",
        "content-type",
        "content-encoding",
        "if-match",
        "if-none-match",
        "range",
        "x-http-method-override",
    ),
    *(
        "x-goog-user-project",
        "x-upload-content-length",
        "content-range",
        "x-goog-copy-source",
        "x-iceberg-access-delegation",
    ),
)
HEADER_VALUES = (
    *(
        "",
        "*",
        "Bearer",
        "Bearer x",
        "Bearer localcloud.e30.x",
        "Bearer a.b.c",
        "Basic x",
        "gzip",
        "bytes=5-1",
        "bytes=-",
    ),
    *(
        "bytes */*",
        "bytes 0-1/x",
        "PATCH",
        "ü",
        '"',
        "multipart/related",
        "multipart/related; boundary=x",
        "text/plain",
        "-1",
    ),
)


@dataclass(frozen=True)
class Request:
    """What is sent. `target` is the path, percent-encoded, with the query; `content` None is no body."""

    method: str
    target: str
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Example:
    """A request as it should be."""

    method: str
    target: str
    body: Any = None


def routes(app: Starlette) -> list[tuple[str, str]]:
    """The methods and path templates of an application."""
    ours = [route for route in app.routes if isinstance(route, TemplateRoute)]
    return [(method, path) for route in ours for path in route.paths for method in sorted(route.methods or ())]


@st.composite
def requests(draw: st.DrawFn, app: Starlette, examples: list[Example]) -> Request:
    """A request to one of the routes, or one of the examples with something else in it."""
    of_route = draw(st.integers(0, 3)) == 0
    method, target, body = draw(_of_routes(app, examples) if of_route else _of_examples(examples))
    if draw(st.integers(0, 9)) == 0:
        method = draw(st.sampled_from(METHODS))
    if draw(st.integers(0, 2)) == 0:
        target = draw(_with_query(target, _names_of_queries(examples)))
    headers = draw(st.dictionaries(st.sampled_from(HEADERS), st.sampled_from(HEADER_VALUES), max_size=1))
    if draw(st.integers(0, 9)) == 0:
        return Request(method, target, draw(bodies_of_no_json), headers)
    return Request(method, target, None if body is None else json.dumps(body).encode(), headers)


@st.composite
def _of_routes(draw: st.DrawFn, app: Starlette, examples: list[Example]) -> tuple[str, str, Any]:
    method, template = draw(st.sampled_from(routes(app)))
    known = sorted({segment for example in examples for segment in example.target.partition("?")[0].split("/")})

    def segment() -> str:
        return draw(st.sampled_from(known) | texts.map(lambda text: quote(text, safe="")))

    path = VARIABLE.sub(lambda found: re.sub(r"\*+", lambda _: segment(), found[2] or "*"), template)
    body = draw(st.none() | values.filter(lambda value: isinstance(value, dict)) | _changed_bodies(examples))
    return method, path, body


@st.composite
def _of_examples(draw: st.DrawFn, examples: list[Example]) -> tuple[str, str, Any]:
    example = draw(st.sampled_from(examples))
    body = example.body
    for _ in range(draw(st.integers(0, 2))):
        body = draw(_changed(body))
    if draw(st.integers(0, 3)):
        return example.method, example.target, body
    path, mark, query = example.target.partition("?")
    segments = path.split("/")
    segments[draw(st.integers(1, len(segments) - 1))] = quote(draw(texts), safe="")
    return example.method, "/".join(segments) + mark + query, body


def _changed_bodies(examples: list[Example]) -> st.SearchStrategy[Any]:
    return st.sampled_from([example.body for example in examples if example.body is not None] or [{}]).flatmap(_changed)


@st.composite
def _changed(draw: st.DrawFn, body: Any) -> Any:
    """A JSON document with another value at one place, or with one more field, or with one less."""
    changed = copy.deepcopy(body)
    places = list(_places(changed))
    if not places:
        return draw(values)
    holder, key = draw(st.sampled_from(places))
    act = draw(st.integers(0, 5))
    if act == 0:
        del holder[key]
    elif act == 1 and isinstance(holder, dict):
        holder[draw(texts)] = draw(values)
    elif act == 1:
        holder.append(copy.deepcopy(holder[key]))
    else:
        holder[key] = draw(values)
    return changed


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    keys = document if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    for key in keys:
        yield document, key
        yield from _places(document[key])


def _names_of_queries(examples: list[Example]) -> list[str]:
    named = {pair.partition("=")[0] for one in examples for pair in one.target.partition("?")[2].split("&")}
    return sorted(
        named | {"pageSize", "pageToken", "maxResults", "updateMask", "alt", "$alt", "fields", "filter"} - {""}
    )


@st.composite
def _with_query(draw: st.DrawFn, target: str, names: list[str]) -> str:
    pairs = draw(st.lists(st.tuples(st.sampled_from(names) | texts, texts | scalars.map(str)), min_size=1, max_size=2))
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    return f"{target}{'&' if '?' in target else '?'}{query}"
