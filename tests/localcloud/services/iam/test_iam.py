"""The IAM service through google-auth and plain HTTP: accounts, tokens, policies, refusals."""

from __future__ import annotations

import json
import stat
import time
from typing import Any

import google.auth
import pytest
import requests
from google.auth import jwt
from google.auth.transport.requests import Request
from google.oauth2 import id_token, service_account

from localcloud.services.common import GoogleError
from localcloud.services.iam.accounts import ensure_owner
from localcloud.services.iam.tokens import GRANT_TYPE
from localcloud.services.identity import caller
from localcloud.settings import OWNER, LocalCloud
from tests.localcloud.services.storage.clients import SCOPES, credentials_of


@pytest.fixture(scope="module")
def iam(cloud: LocalCloud, start_service: Any) -> LocalCloud:
    start_service(cloud, "iam")
    return cloud


def accounts_url(cloud: LocalCloud) -> str:
    return f"{cloud.url('iam')}/v1/projects/a-project/serviceAccounts"


def create(cloud: LocalCloud, account_id: str) -> dict[str, Any]:
    body = {"accountId": account_id, "serviceAccount": {"displayName": "A job"}}
    response = requests.post(accounts_url(cloud), json=body, timeout=10)
    assert response.status_code == 200, response.text
    return response.json()


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_owner_has_a_private_key_file_once_the_service_is_up(iam: LocalCloud) -> None:
    path = iam.credentials(OWNER)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = json.loads(path.read_bytes())
    assert key["token_uri"] == iam.url("iam") + "/token"
    assert key["client_email"] == OWNER
    before = path.read_bytes()
    ensure_owner(iam)
    assert path.read_bytes() == before


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


def test_wrong_method_is_said(iam: LocalCloud) -> None:
    response = requests.put(accounts_url(iam), timeout=10)
    assert response.status_code == 405
    assert response.json()["error"]["errors"][0]["reason"] == "httpMethodNotAllowed"


@pytest.mark.parametrize("account_id", ["short", "Upper-case", "1-begins-with-digit", "x" * 31, ""])
def test_bad_account_ids_are_refused(iam: LocalCloud, account_id: str) -> None:
    response = requests.post(accounts_url(iam), json={"accountId": account_id}, timeout=10)
    assert response.status_code == 400
    assert "must be 6-30" in response.json()["error"]["message"]


def test_taken_id_is_refused(iam: LocalCloud) -> None:
    create(iam, "taken-name")
    response = requests.post(accounts_url(iam), json={"accountId": "taken-name"}, timeout=10)
    assert response.status_code == 409


def test_token_of_google_auth_names_its_account(iam: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    email = create(iam, "token-job")["email"]
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(iam.credentials(email)))
    default, project = google.auth.default(scopes=SCOPES)
    assert project == "a-project"
    default.refresh(Request())
    assert caller(bearer(default.token), iam) == email
    assert default.expiry is not None


def test_self_signed_token_names_its_account(iam: LocalCloud) -> None:
    signed = jwt.Credentials.from_service_account_file(
        iam.credentials(OWNER), audience="https://storage.googleapis.com/"
    )
    signed.refresh(None)
    assert caller(bearer(signed.token.decode()), iam) == OWNER


def test_no_token_is_nobody(iam: LocalCloud) -> None:
    assert caller({}, iam) is None


def test_identity_token_is_verified_by_googles_library(iam: LocalCloud) -> None:
    made = service_account.IDTokenCredentials.from_service_account_file(
        iam.credentials(OWNER), target_audience="https://service.example"
    )
    made.refresh(Request())
    certificates = iam.url("iam") + "/oauth2/v1/certs"
    claims = id_token.verify_token(made.token, Request(), "https://service.example", certificates)
    assert claims["email"] == OWNER


def test_deleted_or_disabled_account_is_refused_at_once(iam: LocalCloud) -> None:
    email = create(iam, "short-lived")["email"]
    job = credentials_of(iam, email)
    job.refresh(Request())
    assert caller(bearer(job.token), iam) == email
    requests.post(f"{accounts_url(iam)}/{email}:disable", timeout=10).raise_for_status()
    with pytest.raises(GoogleError, match="is disabled"):
        caller(bearer(job.token), iam)
    requests.post(f"{accounts_url(iam)}/{email}:enable", timeout=10).raise_for_status()
    assert caller(bearer(job.token), iam) == email
    requests.delete(f"{accounts_url(iam)}/{email}", timeout=10).raise_for_status()
    with pytest.raises(GoogleError, match="was deleted") as refusal:
        caller(bearer(job.token), iam)
    assert refusal.value.code == 401
    create(iam, "short-lived")
    with pytest.raises(GoogleError, match="was deleted"):
        caller(bearer(job.token), iam)


@pytest.mark.parametrize("token", ["", "garbage", "localcloud.e30.forged", "a.b.c"])
def test_forged_tokens_are_refused(iam: LocalCloud, token: str) -> None:
    with pytest.raises(GoogleError) as refusal:
        caller(bearer(token), iam)
    assert refusal.value.code == 401


def assertion(cloud: LocalCloud, email: str, **claims: Any) -> str:
    signer = credentials_of(cloud, OWNER).signer
    now = int(time.time())
    payload = {"iss": email, "aud": cloud.url("iam") + "/token", "iat": now, "exp": now + 600} | claims
    return jwt.encode(signer, payload).decode()


@pytest.mark.parametrize(
    ("email", "claims", "message"),
    [
        (OWNER, {"iat": 1000, "exp": 2000}, "expired"),
        (OWNER, {"exp": int(time.time()) + 90000}, "valid for more than"),
        ("nobody@a-project.iam.gserviceaccount.com", {}, "is not a service account"),
    ],
)
def test_bad_assertions_are_refused(iam: LocalCloud, email: str, claims: dict[str, Any], message: str) -> None:
    form = {"grant_type": GRANT_TYPE, "assertion": assertion(iam, email, **claims)}
    response = requests.post(iam.url("iam") + "/token", data=form, timeout=10)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    assert message in response.json()["error_description"]


def test_an_account_cannot_sign_for_another(iam: LocalCloud) -> None:
    email = create(iam, "victim-job")["email"]
    form = {"grant_type": GRANT_TYPE, "assertion": assertion(iam, email)}
    assert requests.post(iam.url("iam") + "/token", data=form, timeout=10).status_code == 400


def test_policy_is_guarded_by_its_etag(iam: LocalCloud) -> None:
    url = f"{accounts_url(iam)}/{create(iam, 'policy-job')['email']}"
    before = requests.get(url + ":getIamPolicy", timeout=10).json()
    binding = {"role": "roles/iam.serviceAccountUser", "members": [f"serviceAccount:{OWNER}"]}
    body = {"policy": {"bindings": [binding], "etag": before["etag"]}}
    after = requests.post(url + ":setIamPolicy", json=body, timeout=10).json()
    assert after["bindings"] == [binding]
    assert requests.post(url + ":getIamPolicy", timeout=10).json() == after
    assert requests.post(url + ":setIamPolicy", json=body, timeout=10).status_code == 412
    bad = {"policy": {"bindings": [{"role": "roles/viewer", "members": ["someone"]}]}}
    refused = requests.post(url + ":setIamPolicy", json=bad, timeout=10)
    assert refused.status_code == 400
    assert "serviceAccount:EMAIL" in refused.json()["error"]["message"]


def test_owner_cannot_be_deleted(iam: LocalCloud) -> None:
    response = requests.delete(f"{iam.url('iam')}/v1/projects/-/serviceAccounts/{OWNER}", timeout=10)
    assert response.status_code == 400
