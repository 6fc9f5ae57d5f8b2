"""Policies that are malformed, of either version; what they allow is in test_form_uploads.py."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from google.oauth2 import service_account

from localcloud.services.common import GoogleError
from localcloud.services.iam.accounts import ensure_owner
from localcloud.services.storage.post_policy import Policy, admitted
from localcloud.settings import OWNER, LocalCloud
from tests.localcloud.services.storage.clients import credentials_of

RIGHT = {"expiration": "2999-01-01T00:00:00Z", "conditions": [{"bucket": "b"}, ["eq", "$key", "k"]]}


@pytest.fixture
def owner(own_cloud: LocalCloud) -> service_account.Credentials:
    ensure_owner(own_cloud)
    return credentials_of(own_cloud, OWNER)


def of_version_2(owner: service_account.Credentials, policy: bytes) -> dict[str, str]:
    text = base64.b64encode(policy)
    signature = base64.b64encode(owner.sign_bytes(text)).decode()
    return {"key": "k", "googleaccessid": OWNER, "policy": text.decode(), "signature": signature}


def test_version_2_is_taken(own_cloud: LocalCloud, owner: service_account.Credentials) -> None:
    fields = of_version_2(owner, json.dumps(RIGHT).encode())
    assert admitted(own_cloud, "b", fields) == Policy(OWNER, 0, None)
    with pytest.raises(GoogleError, match="does not match the signature") as refused:
        admitted(own_cloud, "b", fields | {"signature": base64.b64encode(b"x").decode()})
    assert refused.value.code == 403
    assert admitted(own_cloud, "b", {"key": "k"}) is None


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"expiration": "soon"}, "no time as in RFC 3339"),
        ({"conditions": {}}, "no list of conditions"),
        ({"conditions": [["like", "$key", "k"]]}, "no condition"),
        ({"conditions": [["eq", "key", "k"]]}, "no condition"),
        ({"conditions": [["content-length-range", "a", "b"]]}, "not a whole number"),
        ({"conditions": []}, "it says nothing of key"),
        ({"expiration": "1999-01-01T00:00:00"}, "has expired"),
    ],
)
def test_malformed_ones_are_refused(
    own_cloud: LocalCloud, owner: service_account.Credentials, change: dict[str, Any], problem: str
) -> None:
    with pytest.raises(GoogleError, match=problem) as refused:
        admitted(own_cloud, "b", of_version_2(owner, json.dumps(RIGHT | change).encode()))
    assert refused.value.code == 400
    with pytest.raises(GoogleError, match="is not JSON in base64"):
        admitted(own_cloud, "b", of_version_2(owner, b"{"))
