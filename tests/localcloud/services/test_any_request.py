"""No service answers "internal error" to what a client can send, or nothing, or what its clients can't read.

HYPOTHESIS_PROFILE=long looks for requests that no run has tried yet.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree

import httpx2
import pytest
from hypothesis import given, settings
from starlette.applications import Starlette
from starlette.testclient import TestClient

from localcloud.registry import PACKAGE, services
from localcloud.services.iam.accounts import ensure_owner
from localcloud.services.iam.tokens import issue_access_token
from localcloud.settings import LocalCloud
from tests.localcloud.services.any_request import Example, Request, requests
from tests.localcloud.services.dataproc.stand_ins import StandInPool
from tests.ports import free_port_base

EXAMPLES = "tests.localcloud.services.examples"
"""A module for each service: `requests(folder)` is what its clients send; files go below `folder`."""
EXAMPLES_A_SERVICE = 3 * settings().max_examples
NOT_AN_ERROR = 400


class ClosingPool(StandInPool):
    """Drivers that do nothing, for a service of its own."""

    def close(self) -> None: ...


class Subject:
    """A service in this process, called by the cloud's owner."""

    def __init__(self, cloud: LocalCloud, client: TestClient, examples: list[Example]) -> None:
        self.client, self.examples = client, examples
        self.token = issue_access_token(cloud, ensure_owner(cloud))

    @property
    def app(self) -> Starlette:
        assert isinstance(self.client.app, Starlette)
        return self.client.app

    def send(self, request: Request) -> httpx2.Response:
        """The answer; whatever the service did not expect is raised."""
        headers = {"authorization": f"Bearer {self.token}", **request.headers}
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        return self.client.request(request.method, request.target, content=request.content, headers=encoded)


@pytest.fixture(params=services())
def subject(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Subject]:
    """One service after the other, with what its examples make."""
    cloud = LocalCloud(home=tmp_path / "home", port=free_port_base())
    routes = importlib.import_module(f"{PACKAGE}.{request.param}.routes")
    examples = importlib.import_module(f"{EXAMPLES}.{request.param}").requests(str(tmp_path / "lake"))
    if hasattr(routes, "DriverPool"):
        monkeypatch.setattr(routes, "DriverPool", ClosingPool)
    with TestClient(routes.create_app(cloud)) as client:
        made = Subject(cloud, client, examples)
        for example in made.examples:
            content = None if example.body is None else json.dumps(example.body).encode()
            check(made.send(Request(example.method, example.target, content)))
        yield made


def test_any_request_is_answered(subject: Subject) -> None:
    @settings(max_examples=EXAMPLES_A_SERVICE)
    @given(requests(subject.app, subject.examples))
    def answered(request: Request) -> None:
        check(subject.send(request))

    answered()


def check(answer: httpx2.Response) -> None:
    """An answer is as every client reads it; an error's says what is wrong, in the form of its API."""
    assert answer.status_code != 500, answer.text
    failed = answer.status_code >= NOT_AN_ERROR
    if answer.request.method == "HEAD" or not answer.content:
        assert not failed or answer.request.method == "HEAD"
        return
    said = READERS.get(answer.headers["content-type"], of_content)(answer)
    if failed:
        assert said
        assert "nternal error" not in said


def of_json(answer: httpx2.Response) -> str:
    """The message of an error in the form of Google's APIs, or of OAuth; "" if there is none."""
    body: Any = json.loads(answer.text, parse_constant=no_json)
    error = body.get("error", {}) if isinstance(body, dict) else {}
    return body["error_description"] if isinstance(error, str) else error.get("message", "")


def no_json(constant: str) -> NoReturn:
    raise AssertionError(f"{constant} in an answer")


def of_xml(answer: httpx2.Response) -> str:
    """The message of an error in the form of the object store's XML API."""
    return ElementTree.fromstring(answer.content).findtext("Message", "")


def of_content(answer: httpx2.Response) -> str:
    """No error is in the form of what was stored, or of a batch's parts."""
    return ""


READERS = {"application/json": of_json, "application/xml": of_xml}
