"""For suites that write Google's hosts into their addresses: what requests sends there goes to the local cloud."""

from __future__ import annotations

import os
import re
from typing import Any

import requests

HERE = os.environ["API_ENDPOINT_OVERRIDE"]
HOSTS = re.compile(r"https://(?:www|storage)\.googleapis\.com/")
BUCKET_HOSTS = re.compile(r"https://([^/]+)\.storage\.googleapis\.com/")

_send = requests.Session.request


def local(url: str) -> str:
    """The address in the local cloud; any other than Google's storage as it is."""
    return BUCKET_HOSTS.sub(rf"{HERE}/\1/", HOSTS.sub(f"{HERE}/", url))


def _send_here(self: requests.Session, method: str, url: Any, *arguments: Any, **options: Any) -> requests.Response:
    return _send(self, method, local(url), *arguments, **options)


def pytest_configure() -> None:
    requests.Session.request = _send_here  # pyright: ignore[reportAttributeAccessIssue]
