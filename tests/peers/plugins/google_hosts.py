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


def _here(self: requests.Session, method: str, url: Any, *arguments: Any, **options: Any) -> requests.Response:
    url = BUCKET_HOSTS.sub(rf"{HERE}/\1/", HOSTS.sub(f"{HERE}/", url))
    return _send(self, method, url, *arguments, **options)


requests.Session.request = _here  # pyright: ignore[reportAttributeAccessIssue]
