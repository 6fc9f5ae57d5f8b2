"""Who is calling: tokens of this cloud, and what is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.auth import jwt

from localcloud.services.common import GoogleError
from localcloud.services.iam.accounts import Accounts
from localcloud.services.iam.tokens import issue_access_token
from localcloud.services.identity import bearer_token, caller
from localcloud.settings import OWNER, LocalCloud
from tests.localcloud.services.iam.served import bearer, request


@pytest.fixture
def cloud(tmp_path: Path) -> LocalCloud:
    return LocalCloud(tmp_path)


def test_access_token_names_its_account(cloud: LocalCloud) -> None:
    account = Accounts(cloud).create("a-project", "token-job", {})
    assert caller(bearer(issue_access_token(cloud, account)), cloud) == account["email"]


def test_self_signed_token_names_its_account(cloud: LocalCloud) -> None:
    Accounts(cloud).ensure_owner()
    signed = jwt.Credentials.from_service_account_file(
        cloud.credentials(OWNER), audience="https://storage.googleapis.com/"
    )
    signed.refresh(None)
    assert caller(bearer(signed.token.decode()), cloud) == OWNER


def test_no_token_is_nobody(cloud: LocalCloud) -> None:
    assert caller(request(), cloud) is None
    assert caller(request(authorization="Basic b3duZXI6"), cloud) is None
    assert bearer_token({"authorization": "bearer x"}) == "x"


def test_deleted_or_disabled_account_is_refused_at_once(cloud: LocalCloud) -> None:
    accounts = Accounts(cloud)
    account = accounts.create("a-project", "short-lived", {})
    email, token = account["email"], issue_access_token(cloud, account)
    assert caller(bearer(token), cloud) == email
    accounts.change(email, {"disabled": True})
    with pytest.raises(GoogleError, match="is disabled"):
        caller(bearer(token), cloud)
    accounts.change(email, {"disabled": False})
    assert caller(bearer(token), cloud) == email
    accounts.delete(email)
    with pytest.raises(GoogleError, match="was deleted") as refusal:
        caller(bearer(token), cloud)
    assert refusal.value.code == 401
    accounts.create("a-project", "short-lived", {})
    with pytest.raises(GoogleError, match="was deleted"):
        caller(bearer(token), cloud)


def test_a_token_of_another_cloud_is_refused(cloud: LocalCloud, tmp_path: Path) -> None:
    other = LocalCloud(tmp_path / "other")
    Accounts(cloud).create("a-project", "twin-job", {})
    twin = Accounts(other).create("a-project", "twin-job", {})
    with pytest.raises(GoogleError, match="was not issued by this local cloud"):
        caller(bearer(issue_access_token(other, twin)), cloud)


@pytest.mark.parametrize("token", ["", "garbage", "localcloud.e30.forged", "a.b.c"])
def test_forged_tokens_are_refused(cloud: LocalCloud, token: str) -> None:
    with pytest.raises(GoogleError) as refusal:
        caller(bearer(token), cloud)
    assert refusal.value.code == 401
