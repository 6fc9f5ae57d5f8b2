"""Service accounts over HTTP: from birth to death, in pages, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from localcloud.settings import LocalCloud
from tests.localcloud.services.iam.served import accounts_url, create


def test_account_lifecycle(iam: LocalCloud) -> None:
    account = create(iam, "ingest-job")
    email = account["email"]
    assert email == "ingest-job@a-project.iam.gserviceaccount.com"
    url = f"{accounts_url(iam)}/{email}"
    assert requests.get(url, timeout=10).json() == account
    assert requests.get(f"{accounts_url(iam)}/{account['uniqueId']}", timeout=10).json() == account
    assert account in requests.get(accounts_url(iam), timeout=10).json()["accounts"]
    change = {"serviceAccount": {"description": "reads"}, "updateMask": "description"}
    changed = requests.patch(url, json=change, timeout=10).json()
    assert (changed["description"], changed["displayName"]) == ("reads", "A job")
    assert changed["etag"] != account["etag"]
    assert iam.credentials(email).exists()
    assert requests.delete(url, timeout=10).json() == {}
    assert not iam.credentials(email).exists()
    assert requests.get(url, timeout=10).status_code == 404


def test_listing_pages(iam: LocalCloud) -> None:
    emails = {create(iam, f"paged-{number}")["email"] for number in range(3)}
    seen: set[str] = set()
    token = ""
    while True:
        page = requests.get(accounts_url(iam), params={"pageSize": 2, "pageToken": token}, timeout=10).json()
        seen |= {account["email"] for account in page["accounts"]}
        token = page.get("nextPageToken", "")
        if not token:
            break
    assert emails <= seen


@pytest.mark.parametrize("query", [{"pageSize": -1}, {"pageSize": "x"}, {"pageToken": "-1"}, {"pageToken": "x"}])
def test_bad_pages_are_refused(iam: LocalCloud, query: dict[str, Any]) -> None:
    response = requests.get(accounts_url(iam), params=query, timeout=10)
    assert response.status_code == 400


@pytest.mark.parametrize("body", [[1], {"accountId": "typed-account", "serviceAccount": {"displayName": 1}}])
def test_malformed_bodies_are_refused(iam: LocalCloud, body: Any) -> None:
    response = requests.post(accounts_url(iam), json=body, timeout=10)
    assert response.status_code == 400


def test_what_is_no_method_is_said(iam: LocalCloud) -> None:
    response = requests.put(accounts_url(iam), timeout=10)
    assert (response.status_code, response.json()["error"]["errors"][0]["reason"]) == (404, "notFound")
    assert response.json()["error"]["message"].endswith("/serviceAccounts is not a method of this API")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(
            ("GET", "/robot@x/keys"),
            ("POST", "/robot@x/keys"),
            ("DELETE", "/robot@x/keys/1"),
            ("POST", "/robot@x:signJwt"),
        ),
        *(("POST", "/robot@x:testIamPermissions"), ("POST", "/robot@x:generateAccessToken"), ("GET", "/../roles/r")),
    ],
)
def test_what_iam_has_and_localcloud_has_not_is_refused_by_name(iam: LocalCloud, method: str, path: str) -> None:
    error = requests.request(method, accounts_url(iam) + path, timeout=10).json()["error"]
    assert (error["code"], error["status"]) == (501, "UNIMPLEMENTED")
    assert error["message"].startswith(f"{method} /v1/projects/")
    assert error["message"].endswith(" is not offered by localcloud")


def test_an_account_is_disabled_until_it_is_enabled(iam: LocalCloud) -> None:
    url = f"{accounts_url(iam)}/{create(iam, 'switched-job')['email']}"
    assert requests.post(f"{url}:disable", timeout=10).json() == {}
    assert requests.get(url, timeout=10).json()["disabled"] is True
    assert requests.post(f"{url}:enable", timeout=10).json() == {}
    assert "disabled" not in requests.get(url, timeout=10).json()
