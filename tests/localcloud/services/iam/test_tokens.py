"""Tokens through google-auth, and assertions that get none."""

from __future__ import annotations

import time
from typing import Any

import google.auth
import pytest
import requests
from google.auth import jwt
from google.auth.transport.requests import Request
from google.oauth2 import id_token, service_account

from localcloud.services.iam.tokens import GRANT_TYPE
from localcloud.services.identity import caller
from localcloud.settings import OWNER, LocalCloud
from tests.localcloud.services.iam.served import bearer, create
from tests.localcloud.services.storage.clients import SCOPES, credentials_of


def test_token_of_google_auth_names_its_account(iam: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    email = create(iam, "token-job")["email"]
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(iam.credentials(email)))
    default, project = google.auth.default(scopes=SCOPES)
    assert project == "a-project"
    default.refresh(Request())
    assert caller(bearer(default.token), iam) == email
    assert default.expiry is not None


def test_identity_token_is_verified_by_googles_library(iam: LocalCloud) -> None:
    made = service_account.IDTokenCredentials.from_service_account_file(
        iam.credentials(OWNER), target_audience="https://service.example"
    )
    made.refresh(Request())
    certificates = iam.url("iam") + "/oauth2/v1/certs"
    claims = id_token.verify_token(made.token, Request(), "https://service.example", certificates)
    assert claims["email"] == OWNER


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
