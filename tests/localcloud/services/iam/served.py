"""A running IAM service, as clients call it."""

from __future__ import annotations

from typing import Any

import requests
from starlette.requests import Request

from localcloud.settings import LocalCloud

PROJECT = "a-project"


def accounts_url(cloud: LocalCloud) -> str:
    return f"{cloud.url('iam')}/v1/projects/{PROJECT}/serviceAccounts"


def create(cloud: LocalCloud, account_id: str) -> dict[str, Any]:
    """Make an account over HTTP."""
    body = {"accountId": account_id, "serviceAccount": {"displayName": "A job"}}
    response = requests.post(accounts_url(cloud), json=body, timeout=10)
    assert response.status_code == 200, response.text
    return response.json()


def request(**headers: str) -> Request:
    return Request({"type": "http", "headers": [(name.encode(), value.encode()) for name, value in headers.items()]})


def bearer(token: str) -> Request:
    return request(authorization=f"Bearer {token}")
