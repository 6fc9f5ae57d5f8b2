"""Service accounts: the owner, names, key files."""

from __future__ import annotations

import json
import stat

import pytest
import requests

from localcloud.services.iam.accounts import ensure_owner
from localcloud.settings import OWNER, LocalCloud
from tests.localcloud.services.iam.served import accounts_url, create


def test_owner_has_a_private_key_file_once_the_service_is_up(iam: LocalCloud) -> None:
    path = iam.credentials(OWNER)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = json.loads(path.read_bytes())
    assert key["token_uri"] == iam.url("iam") + "/token"
    assert key["client_email"] == OWNER
    before = path.read_bytes()
    ensure_owner(iam)
    assert path.read_bytes() == before


@pytest.mark.parametrize("account_id", ["short", "Upper-case", "1-begins-with-digit", "x" * 31, ""])
def test_bad_account_ids_are_refused(iam: LocalCloud, account_id: str) -> None:
    response = requests.post(accounts_url(iam), json={"accountId": account_id}, timeout=10)
    assert response.status_code == 400
    assert "must be 6-30" in response.json()["error"]["message"]


def test_taken_id_is_refused(iam: LocalCloud) -> None:
    create(iam, "taken-name")
    response = requests.post(accounts_url(iam), json={"accountId": "taken-name"}, timeout=10)
    assert response.status_code == 409


def test_owner_cannot_be_deleted(iam: LocalCloud) -> None:
    response = requests.delete(f"{iam.url('iam')}/v1/projects/-/serviceAccounts/{OWNER}", timeout=10)
    assert response.status_code == 400
